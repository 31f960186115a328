package alerts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// Sender is who messages come from: one identity, the same on every channel,
// that recipients can learn to recognise. It is a value; what it refers to must
// not be changed once it is in use.
//
// Programs that show a logo beside a mail take it from DNS (BIMI): a record
// "v=BIMI1; l=https://shop.example/logo.svg; a=https://shop.example/vmc.pem" at
// default._bimi.<Domain>, with an SVG of the profile Tiny PS and a certificate
// for the mark, once DMARC is at quarantine or reject for all mail, also of the
// domain above. Logo is the picture inside the mail and needs none of that.
type Sender struct {
	// Brand is the shop's name, at most 64 bytes, one line. Required.
	Brand string
	// Domain is the shop's official domain in ASCII ("shop.example"): not one
	// of a free-mail provider, a link shortener or a host of other people's
	// sites, and none that can be read as another. Required.
	Domain string
	// LinkDomains are further domains of the shop that links may lead to, at
	// most 8, under the same rules. Defaults to none.
	LinkDomains []string
	// From is the address that messages come from, in Domain or below it. What
	// stands before the @ is a purpose (security, alerts, account, noreply,
	// notice, support, order and the like), never a person. From a noreply
	// address messages say so, and where to answer. Required.
	From string
	// Addresses are the addresses of single purposes, under the same rules.
	// Defaults to From for all.
	Addresses map[Purpose]string
	// ReplyTo is where answers go, in Domain or LinkDomains, a purpose as well.
	// Defaults to SupportEmail, then to From.
	ReplyTo string
	// SecurityURL is the page on which owners see their activity and secure
	// their account. Defaults to none: messages then tell the owner to type
	// Domain.
	SecurityURL string
	// PrivacyURL and SecurityPolicyURL are the privacy policy and the security
	// policy. Defaults to none.
	PrivacyURL, SecurityPolicyURL string
	// SupportURL, SupportEmail and SupportPhone reach the shop's people.
	// Defaults to none.
	SupportURL, SupportEmail, SupportPhone string
	// Address is the postal address, one line. Defaults to none.
	Address string
	// Logo is shown by channels that show pictures. Defaults to none.
	Logo Logo
	// Country is where the shop is, as ISO 3166-1 alpha-2 ("KR"). It decides whom
	// messages name for reporting fraud if Hotlines is nil. Defaults to none.
	Country string
	// Hotlines are whom to report fraud to, at most 5. Defaults to KISA (118) and
	// the police (112) for a shop in Korea, and to the same for those who read
	// Korean where Country is not set; to nobody elsewhere. An empty slice that
	// is not nil names nobody.
	Hotlines []Hotline
	// Notice warns of phishing. Defaults to [DefaultNotice].
	Notice Notice
	// Texts replace the words of single kinds: keys are "title." or "intro." and a
	// kind ("title.new_device"), "action." with a kind and a number from 1, or
	// "why.chosen", "why.mandatory" and "why.code". The words may hold {brand},
	// {domain} and {from}, and no links. Every channel shows a title, as text
	// messages do in place of their own words (package sms refuses one that is too
	// long for them; a text message with a code has none); the others are for
	// channels with room, such as email. Defaults to the words that come with the
	// package.
	Texts map[string]Text
	// Phrases says that owners can choose a phrase on the page behind SecurityURL
	// by which they recognise messages; those who have none are told. Defaults to
	// not.
	Phrases bool
	// ShortenIP has messages name a visitor's network (/24, /48) and not the
	// address. Defaults to the address, which owners can compare with their own.
	ShortenIP bool
	// Change announces that Brand, Domain or addresses change. Defaults to none.
	Change *Change
}

// Text is a text in every language: "en" and "ko".
type Text map[string]string

// in gives the text in a language.
func (t Text) in(lang string) string { return t[message.Lang(lang)] }

// check wants one plain line of 1 to limit bytes in every language.
func (t Text) check(limit int) error {
	for _, lang := range message.Languages() {
		if s := t[lang]; s == "" || canon.Line(s, limit) != s {
			return fmt.Errorf("not one plain line of 1 to %d bytes in %q", limit, lang)
		}
	}
	if len(t) != len(message.Languages()) {
		return fmt.Errorf("holds a language that is none of %s", strings.Join(message.Languages(), ", "))
	}
	return nil
}

// Validate reports the first thing about the sender that would make a
// recipient right to distrust it, as [ErrSender].
func (s Sender) Validate() error {
	if err := s.checkNames(); err != nil {
		return err
	}
	if err := s.checkAddresses(); err != nil {
		return err
	}
	for _, f := range []struct{ name, link string }{
		{"SecurityURL", s.SecurityURL}, {"PrivacyURL", s.PrivacyURL},
		{"SecurityPolicyURL", s.SecurityPolicyURL}, {"SupportURL", s.SupportURL},
	} {
		if f.link == "" {
			continue
		}
		if err := s.CheckLink(f.link); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrSender, f.name, err)
		}
	}
	for _, f := range []struct{ name, text string }{{"SupportPhone", s.SupportPhone}, {"Address", s.Address}} {
		if canon.Line(f.text, maxText) != f.text {
			return fmt.Errorf("%w: %s: not one plain line of at most %d bytes", ErrSender, f.name, maxText)
		}
	}
	return s.checkParts()
}

const maxLinkDomains = 8

func (s Sender) checkNames() error {
	if err := checkBrand(s.Brand); err != nil {
		return fmt.Errorf("%w: Brand: %w", ErrSender, err)
	}
	if err := checkDomain(s.Domain); err != nil {
		return fmt.Errorf("%w: Domain: %w", ErrSender, err)
	}
	if len(s.LinkDomains) > maxLinkDomains {
		return fmt.Errorf("%w: LinkDomains: more than %d", ErrSender, maxLinkDomains)
	}
	for _, d := range s.LinkDomains {
		if err := checkDomain(d); err != nil {
			return fmt.Errorf("%w: LinkDomains: %w", ErrSender, err)
		}
	}
	if isLinkish(s.Brand) && !slices.Contains(s.domains(), strings.ToLower(s.Brand)) {
		return fmt.Errorf("%w: Brand: reads as an address that is none of the domains", ErrSender)
	}
	for _, d := range s.domains() {
		if imitates(d, s.Brand) {
			return fmt.Errorf("%w: %s writes the brand with signs that are read as its letters", ErrSender, d)
		}
	}
	return nil
}

// checkParts checks what has types of its own.
func (s Sender) checkParts() error {
	if s.Country != "" && !isCountry(s.Country) {
		return fmt.Errorf("%w: Country: %q is not two capital letters", ErrSender, canon.Line(s.Country, maxKind))
	}
	for _, f := range []struct {
		name string
		err  error
	}{
		{"Logo", s.checkLogo()}, {"Hotlines", checkHotlines(s.Hotlines)}, {"Notice", s.Notice.check(s)},
		{"Texts", checkTexts(s.Texts)}, {"Change", s.checkChange()},
	} {
		if f.err != nil {
			return fmt.Errorf("%w: %s: %w", ErrSender, f.name, f.err)
		}
	}
	return nil
}

const maxBrand = 64

// nobodys are names that say nothing about who writes.
var nobodys = []string{
	"security", "support", "admin", "administrator", "team", "help", "service", "customer service", "alert", "alerts", "notice", "no-reply", "noreply",
	"보안", "고객센터", "관리자", "알림", "공지", "운영자",
}

func checkBrand(b string) error {
	switch {
	case b == "" || canon.Line(b, maxBrand) != b:
		return fmt.Errorf("not one plain line of 1 to %d bytes", maxBrand)
	case strings.ContainsAny(b, `@<>"\/:,;()[]{}`) || strings.Contains(b, "&#"):
		return errors.New("holds a character of an address or a link")
	case slices.Contains(nobodys, strings.ToLower(b)):
		return errors.New("names nobody")
	case slices.ContainsFunc(strings.Fields(b), mixesScripts):
		return errors.New("mixes alphabets that look alike")
	}
	return nil
}

// Signature is how every channel names the sender of a message made at a time:
// the title of a push message, the start of a text message, a mail's subject.
// While a change is settling in it names both brands.
func (s Sender) Signature(lang string, at time.Time) string {
	now := s.At(at)
	if s.settling(at) && s.Change.Old.Brand != s.Brand {
		return texts().Text(lang, "change.brand", message.Args{"brand": now.Brand, "old": s.Change.Old.Brand})
	}
	return now.Brand
}
