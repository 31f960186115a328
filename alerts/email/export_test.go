package email

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"example.com/accountsec/alerts"
)

// Mail is the mail that Notify would send.
func (n *Notifier) Mail(m alerts.Message) ([]byte, error) {
	msg, from, err := n.build(m)
	if err != nil {
		return nil, err
	}
	if err := n.dkimFor(from).sign(msg, n.cfg.Now()); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	_, err = msg.WriteTo(&out)
	return out.Bytes(), err
}

// Verify tries the notifier's templates as New tries a shop's own.
func (n *Notifier) Verify() error { return n.templates.verify(n.cfg.Sender) }

// Outlined gives the two bodies as Render does, and as the templates do.
func (n *Notifier) Outlined(c alerts.Content) (filled, executed [2]string, err error) {
	t := n.templates
	if filled[0], filled[1], err = t.render(c); err != nil {
		return filled, executed, err
	}
	executed[0], executed[1], err = t.execute(c)
	return filled, executed, err
}

// EveryMessage is what New tries templates with.
func EveryMessage(s alerts.Sender, kind alerts.Kind, lang string) []alerts.Message {
	return samples(s, kind, lang)
}

// DefaultHTML and DefaultText are the sources of the templates that come with
// the package.
func DefaultHTML() string { return source("mail.html") }

// DefaultText is the other.
func DefaultText() string { return source("mail.txt") }

func source(name string) string {
	data, err := templateFiles.ReadFile("templates/" + name)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// MayMute tells whether a mail of such a content says how to mute it.
func MayMute(m alerts.Message, c alerts.Content) (bool, error) {
	msg := mail.NewMsg()
	if err := unsubscribe(msg, m, c); err != nil {
		return false, err
	}
	var out bytes.Buffer
	_, err := msg.WriteTo(&out)
	return strings.Contains(out.String(), "List-Unsubscribe"), err
}

// The parsers, for their fuzz targets. Each gives a text that it must read again.

// RereadSPF parses an SPF record and writes it again.
func RereadSPF(record string) (string, error) {
	terms, err := parseSPF(record)
	out := "v=spf1"
	for _, t := range terms {
		out += " " + t.text
	}
	return out, err
}

// RereadDMARC parses a DMARC record and writes it again.
func RereadDMARC(record string) (string, error) {
	d, err := parseDMARC(record)
	if err != nil {
		return "", err
	}
	for _, uri := range d.rua {
		reportAddress(uri)
	}
	return withTag(d.tags, "pct", value(d.tags, "pct", "100")), nil
}

// RereadKey parses a DKIM key record and writes it again.
func RereadKey(record string) (string, error) {
	r, err := parseKeyRecord(record)
	if err != nil {
		return "", err
	}
	return withTag(r.tags, "p", value(r.tags, "p", "")), nil
}

// RereadSTS parses an MTA-STS record and writes it again.
func RereadSTS(record string) (string, error) {
	id, err := parseSTSRecord(record)
	return "v=STSv1; id=" + id, err
}

// RereadPolicy parses an MTA-STS policy and writes it again.
func RereadPolicy(text string) (string, error) {
	p, err := parseSTSPolicy(text)
	out := "version: STSv1\nmode: " + p.mode + "\nmax_age: " + strconv.Itoa(p.maxAge) + "\n"
	for _, mx := range p.mx {
		out += "mx: " + mx + "\n"
	}
	return out, err
}

// RereadTLSRPT parses a TLS reporting record and writes it again.
func RereadTLSRPT(record string) (string, error) {
	uris, err := parseTLSRPT(record)
	return "v=TLSRPTv1; rua=" + strings.Join(uris, ","), err
}

// MessageKeys are the keys of all texts.
func MessageKeys() []string { return texts().Keys() }
