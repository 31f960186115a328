package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/accountsec/internal/message"
)

var usedKeys = regexp.MustCompile(`"((?:[a-z_]+)(?:\.[a-z_0-9]+)+)"`)

// Every message that the pages and the code name exists, and every message
// that exists is named somewhere.
func TestEveryMessageIsThereAndUsed(t *testing.T) {
	texts, err := message.Load(messageFiles)
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !(strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".html")) {
			return err
		}
		data, err := os.ReadFile(path)
		source.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range usedKeys.FindAllStringSubmatch(source.String(), -1) {
		first, _, _ := strings.Cut(found[1], ".")
		if prefixes[first] && found[1] != mailHost && !texts.Has(found[1]) {
			t.Errorf("%q is used and does not exist", found[1])
		}
	}
	for _, key := range texts.Keys() {
		first, _, _ := strings.Cut(key, ".")
		if made[first] || strings.Contains(source.String(), `"`+key+`"`) {
			continue
		}
		if strings.HasPrefix(key, "tile.") && strings.Count(key, ".") == 1 {
			continue
		}
		t.Errorf("%q exists and is not used", key)
	}
}

// prefixes begin keys of messages; made ones are put together in the code.
var (
	prefixes = map[string]bool{
		"activity": true, "alerts": true, "answer": true, "phrase": true, "sent": true, "code": true, "codes": true, "confirm": true, "demo": true, "devices": true, "enroll": true, "error": true, "factors": true,
		"flash": true, "footer": true, "form": true, "home": true, "mail": true, "mailbox": true, "nav": true, "orders": true,
		"password": true, "profile": true, "questions": true, "recover": true, "security": true, "signin": true, "signup": true, "texts": true, "tile": true, "wait": true,
	}
	made = map[string]bool{"product": true, "place": true, "city": true, "zone": true, "said": true, "channel": true}
)
