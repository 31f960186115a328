package email

import (
	"errors"
	"maps"
	"strings"

	"example.com/accountsec/internal/message"
)

// recordError is what is wrong with a record. Its text, in either language, is
// a message of its key.
type recordError struct {
	key  string
	args message.Args
}

func (e *recordError) Error() string { return "email: " + texts().Text("en", "error."+e.key, e.args) }

// malformed makes a recordError of a key, and names and values in turn.
func malformed(key string, args ...string) error {
	e := &recordError{key, message.Args{}}
	for i := 0; i+1 < len(args); i += 2 {
		e.args[args[i]] = args[i+1]
	}
	return e
}

// spoiled reports a record that is malformed: its argument "error" is the
// error's key.
func (c *checker) spoiled(s Severity, code, name string, err error, publish *Record) {
	args := map[string]string{}
	var e *recordError
	if errors.As(err, &e) {
		maps.Copy(args, e.args)
		args["error"] = e.key
	}
	c.add(s, code, name, args, publish)
}

// tag is one name=value of a record.
type tag struct{ name, value string }

// parseTags reads the list of tags that DKIM, DMARC, MTA-STS and TLS reporting
// records are (RFC 6376 §3.2): name=value; with spaces about. A name must not
// come twice.
func parseTags(record string) ([]tag, error) {
	var tags []tag
	seen := map[string]bool{}
	parts := strings.Split(record, ";")
	if strings.TrimSpace(parts[len(parts)-1]) == "" {
		parts = parts[:len(parts)-1]
	}
	for _, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !ok || !isTagName(name):
			return nil, malformed("no_tag", "text", strings.TrimSpace(part))
		case seen[name]:
			return nil, malformed("twice", "tag", name)
		}
		for i := range len(value) {
			if (value[i] < ' ' || value[i] > '~') && value[i] != '\t' {
				return nil, malformed("not_ascii", "tag", name)
			}
		}
		seen[name] = true
		tags = append(tags, tag{name, value})
	}
	return tags, nil
}

func isTagName(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || (s[i] < '0' || s[i] > '9') && s[i] != '_') {
			return false
		}
	}
	return s != ""
}

// value is the tag's, or a default.
func value(tags []tag, name, otherwise string) string {
	for _, t := range tags {
		if t.name == name {
			return t.value
		}
	}
	return otherwise
}

// withTag writes tags with one of them changed or added.
func withTag(tags []tag, name, to string) string {
	var parts []string
	found := false
	for _, t := range tags {
		if t.name == name {
			t.value, found = to, true
		}
		parts = append(parts, t.name+"="+t.value)
	}
	if !found {
		parts = append(parts, name+"="+to)
	}
	return strings.Join(parts, "; ")
}

// withoutTag writes tags without one of them.
func withoutTag(tags []tag, name string) string {
	var parts []string
	for _, t := range tags {
		if t.name != name {
			parts = append(parts, t.name+"="+t.value)
		}
	}
	return strings.Join(parts, "; ")
}

// strict keeps the records that begin with v=version to the letter. Those of
// MTA-STS and TLS reporting have no room for spaces before or in it (RFC 8461
// §3.1, RFC 8460 §3): senders pass over what is written otherwise.
func strict(records []string, version string) (kept []string, err error) {
	for _, record := range records {
		after, ok := strings.CutPrefix(record, "v="+version)
		if after = strings.TrimLeft(after, " \t"); ok && (after == "" || after[0] == ';') {
			kept = append(kept, record)
		}
	}
	if len(kept) == 0 {
		return nil, malformed("spaced", "version", "v="+version)
	}
	return kept, nil
}

// hasVersion tells whether a record is of a kind: its first tag is v=version.
func hasVersion(version string) func(record string) bool {
	return func(record string) bool {
		first, _, _ := strings.Cut(record, ";")
		name, got, ok := strings.Cut(first, "=")
		return ok && strings.TrimSpace(name) == "v" && strings.TrimSpace(got) == version
	}
}
