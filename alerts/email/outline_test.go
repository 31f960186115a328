package email_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// same checks that filling in gives what the templates give, to the byte.
func same(t *testing.T, n *email.Notifier, what string, c alerts.Content) {
	t.Helper()
	for range 2 { // the first makes the outline, the second fills it in
		filled, executed, err := n.Outlined(c)
		fine(t, err)
		for i := range filled {
			if filled[i] != executed[i] {
				at := 0
				for at < min(len(filled[i]), len(executed[i])) && filled[i][at] == executed[i][at] {
					at++
				}
				t.Fatalf("%s: body %d differs:\n%.120q\n%.120q", what, i, filled[i][max(0, at-20):], executed[i][max(0, at-20):])
			}
		}
	}
}

// Outlines change nothing about a mail: not for any kind with values of any
// kind, and not when anything else about it changes.
func TestOutlines(t *testing.T) {
	for _, s := range []alerts.Sender{sender, fullSender(), plainSender()} {
		n, err := email.New(email.Config{Host: "mail.shop.example", Sender: s})
		fine(t, err)
		for _, kind := range append(everyKind(), alerts.SenderChange) {
			for _, lang := range []string{"en", "ko"} {
				for _, m := range email.EveryMessage(s, kind, lang) {
					same(t, n, string(kind), alerts.Compose(s, m))
					m.Links.Mine, m.Links.NotMine = "https://shop.example/?a=%zz&b=(c)+d", "https://shop.example/?a=b&c=d#e"
					m.Recipient.Name += `+ 1 & "2" <3> 'x'`
					same(t, n, string(kind), alerts.Compose(s, m))
				}
			}
		}
	}
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: fullSender()})
	fine(t, err)
	base := func() alerts.Content {
		c := alerts.Compose(fullSender(), message(alerts.NewDevice, "en"))
		c.Code, c.Sender.Logo = "123", fullSender().Logo
		return c
	}
	same(t, n, "base", base())
	changed := 0
	var vary func(path string, get func(c *alerts.Content) reflect.Value)
	vary = func(path string, get func(c *alerts.Content) reflect.Value) {
		c := base()
		v := get(&c)
		at := func(next func(reflect.Value) reflect.Value) func(c *alerts.Content) reflect.Value {
			return func(c *alerts.Content) reflect.Value { return next(get(c)) }
		}
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + " & more")
		case reflect.Slice:
			c.Facts, c.Reasons = append([]alerts.Fact(nil), c.Facts...), append([]string(nil), c.Reasons...)
			v = get(&c)
			if v.Len() > 0 {
				vary(path+"[0]", at(func(v reflect.Value) reflect.Value { return v.Index(0) }))
				v.Set(v.Slice(0, v.Len()-1))
			}
		case reflect.Pointer:
			vary(path+".*", at(func(v reflect.Value) reflect.Value { return v.Elem() }))
			v.SetZero()
		case reflect.Struct:
			for i := range v.NumField() {
				vary(path+"."+v.Type().Field(i).Name, at(func(v reflect.Value) reflect.Value { return v.Field(i) }))
			}
			return
		case reflect.Int:
			v.SetInt(int64(activity.Critical))
		default:
			t.Fatalf("%s is a %s", path, v.Kind())
		}
		changed++
		same(t, n, path, c)
	}
	fields := reflect.TypeFor[alerts.Content]()
	for i := range fields.NumField() {
		if name := fields.Field(i).Name; name != "Sender" {
			vary(name, func(c *alerts.Content) reflect.Value { return reflect.ValueOf(c).Elem().Field(i) })
		}
	}
	vary("Domain", func(c *alerts.Content) reflect.Value { return reflect.ValueOf(&c.Sender.Domain).Elem() })
	vary("Logo", func(c *alerts.Content) reflect.Value { return reflect.ValueOf(&c.Sender.Logo).Elem() })
	if changed < 50 {
		t.Errorf("only %d changes were tried", changed)
	}
	// More shapes than are kept are no fault.
	for i := range 600 {
		c := base()
		c.Title = strings.Repeat("x", i)
		same(t, n, "many shapes", c)
	}
}

// One notifier writes for many at once.
func TestOutlinesAreShared(t *testing.T) {
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: sender})
	fine(t, err)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			m := message([]alerts.Kind{alerts.NewDevice, alerts.GuessedIn}[i%2], []string{"en", "ko"}[i/2%2])
			m.Recipient.Name = strings.Repeat("Kim ", i+1)
			for range 5 {
				r, err := n.Render(m)
				if name := strings.TrimSpace(m.Recipient.Name); err != nil || strings.Count(r.HTML, "Kim") != i+1 || !strings.Contains(r.Text, name) {
					t.Errorf("%d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
}
