package main

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.com/accountsec/alerts/email"
	"example.com/accountsec/internal/message"
)

//go:embed messages page.html
var files embed.FS

// page is a report in a language.
type page struct {
	email.Report
	Lang  string
	Areas []area
	texts *message.Catalogue
}

// area is one area's findings, the worst first.
type area struct {
	Name, About string
	Findings    []finding
}

// finding is one finding in words.
type finding struct {
	email.Finding
	Label string `json:"label"`
	Words string `json:"text"`
	Mend  string `json:"-"`
}

func newPage(r email.Report, lang string) page {
	p := page{Report: r, Lang: lang, texts: message.MustLoad(files)}
	for _, id := range email.Areas() {
		a := area{}
		a.Name, a.About = email.AreaLabel(lang, id)
		for _, f := range r.Findings {
			if f.Area == id {
				a.Findings = append(a.Findings, p.word(f))
			}
		}
		slices.SortStableFunc(a.Findings, func(a, b finding) int { return cmp.Compare(b.Severity, a.Severity) })
		if len(a.Findings) > 0 {
			p.Areas = append(p.Areas, a)
		}
	}
	return p
}

func (p page) word(f email.Finding) finding {
	out := finding{Finding: f, Label: f.Severity.Label(p.Lang), Words: f.Text(p.Lang)}
	if f.Publish != nil {
		out.Mend = strings.TrimSpace(strings.ReplaceAll(f.Publish.String(), "\r\n", "\n"))
	}
	return out
}

// T is a text of the page.
func (p page) T(key string) string {
	return p.texts.Text(p.Lang, key, message.Args{"domain": p.Domain, "organization": p.Organization})
}

// Verdict says how bad it is.
func (p page) Verdict() string {
	n := map[email.Severity]int{}
	for _, f := range p.Findings {
		n[f.Severity]++
	}
	return p.texts.Text(p.Lang, "verdict."+p.Worst().String(), message.Args{
		"faults": strconv.Itoa(n[email.Fault]), "warnings": strconv.Itoa(n[email.Warning]), "advice": strconv.Itoa(n[email.Advice]),
	})
}

// writers write a report in a format.
var writers = map[string]func(io.Writer, page) error{"text": writeText, "json": writeJSON, "html": writeHTML}

func writeHTML(w io.Writer, p page) error {
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

func writeJSON(w io.Writer, p page) error {
	out := struct {
		Domain       string         `json:"domain"`
		Organization string         `json:"organization"`
		Worst        email.Severity `json:"worst"`
		Lang         string         `json:"lang"`
		Findings     []finding      `json:"findings"`
	}{p.Domain, p.Organization, p.Worst(), p.Lang, []finding{}}
	for _, f := range p.Findings {
		out.Findings = append(out.Findings, p.word(f))
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

const lineWidth = 78 // columns

func writeText(w io.Writer, p page) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", p.T("title"), p.Verdict())
	for _, a := range p.Areas {
		fmt.Fprintf(&b, "\n%s\n", a.Name)
		for _, f := range a.Findings {
			wrap(&b, "  ["+f.Label+"] ", "    ", f.Words)
			if f.Mend != "" {
				fmt.Fprintf(&b, "    %s\n      %s\n", p.T("publish"), strings.ReplaceAll(f.Mend, "\n", "\n      "))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap breaks a text at spaces. A Hangul syllable takes two columns.
func wrap(b *strings.Builder, first, indent, text string) {
	b.WriteString(first)
	at := width(first)
	for i, word := range strings.Fields(text) {
		if n := width(word); i > 0 && at+1+n > lineWidth {
			b.WriteString("\n" + indent)
			at = len(indent) + n
		} else {
			if i > 0 {
				b.WriteByte(' ')
				at++
			}
			at += n
		}
		b.WriteString(word)
	}
	b.WriteByte('\n')
}

func width(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r >= 0x1100 {
			n++
		}
	}
	return n
}
