package email

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"example.com/accountsec/internal/message"
)

//go:embed messages/*.json
var messageFiles embed.FS

var texts = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// Severity grades a [Finding].
type Severity int

const (
	// Good: an area has no fault.
	Good Severity = iota
	// Advice: works, and could be better.
	Advice
	// Warning: some receivers will distrust mails, or a forger gets further
	// than need be; or something could not be looked up.
	Warning
	// Fault: mails are refused or end up as spam, or anybody can forge them.
	Fault
)

func (s Severity) String() string {
	switch s {
	case Good:
		return "good"
	case Advice:
		return "advice"
	case Warning:
		return "warning"
	}
	return "fault"
}

// MarshalText gives the word of String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Label names the severity in a language.
func (s Severity) Label(lang string) string { return texts().Text(lang, "severity."+s.String(), nil) }

// Areas are the areas of a report, in its order.
func Areas() []string {
	return []string{"dmarc", "spf", "dkim", "mx", "mta_sts", "tls_rpt", "ptr"}
}

// AreaLabel names an area in a language and says in a sentence what it is for.
func AreaLabel(lang, area string) (name, about string) {
	return texts().Text(lang, "area."+area, nil), texts().Text(lang, "about."+area, nil)
}

// Finding is one thing that [CheckDomain] found out.
type Finding struct {
	Severity Severity `json:"severity"`
	// Area is one of [Areas].
	Area string `json:"area"`
	// Code is stable, for programs: "spf.missing".
	Code string `json:"code"`
	// Name is the DNS name, host or address that it is about.
	Name string `json:"name"`
	// Args are the details. Text from DNS in them is one line without control
	// characters, yet a stranger's: escape it.
	Args map[string]string `json:"args,omitempty"`
	// Publish is what would mend it, where that can be known; or nil.
	Publish *Record `json:"publish,omitempty"`
}

// Text explains the finding, and what to do, in a language.
func (f Finding) Text(lang string) string {
	args := message.Args{"name": f.Name}
	for k, v := range f.Args {
		args[k] = v
	}
	if key, ok := f.Args["error"]; ok {
		args["error"] = texts().Text(lang, "error."+key, args)
	}
	return texts().Text(lang, f.Code, args)
}

// Record is what to publish.
type Record struct {
	// Name is a DNS name without its last dot; for a FILE the URL.
	Name string `json:"name"`
	// Type is TXT, PTR or FILE.
	Type string `json:"type"`
	// Value is the record's text, or the file's.
	Value string `json:"value"`
}

// String writes the record as a line of a zone file, with a text in strings of
// at most 255 bytes (RFC 1035 §3.3.14), and a file as its URL and text.
func (r Record) String() string {
	switch r.Type {
	case "TXT":
		var b strings.Builder
		fmt.Fprintf(&b, "%s. IN TXT", r.Name)
		for part := range slices.Chunk([]byte(r.Value), 255) {
			b.WriteString(` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(part)) + `"`)
		}
		return b.String()
	case "FILE":
		return r.Name + "\n" + r.Value
	}
	return fmt.Sprintf("%s. IN %s %s.", r.Name, r.Type, r.Value)
}

// Report is what [CheckDomain] found out about a domain.
type Report struct {
	Domain string `json:"domain"`
	// Organization is the registered domain that Domain belongs to.
	Organization string `json:"organization"`
	// Findings are ordered by area.
	Findings []Finding `json:"findings"`
}

// Worst is the highest severity in the report.
func (r Report) Worst() Severity {
	worst := Good
	for _, f := range r.Findings {
		worst = max(worst, f.Severity)
	}
	return worst
}
