package geofixture_test

import (
	"bytes"
	"testing"

	"example.com/accountsec/internal/geofixture"
)

func TestDatabasesAreSmallLabelledAndReproducible(t *testing.T) {
	for name, build := range map[string]func() ([]byte, error){"City": geofixture.City, "ASN": geofixture.ASN} {
		first, err := build()
		if err != nil {
			t.Fatal(err)
		}
		second, err := build()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs from build to build", name)
		}
		if len(first) > 32<<10 {
			t.Errorf("%s has %d bytes", name, len(first))
		}
		if !bytes.Contains(first, []byte(geofixture.Description)) || !bytes.Contains(first, []byte("GeoLite2-"+name)) {
			t.Errorf("%s does not say what it is", name)
		}
	}
}
