package mfaweb

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"example.com/accountsec/internal/message"
)

//go:embed messages
var messageFiles embed.FS

//go:embed templates
var templateFiles embed.FS

var catalogue = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

var widgetTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(templateFiles, "templates/widget.html"))
})

func text(lang, key string) string { return catalogue().Text(lang, key, nil) }

// Widget is a ceremony's piece of a page: a button, and what it has to say. Put
// it outside of a form, as it sends its fields itself.
type Widget struct {
	// Kind is the ceremony. Required.
	Kind Kind
	// Lang is the page's language. Defaults to English.
	Lang string
	// Factor is the factor to ask for, with [SignIn] and [Prove]: any of the
	// account's passkeys, as each of them may answer.
	Factor string
	// Name is suggested for the new factor, with [Enroll]. Defaults to "Passkey" in
	// Lang.
	Name string
	// Button is the button's text. Defaults to one that suits Kind in Lang.
	Button string
	// Autofill, with [Discover], also offers passkeys where the page's own input
	// for the user name has autocomplete="username webauthn". One widget a page.
	Autofill bool
	// ProveBy, with [Enroll], is the factor that proves the owner where a fresh
	// proof is needed: a passkey, which the script then asks for, or with ProveCode
	// one whose code is typed. Defaults to none: then the page says so.
	ProveBy string
	// ProveCode labels an input for ProveBy's code, such as "Code from your app".
	// Defaults to none.
	ProveCode string
	// Fields are sent along, such as what a proof is for. They are the visitor's
	// word like everything else.
	Fields map[string]string
}

// clientTexts are the messages that the script shows by itself.
var clientTexts = []string{"cancelled", "already", "blocked", "offline", "fault", "waiting", "done"}

type widgetView struct {
	Widget
	Options, Finish, Prove, Texts           string
	NameLabel, Unsupported, Codes, Continue string
	Print, Download, File                   string
}

// Widget renders a ceremony's piece of a page. The page must load [Web.Script];
// [Web.Style] is optional; by it the recovery codes are printed as their sheet,
// without the page around them. Once a ceremony is done, the element sends a bubbling
// event "accountsec-passkey" whose detail has kind and next; a page that cancels
// it goes on by itself. Errors: a Kind that is not configured.
func (web *Web) Widget(wd Widget) (template.HTML, error) {
	if web.ceremonies[wd.Kind] == nil {
		return "", fmt.Errorf("mfaweb: no ceremony %q is configured", wd.Kind)
	}
	if wd.ProveBy != "" && wd.ProveCode == "" && web.ceremonies[Prove] == nil {
		return "", errors.New("mfaweb: ProveBy without ProveCode needs Config.Prove")
	}
	wd.Lang = message.Lang(wd.Lang)
	if wd.Name == "" {
		wd.Name = text(wd.Lang, "name.default")
	}
	if wd.Button == "" {
		wd.Button = text(wd.Lang, "button."+string(wd.Kind))
	}
	texts := map[string]string{}
	for _, key := range clientTexts {
		texts[key] = text(wd.Lang, "client."+key)
	}
	data, err := json.Marshal(texts)
	if err != nil {
		return "", err
	}
	at := web.cfg.Path + string(wd.Kind)
	v := widgetView{
		Widget: wd, Options: at + "/options", Finish: at + "/finish", Texts: string(data), NameLabel: text(wd.Lang, "name.label"),
		Unsupported: text(wd.Lang, "unsupported"), Codes: text(wd.Lang, "codes"), Continue: text(wd.Lang, "continue"),
		Print: text(wd.Lang, "codes.print"), Download: text(wd.Lang, "codes.download"), File: text(wd.Lang, "codes.file"),
	}
	if wd.ProveBy != "" && wd.ProveCode == "" {
		v.Prove = web.cfg.Path + string(Prove) + "/options"
	}
	var b bytes.Buffer
	if err := widgetTemplate().Execute(&b, v); err != nil {
		return "", err
	}
	return template.HTML(strings.TrimSpace(b.String())), nil //nolint:gosec // made by html/template
}

// Script is the path of the script, for <script src="…" defer></script>.
func (web *Web) Script() string { return web.cfg.Path + scriptFile }

// Style is the path of the style sheet. It is optional. A page may set its
// colours by the custom properties --accountsec-good, -bad, -line and -focus.
func (web *Web) Style() string { return web.cfg.Path + styleFile }
