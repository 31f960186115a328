package message_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"example.com/accountsec/internal/message"
)

func files(en, ko string) fstest.MapFS {
	return fstest.MapFS{
		"messages/en.json": {Data: []byte(en)},
		"messages/ko.json": {Data: []byte(ko)},
	}
}

func TestText(t *testing.T) {
	c, err := message.Load(files(`{"hi":"Hello {name}, {name}"}`, `{"hi":"{name}님, 안녕하세요"}`))
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{
		"ko": "{name}님, 안녕하세요", "ko-KR,ko;q=0.9,en;q=0.8": "{name}님, 안녕하세요",
		"en-GB": "Hello {name}, {name}", "fr": "Hello {name}, {name}", "": "Hello {name}, {name}",
	} {
		// The argument looks like a placeholder: it must not be expanded again.
		if got := c.Text(lang, "hi", message.Args{"name": "{name}"}); got != want {
			t.Errorf("Text(%q) = %q, want %q", lang, got, want)
		}
	}
	if got := c.Text("en", "nope", nil); got != "nope" {
		t.Errorf("unknown key gives %q", got)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, f := range map[string]fstest.MapFS{
		"missing key":      files(`{"a":"x","b":"y"}`, `{"a":"x"}`),
		"extra key":        files(`{"a":"x"}`, `{"a":"x","b":"y"}`),
		"other argument":   files(`{"a":"{n}"}`, `{"a":"{m}"}`),
		"missing language": {"messages/en.json": {Data: []byte(`{}`)}},
		"broken JSON":      files(`{`, `{}`),
	} {
		if _, err := message.Load(f); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzLang(f *testing.F) {
	f.Add("ko-KR,ko;q=0.9")
	f.Add(strings.Repeat(",", 1000))
	f.Fuzz(func(t *testing.T, tag string) {
		if l := message.Lang(tag); l != "ko" && l != "en" {
			t.Fatal(l)
		}
	})
}
