package email

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"sync"
	texttemplate "text/template"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

//go:embed templates
var templateFiles embed.FS

func tone(s activity.Severity) string {
	switch s {
	case activity.Critical:
		return "critical"
	case activity.Warning:
		return "warning"
	}
	return "notice"
}

// templates make the two bodies of a mail.
type templates struct {
	html     *template.Template
	text     *texttemplate.Template
	outlines *outlines // nil: executed every time
}

// funcs are what templates may call: add adds, tone gives "critical", "warning" or
// "notice".
var funcs = map[string]any{"add": func(a, b int) int { return a + b }, "tone": tone}

// builtIn are parsed once for all notifiers.
var builtIn = sync.OnceValues(func() (templates, error) {
	var sources [2]string
	for i, name := range []string{"templates/mail.html", "templates/mail.txt"} {
		data, err := templateFiles.ReadFile(name)
		if err != nil {
			return templates{}, err
		}
		sources[i] = string(data)
	}
	return parse(sources[0], sources[1])
})

func parse(html, text string) (templates, error) {
	h, err := template.New("HTML").Funcs(funcs).Parse(html)
	if err != nil {
		return templates{}, err
	}
	t, err := texttemplate.New("Text").Funcs(funcs).Parse(text)
	return templates{html: h, text: t}, err
}

const maxTemplate = 256 << 10 // bytes

// newTemplates are the configured ones, tried with every kind of message, or
// those that come with the package.
func newTemplates(cfg Config) (templates, error) {
	t, err := builtIn()
	if err != nil || cfg.HTML == "" && cfg.Text == "" {
		t.outlines = newOutlines()
		return t, err
	}
	if len(cfg.HTML) > maxTemplate || len(cfg.Text) > maxTemplate {
		return templates{}, fmt.Errorf("longer than %d bytes", maxTemplate)
	}
	own, err := parse(cfg.HTML, cfg.Text)
	if err != nil {
		return templates{}, err
	}
	if cfg.HTML != "" {
		t.html = own.html
	}
	if cfg.Text != "" {
		t.text = own.text
	}
	return t, t.verify(cfg.Sender)
}

func (t templates) render(c alerts.Content) (html, text string, err error) {
	if t.outlines != nil {
		if html, text, ok := t.outlines.render(t, c); ok {
			return html, text, nil
		}
	}
	return t.execute(c)
}

func (t templates) execute(c alerts.Content) (html, text string, err error) {
	var h, x bytes.Buffer
	h.Grow(16 << 10)
	x.Grow(4 << 10)
	if err := t.html.Execute(&h, &c); err != nil {
		return "", "", err
	}
	if err := t.text.Execute(&x, &c); err != nil {
		return "", "", err
	}
	return h.String(), x.String(), nil
}
