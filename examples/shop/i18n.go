package main

import (
	"embed"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"example.com/accountsec/internal/message"
)

//go:embed messages/*.json
var messageFiles embed.FS

const langCookie = "haneul_lang"

// langOf is the language of a request: what the visitor chose, else what a
// start option says, else what the browser asks for.
func (a *app) langOf(r *http.Request) string {
	if c, err := r.Cookie(langCookie); err == nil && isLang(c.Value) {
		return c.Value
	}
	if a.cfg.Lang != "" {
		return message.Lang(a.cfg.Lang)
	}
	return message.Lang(r.Header.Get("Accept-Language"))
}

func isLang(s string) bool {
	for _, l := range message.Languages() {
		if s == l {
			return true
		}
	}
	return false
}

// text renders a message; args are names and values in turn.
func (a *app) text(lang, key string, args ...any) string {
	named := message.Args{}
	for i := 0; i+1 < len(args); i += 2 {
		named[fmt.Sprint(args[i])] = fmt.Sprint(args[i+1])
	}
	return a.texts.Text(lang, key, named)
}

// won writes a price in won: "32,000".
func won(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return "₩" + s
}

// clockText writes a moment in words of the language, in a zone.
func clockText(lang string, t time.Time, zone *time.Location) string {
	t = t.In(zone)
	if lang == "ko" {
		return t.Format("2006년 1월 2일 15:04")
	}
	return t.Format("2 Jan 2006, 15:04")
}
