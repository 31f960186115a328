package main

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/password/breach"
)

// hibp is a download: n passwords, the i-th seen i times, CRLF at the lines' ends.
func hibp(n int) string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf("%X:%d\r\n", sha1.Sum(fmt.Appendf(nil, "known %d", i)), i))
	}
	slices.Sort(rows)
	return strings.Join(rows, "")
}

// made runs the command on a list and loads what it wrote.
func made(t *testing.T, text string, args ...string) (*breach.Filter, string) {
	t.Helper()
	folder := t.TempDir()
	in, out := filepath.Join(folder, "list"), filepath.Join(folder, "filter")
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := run(append(args, "-out", out, in), nil, &said); err != nil {
		t.Fatal(err)
	}
	f, err := breach.OpenFilter(out)
	if err != nil {
		t.Fatal(err)
	}
	return f, said.String()
}

func count(t *testing.T, f *breach.Filter, password string) int {
	t.Helper()
	n, err := f.Breached(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFormats(t *testing.T) {
	f, said := made(t, hibp(5000), "-min-count", "10")
	for i := range 5000 {
		want := 10
		if i < 10 {
			want = 0
		}
		if got := count(t, f, fmt.Sprint("known ", i)); got != want {
			t.Errorf("known %d: %d, want %d", i, got, want)
		}
	}
	if f.Hashes() != 4990 || !strings.Contains(said, "4990 hashes") || !strings.Contains(said, "in 65536") || strings.Contains(said, "known") {
		t.Errorf("%d hashes; said %q", f.Hashes(), said)
	}
	f, said = made(t, strings.ToLower(fmt.Sprintf("\uFEFF%X\n%X:0\n\n%X:7", sha1.Sum([]byte("zebra")), sha1.Sum([]byte("padding")), sha1.Sum([]byte("apple")))), "-format", "hashes", "-bits", "8")
	if count(t, f, "zebra") != 1 || count(t, f, "apple") != 1 || f.Hashes() != 2 || !strings.Contains(said, "in 256") {
		t.Errorf("hashes: %d; said %q", f.Hashes(), said)
	}
	f, _ = made(t, "ｚｅｂｒａ\nhunter two \n\xff\xfe\nhunter two ", "-format", "passwords")
	if count(t, f, "zebra") != 1 || count(t, f, "ｚｅｂｒａ") != 1 || count(t, f, "hunter two ") != 1 || count(t, f, "hunter two") != 0 || f.Hashes() != 3 {
		t.Errorf("passwords: %d", f.Hashes())
	}
}

// What goes wrong is said with the place, and without what is there; the file
// that was there before stays.
func TestFailures(t *testing.T) {
	zebra, apple := fmt.Sprintf("%X", sha1.Sum([]byte("zebra"))), fmt.Sprintf("%X", sha1.Sum([]byte("apple")))
	unsorted := apple + ":1\n" + zebra + ":1"
	for name, c := range map[string]struct {
		list, want string
		args       []string
	}{
		"no hash":        {zebra + ":1\nhunter2secret:4", "line 2: not a SHA-1", nil},
		"no hex":         {strings.Repeat("G", 40) + ":4", "line 1: not a SHA-1", nil},
		"no count":       {zebra, "is this -format hashes", nil},
		"count":          {zebra + ":many", "line 1: not a count", nil},
		"unsorted":       {unsorted, "line 2: breach: the hashes are not in ascending order: sort", nil},
		"empty":          {"", "the list is empty", nil},
		"nothing left":   {zebra + ":3", "the list is empty", []string{"-min-count", "4"}},
		"long line":      {strings.Repeat("x", 1<<17), "token too long", []string{"-format", "passwords"}},
		"bits":           {zebra + ":1", "8 or 16", []string{"-bits", "12"}},
		"count of none":  {"a", "no meaning", []string{"-format", "passwords", "-min-count", "2"}},
		"format":         {"a", "none of hibp", []string{"-format", "xml"}},
		"negative count": {zebra + ":1", "at least 1", []string{"-min-count", "-1"}},
		"padding":        {zebra + ":0", "at least 1", []string{"-min-count", "0"}},
		"two sorted":     {zebra + ":1", "takes one file", []string{"-format", "hibp", os.DevNull}},
	} {
		folder := t.TempDir()
		out := filepath.Join(folder, "filter")
		if err := os.WriteFile(out, []byte("the old one"), 0o600); err != nil {
			t.Fatal(err)
		}
		in := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(in, []byte(c.list), 0o600); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		err := run(append(append([]string{"-out", out}, c.args...), in), nil, &said)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if text := fmt.Sprint(err) + said.String(); strings.Contains(text, "hunter") || strings.Contains(text, zebra) {
			t.Errorf("%s: shows the list: %s", name, text)
		}
		left, err := os.ReadDir(folder)
		if old, _ := os.ReadFile(out); err != nil || len(left) != 1 || string(old) != "the old one" {
			t.Errorf("%s: left %v, %q", name, left, old)
		}
	}
	if err := run([]string{"-out", filepath.Join(t.TempDir(), "filter"), "/does/not/exist"}, nil, os.Stderr); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := run([]string{"list"}, nil, os.Stderr); err == nil || !strings.Contains(err.Error(), "-out is missing") {
		t.Error(err)
	}
}

func TestStandardInput(t *testing.T) {
	out := filepath.Join(t.TempDir(), "filter")
	if err := run([]string{"-out", out}, strings.NewReader(hibp(3)), &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	f, err := breach.OpenFilter(out)
	if err != nil || count(t, f, "known 2") != 1 || f.Hashes() != 2 { // the first was seen 0 times: padding
		t.Error(err)
	}
}

func FuzzList(f *testing.F) {
	f.Add([]byte(hibp(3)), "hibp")
	f.Add([]byte("\xff\n\n\uFEFFzebra\r\n"), "passwords")
	f.Add([]byte(strings.Repeat("A", 40)+":\n"), "hashes")
	f.Fuzz(func(t *testing.T, text []byte, format string) {
		if formats[format] == nil {
			return
		}
		b, err := breach.NewFilterBuilder(io.Discard, breach.FilterConfig{Sorted: format == "hibp"})
		if err != nil {
			t.Fatal(err)
		}
		l := &list{builder: b, format: formats[format], minCount: 1, progress: io.Discard}
		if err := l.read("list", bytes.NewReader(text)); err == nil {
			if err := b.Close(); err != nil || b.Hashes() > l.added {
				t.Fatalf("%v, %d hashes of %d", err, b.Hashes(), l.added)
			}
		}
	})
}
