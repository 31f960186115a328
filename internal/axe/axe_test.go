package axe_test

import (
	"strings"
	"testing"

	"example.com/accountsec/internal/axe"
)

func TestSource(t *testing.T) {
	script, err := axe.Source()
	if err != nil || !strings.Contains(script, "axe v4.13.0") || len(script) < 500_000 {
		t.Errorf("%d bytes, %v", len(script), err)
	}
}
