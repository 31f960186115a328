package alerts

import (
	"maps"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// Compose writes the message in the recipient's language, as if it were sent
// when it was made. The sender must be valid.
func Compose(s Sender, m Message) Content { return ComposeAt(s, m, m.made()) }

// ComposeAt is [Compose] for a message that is sent at a time: "20 minutes
// before this message" counts to then. Which identity the sender has is decided
// by when the message was made.
func ComposeAt(s Sender, m Message, sent time.Time) Content {
	c := composer{whole: s, s: s.At(m.made()), m: m, sent: sent, lang: message.Lang(m.Recipient.Lang)}
	c.args = c.s.args()
	out := Content{
		Lang: c.lang, Sender: c.s, Signature: s.Signature(c.lang, m.made()), Severity: m.Alert.Severity,
		Title: c.text("title." + c.kind()), Intro: c.text("intro." + c.kind()),
		NoticeTitle: c.text("notice.title"), Notice: c.notice(), Phishing: c.phishing(),
		Links: c.links(), Reply: c.reply(), Imprint: c.s.Brand,
	}
	out.Subject = "[" + out.Signature + "] " + out.Title
	if name := plain(m.Recipient.Name); name != "" {
		out.Greeting = c.text("greeting", "name", name)
	}
	if c.s.Address != "" {
		out.Imprint += " · " + c.s.Address
	}
	c.phrase(&out)
	c.change(&out)
	switch {
	case m.Code != "":
		c.code(&out)
	case m.Kind == SenderChange:
		c.announcement(&out)
	default:
		c.alert(&out)
		c.buttons(&out)
	}
	return out
}

// args are what every text may hold.
func (s Sender) args() message.Args {
	return message.Args{"brand": s.Brand, "domain": s.Domain, "from": strings.Join(s.Froms(), ", ")}
}

// made is when the message was made, as far as it is known.
func (m Message) made() time.Time {
	if m.CreatedAt.IsZero() {
		return m.Alert.At
	}
	return m.CreatedAt
}

type composer struct {
	whole Sender // with its change
	s     Sender // as of when the message was made
	m     Message
	sent  time.Time
	lang  string
	args  message.Args // what every text may hold
}

// text gives words in the message's language, the shop's own where it has them.
func (c composer) text(key string, args ...string) string {
	named := c.args
	if len(args) > 0 {
		named = maps.Clone(c.args)
	}
	for i := 0; i+1 < len(args); i += 2 {
		named[args[i]] = args[i+1]
	}
	if own, ok := c.s.Texts[key]; ok {
		return message.Fill(own.in(c.lang), named)
	}
	return texts().Text(c.lang, key, named)
}

// kind is the kind that there are texts for.
func (c composer) kind() string {
	if k := string(c.m.Kind); texts().Has("title." + k) {
		return k
	}
	return "other"
}

func (c composer) action(i int) string { return "action." + c.kind() + "." + strconv.Itoa(i) }

func (c composer) buttonKey() string {
	if key := "button." + c.kind(); texts().Has(key) {
		return key
	}
	return "button"
}

func (c composer) code(out *Content) {
	minutes := max(1, int(c.m.ExpiresAt.Sub(c.m.CreatedAt).Round(time.Minute).Minutes()))
	out.Severity = activity.Notice
	out.Code, out.CodeLabel = canon.Line(c.m.Code, maxCode), c.text("code.label")
	out.CodeNote = c.text("code.note", "minutes", strconv.Itoa(minutes))
	out.Facts = []Fact{
		{c.text("fact.requested"), When(c.lang, c.m.Recipient.TimeZone, c.m.CreatedAt)},
		{c.text("fact.until"), When(c.lang, c.m.Recipient.TimeZone, c.m.ExpiresAt)},
	}
	out.ActionsTitle = c.text("actions.title.code")
	out.Actions = []string{c.text("action.code.share"), c.text("action.code.ask"), c.text("action.code.ignore")}
	out.Why = c.text("why.code")
}

func (c composer) alert(out *Content) {
	a := c.m.Alert
	out.Facts = append(out.Facts, Fact{c.text("fact.when"), c.when(a.At)})
	for _, f := range []struct{ label, value string }{
		{"fact.where", where(c.lang, a.Location, c.address(a.Client.IP))},
		{"fact.device", c.device(a.Device)},
		{"fact.factor", plain(a.Detail["factor"])},
		{"fact.ready", c.ready(a.Detail[activity.DetailUntil])},
		{"fact.fields", plain(activity.FieldLabels(c.lang, a.Detail[activity.DetailFields]))},
		{"fact.repeated", c.repeats(a)},
	} {
		if f.value != "" {
			out.Facts = append(out.Facts, Fact{c.text(f.label), f.value})
		}
	}
	for _, r := range a.Reasons {
		out.Reasons = append(out.Reasons, plain(r.Text(c.lang)))
	}
	if len(out.Reasons) > 0 {
		out.ReasonsTitle = c.text("reasons.title")
	}
	out.ActionsTitle = c.text("actions.title")
	for i := 1; texts().Has(c.action(i)); i++ {
		out.Actions = append(out.Actions, c.text(c.action(i)))
	}
	info, known := c.m.Kind.Info()
	out.Why = c.text("why.chosen")
	if info.Mandatory || !known {
		out.Why = c.text("why.mandatory")
	}
}

// buttons are the links that are the recipient's own. One that leads elsewhere
// is left out; the security page is always there.
func (c composer) buttons(out *Content) {
	if c.s.SecurityURL != "" {
		out.Button = &Link{c.text("button"), c.s.SecurityURL}
	}
	if l := c.link(c.m.Alert.Link, c.buttonKey()); l != nil {
		out.Button = l
	}
	out.NotMine, out.Mine = c.link(c.m.Links.NotMine, "button.notmine"), c.link(c.m.Links.Mine, "button.mine")
	if out.NotMine != nil || out.Mine != nil {
		out.AnswersNote = c.text("answers.note")
	}
	if out.NotMine != nil {
		out.Actions = append([]string{c.text("action.notmine")}, out.Actions...)
	}
	if info, ok := c.m.Kind.Info(); ok && !info.Mandatory {
		out.Mute = c.link(c.m.Links.Mute, "mute")
	}
}

func (c composer) link(url Private, label string) *Link {
	if url == "" || c.s.CheckLink(string(url)) != nil {
		return nil
	}
	return &Link{c.text(label), string(url)}
}

// phrase shows what the owner chose, which a forger cannot know.
func (c composer) phrase(out *Content) {
	out.Phrase = plain(string(c.m.Phrase))
	switch {
	case out.Phrase != "":
		out.PhraseLabel, out.PhraseNote = c.text("phrase.label"), c.text("phrase.note")
	case c.s.Phrases && c.s.SecurityURL != "" && !c.m.Earlier:
		out.PhraseNote = c.text("phrase.hint")
	}
}

// when is a time in the owner's zone, and how long before the message it was.
func (c composer) when(at time.Time) string {
	text := When(c.lang, c.m.Recipient.TimeZone, at)
	if ago := Ago(c.lang, at, c.sent); ago != "" {
		text += ", " + ago
	}
	return text
}

// ready is when a recovery that waits is over, from microseconds since 1970.
func (c composer) ready(micros string) string {
	us, err := strconv.ParseInt(micros, 10, 64)
	if err != nil || us <= 0 {
		return ""
	}
	return When(c.lang, c.m.Recipient.TimeZone, time.UnixMicro(us))
}

// repeats says how many like it were kept back.
func (c composer) repeats(a Alert) string {
	if a.Repeats < 1 {
		return ""
	}
	return c.text("fact.repeats", "n", strconv.Itoa(a.Repeats), "when", When(c.lang, c.m.Recipient.TimeZone, a.Since))
}

// address is the visitor's, or its network if the shop wants no more shown.
func (c composer) address(ip netip.Addr) string {
	if c.s.ShortenIP {
		return networkText(ip)
	}
	return addressText(ip)
}

func (c composer) device(d activity.Device) string {
	if name := plain(d.Name); name != "" {
		return activity.DeviceLabel(c.lang, name)
	}
	return ""
}

func (c composer) notice() []string {
	out := []string{c.text("notice.from"), c.text("notice.never")}
	if c.s.SecurityURL == "" {
		return append(out, c.text("notice.type"))
	}
	return append(out, c.text("notice.links", "sites", "https://"+strings.Join(c.s.domains(), ", https://")))
}

// reply says where answers go, if not where the message came from.
func (c composer) reply() string {
	from, to := c.s.FromFor(c.m.Kind), c.s.Reply()
	switch {
	case !isNoReply(from):
		return ""
	case isNoReply(to):
		return c.text("reply.none", "noreply", from)
	}
	return c.text("reply.to", "noreply", from, "reply", to)
}

func (c composer) links() (out []Link) {
	for _, l := range []Link{
		{"link.privacy", c.s.PrivacyURL}, {"link.policy", c.s.SecurityPolicyURL}, {"link.support", c.s.SupportURL},
	} {
		if l.URL != "" {
			out = append(out, Link{c.text(l.Label), l.URL})
		}
	}
	if c.s.SupportEmail != "" {
		out = append(out, Link{c.s.SupportEmail, "mailto:" + c.s.SupportEmail})
	}
	if c.s.SupportPhone != "" {
		out = append(out, Link{c.text("link.phone", "phone", c.s.SupportPhone), ""})
	}
	return out
}
