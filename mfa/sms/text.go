package sms

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/gsm"
	"example.com/accountsec/internal/message"
)

//go:embed messages
var messageFiles embed.FS

var catalogue = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// texts are the wordings from the longest to the shortest.
var texts = []string{"text.long", "text.short"}

// text writes the message: the code first, so that it shows in a notification
// and on a watch, and for WebOTP and for autofill the line that binds the code
// to the shop's domain last (https://wicg.github.io/sms-one-time-codes/). No
// link: a customer who is used to links in such messages is a customer who can
// be phished. Of the wordings, the longest that fits into one segment is taken;
// if none does, the shortest.
func (m *Method) text(lang, country, code string) (text string, segments int) {
	for _, key := range texts {
		text = catalogue().Text(lang, key, message.Args{"code": code, "shop": m.cfg.Brand}) + "\n@" + m.cfg.Domain + " #" + code
		segments, _ = gsm.Segments(text)
		if segments == 1 && (country != "KR" || gsm.KoreanBytes(text) <= gsm.MaxKorean) {
			break
		}
	}
	return text, segments
}

// lang is the message's language.
func (m *Method) lang(chosen, country string) string {
	switch {
	case chosen != "":
		return chosen
	case country == "KR":
		return "ko"
	}
	return "en"
}

const (
	maxBrand  = 20 // characters
	maxDomain = 63 // bytes: longer ones leave no room for the text
)

var (
	digitRun = regexp.MustCompile(`[0-9]{4}`)
	domain   = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$`)
)

// checkBrand keeps out of the text what would make another code of it, or a
// link.
func checkBrand(brand string) error {
	n := utf8.RuneCountInString(brand)
	switch {
	case n < 1 || n > maxBrand || canon.Line(brand, 4*maxBrand) != brand:
		return fmt.Errorf("sms: Config.Brand must be one line of 1 to %d characters", maxBrand)
	case strings.ContainsAny(brand, "@#/") || digitRun.MatchString(brand):
		return errors.New("sms: Config.Brand must hold no @, # or /, and no four digits in a row")
	}
	return nil
}

func checkDomain(d string) error {
	if len(d) > maxDomain || !domain.MatchString(d) {
		return fmt.Errorf("sms: Config.Domain must be a host name in lower case of at most %d bytes, such as shop.example", maxDomain)
	}
	return nil
}
