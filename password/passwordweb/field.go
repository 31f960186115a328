package passwordweb

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"regexp"
	"sync"

	"example.com/accountsec/internal/message"
	"example.com/accountsec/password"
)

//go:embed templates
var templateFiles embed.FS

var fieldTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(templateFiles, "templates/field.html"))
})

// Field is a field for a new password in the shop's own form. The form must
// send by POST; where scripts run, it does. While nobody is signed in, the script also sends the form's
// fields name, email, phone, id and birth (YYYY-MM-DD), if there are any, for
// the rule on the owner's data.
type Field struct {
	// Name is the input's name and id: a letter, then letters, digits, - and _.
	// Defaults to "password".
	Name string
	// Lang is the page's language. Defaults to English.
	Lang string
	// Label is the input's. Defaults to "New password" in Lang.
	Label string
	// Error is what was wrong with the password when the form was sent. Defaults
	// to nothing.
	Error string
	// Report is the result of when the form was sent, as a
	// *[password.PolicyError] carries it. Defaults to none: nothing is ticked.
	Report *password.Report
}

var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

type fieldView struct {
	Field
	view
	Judged                   bool
	Check, Rules, Show, Hint string
	List, Strength           string
	Items                    []ruleView
}

// Field renders the field: label, input, a button that shows what is typed, the
// rules, and the strength. The page must load the script and the style sheet,
// which are at [Web.Script] and [Web.Style]. An error tells of a bad Name.
func (web *Web) Field(f Field) (template.HTML, error) {
	if f.Name == "" {
		f.Name = "password"
	}
	if !fieldName.MatchString(f.Name) {
		return "", errors.New("passwordweb: a field's Name must be a letter followed by at most 63 letters, digits, - and _")
	}
	f.Lang = message.Lang(f.Lang)
	if f.Label == "" {
		f.Label = text(f.Lang, "label", nil)
	}
	report := f.Report
	if report == nil {
		empty := web.cfg.Policy.Check("", password.Person{})
		report = &empty
	}
	v := fieldView{
		Field: f, view: viewOf(*report, f.Lang), Judged: f.Report != nil, Check: web.cfg.Path + checkFile, Rules: web.cfg.Policy.PasswordRules(),
		Show: text(f.Lang, "show", nil), Hint: text(f.Lang, "hint", nil), List: text(f.Lang, "rules", nil), Strength: text(f.Lang, "strength", nil),
	}
	v.Items = v.view.Rules
	var b bytes.Buffer
	if err := fieldTemplate().Execute(&b, v); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // made by html/template
}

// Script is the path of the script, for <script src="…" defer></script>.
func (web *Web) Script() string { return web.cfg.Path + scriptFile }

// Style is the path of the style sheet. It is optional. Its colours suit a light
// page; a page may set its own by the custom properties --accountsec-good,
// -bad, -plain, -line and -focus.
func (web *Web) Style() string { return web.cfg.Path + styleFile }
