package email

import (
	"hash/maphash"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"example.com/accountsec/alerts"
)

// Mails of one kind in one language differ in a few values. An outline is such a
// mail as the package's own templates made it once, with gaps for the values;
// filling it in takes a tenth of the time. Templates of a shop's own, which may
// put a value anywhere, are executed every time.
type outline struct{ html, text []piece }

// piece is fixed text and the number of the value after it; -1 for none.
type piece struct {
	fixed string
	value int
}

const maxOutlines = 256 // of some 20 kB

// outlines are those of one notifier. Safe for concurrent use.
type outlines struct {
	seed    maphash.Seed
	mu      sync.RWMutex
	byShape map[uint64]*outline
}

func newOutlines() *outlines {
	return &outlines{seed: maphash.MakeSeed(), byShape: map[uint64]*outline{}}
}

// render fills in the outline for c; false if it has to be executed.
func (o *outlines) render(t templates, c alerts.Content) (html, text string, ok bool) {
	marked := ownValues(c)
	fields := values(&marked)
	key := o.shape(marked, fields)
	o.mu.RLock()
	found, full := o.byShape[key], len(o.byShape) >= maxOutlines
	o.mu.RUnlock()
	var filled []string
	for _, f := range fields {
		if f.link && strings.Trim(*f.at, linkBytes) != "" {
			return "", "", false
		}
		filled = append(filled, *f.at)
	}
	if found == nil {
		if full {
			return "", "", false
		}
		for i, f := range fields {
			*f.at = f.mark(i)
		}
		html, text, err := t.execute(marked)
		if err != nil {
			return "", "", false
		}
		found = &outline{cut(html, len(fields)), cut(text, len(fields))}
		o.mu.Lock()
		o.byShape[key] = found
		o.mu.Unlock()
	}
	return fill(found.html, filled, true), fill(found.text, filled, false), true
}

// linkBytes are what links may hold that HTML leaves as it is, "&" aside.
const linkBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:?=&#"

// field is a value that is filled in.
type field struct {
	at   *string
	link bool
}

// ownValues is c with values that can be changed without changing c.
func ownValues(c alerts.Content) alerts.Content {
	c.Facts, c.Reasons = slices.Clone(c.Facts), slices.Clone(c.Reasons)
	for _, l := range []**alerts.Link{&c.NotMine, &c.Mine, &c.Button, &c.Mute} {
		if *l != nil {
			own := **l
			*l = &own
		}
	}
	return c
}

// values are the fields of c that differ from mail to mail. Those that are empty
// are left out, since templates ask whether they are.
func values(c *alerts.Content) (out []field) {
	for _, at := range []*string{&c.Greeting, &c.Phrase, &c.Code} {
		if *at != "" {
			out = append(out, field{at, false})
		}
	}
	for i := range c.Facts {
		out = append(out, field{&c.Facts[i].Value, false})
	}
	for i := range c.Reasons {
		out = append(out, field{&c.Reasons[i], false})
	}
	for _, l := range []*alerts.Link{c.NotMine, c.Mine, c.Button, c.Mute} {
		if l != nil {
			out = append(out, field{&l.URL, true})
		}
	}
	return out
}

// mark stands for a value while the templates run. Real values hold no
// characters of private use, and nobody's links lead to .invalid (RFC 6761).
func (f field) mark(i int) string {
	if f.link {
		return "https://accountsec-mark" + strconv.Itoa(i) + ".invalid/"
	}
	return "\uE000" + strconv.Itoa(i) + "\uE001"
}

var marks = regexp.MustCompile("\uE000([0-9]+)\uE001|https://accountsec-mark([0-9]+)\\.invalid/")

func cut(s string, values int) (out []piece) {
	end := 0
	for _, m := range marks.FindAllStringSubmatchIndex(s, -1) {
		number := s[max(m[2], m[4]):max(m[3], m[5])]
		i, err := strconv.Atoi(number)
		if err != nil || i >= values {
			continue // not one of ours
		}
		out = append(out, piece{s[end:m[0]], i})
		end = m[1]
	}
	return append(out, piece{s[end:], -1})
}

// escaper does what html/template does to text and to quoted attributes.
var escaper = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

func fill(pieces []piece, values []string, html bool) string {
	size := 0
	for _, p := range pieces {
		size += len(p.fixed) + 64
	}
	var out strings.Builder
	out.Grow(size)
	for _, p := range pieces {
		out.WriteString(p.fixed)
		switch {
		case p.value < 0:
		case html:
			escaper.WriteString(&out, values[p.value]) //nolint:errcheck // a builder takes all
		default:
			out.WriteString(values[p.value])
		}
	}
	return out.String()
}

// shape sums up all of c but the values: two contents of one shape differ in
// nothing else that templates can see.
func (o *outlines) shape(c alerts.Content, fields []field) uint64 {
	var h maphash.Hash
	h.SetSeed(o.seed)
	add := func(list ...string) {
		for _, s := range list {
			h.WriteString(s)    //nolint:errcheck // a hash takes all
			h.WriteByte('\xff') //nolint:errcheck
		}
		h.WriteByte('\xfe') //nolint:errcheck
	}
	add(c.Lang, c.Signature, c.Subject, c.Title, c.Intro, c.PhraseLabel, c.PhraseNote, c.CodeLabel, c.CodeNote, c.ReasonsTitle, c.ActionsTitle,
		c.AnswersNote, c.ChangeTitle, c.NoticeTitle, c.Why, c.Reply, c.Imprint, strconv.Itoa(int(c.Severity)))
	for _, present := range []string{c.Greeting, c.Phrase, c.Code} {
		add(strconv.FormatBool(present != ""))
	}
	p, logo := c.Phishing, c.Sender.Logo
	add(p.Version, p.Title, p.What, p.Doubt, p.ContactsTitle, p.Short)
	add(c.Sender.Brand, c.Sender.Domain, c.Sender.From, logo.URL, logo.Alt, strconv.Itoa(logo.Width), strconv.Itoa(logo.Height))
	for _, list := range [][]string{c.Actions, c.Change, c.Notice, p.Rules, p.Contacts} {
		add(list...)
	}
	add(strconv.Itoa(len(c.Reasons)), strconv.Itoa(len(fields)))
	for _, f := range c.Facts {
		add(f.Label)
	}
	for _, l := range c.Links {
		add(l.Label, l.URL)
	}
	for _, l := range []*alerts.Link{c.NotMine, c.Mine, c.Button, c.Mute} {
		if l != nil {
			add(l.Label)
		} else {
			add()
		}
	}
	return h.Sum64()
}
