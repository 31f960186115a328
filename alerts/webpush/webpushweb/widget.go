package webpushweb

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"strings"
	"sync"

	"example.com/accountsec/internal/message"
)

//go:embed messages templates
var files embed.FS

var (
	texts          = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(files) })
	widgetTemplate = sync.OnceValue(func() *template.Template {
		return template.Must(template.ParseFS(files, "templates/widget.html"))
	})
)

func text(lang, key string) string { return texts().Text(lang, key, nil) }

// clientTexts are the messages that the script shows by itself.
var clientTexts = []string{"on", "off", "denied", "failed", "offline", "waiting", "this", "remove", "added", "start", "stop", "title"}

// Widget renders the piece of a page with which a customer who is signed in
// switches notifications on and off in this browser, and removes others; lang
// is a BCP 47 tag or an Accept-Language header. The page must load
// [Web.Script]. One a page.
func (web *Web) Widget(lang string) (template.HTML, error) {
	lang = message.Lang(lang)
	own := map[string]string{}
	for _, key := range clientTexts {
		own[key] = text(lang, "client."+key)
	}
	data, err := json.Marshal(own)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = widgetTemplate().Execute(&b, map[string]string{
		"Path": web.cfg.Path, "Lang": lang, "Texts": string(data), "About": text(lang, "about"), "Unsupported": text(lang, "unsupported"),
	})
	if err != nil {
		return "", err
	}
	return template.HTML(strings.TrimSpace(b.String())), nil //nolint:gosec // made by html/template
}

// Script is the path of the script, for <script src="…" defer></script>.
func (web *Web) Script() string { return web.cfg.Path + scriptFile }
