package sms_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"

	"example.com/accountsec/mfa/sms"
)

// open lifts every limit but what a test is about.
func open(c *sms.Config) {
	big := sms.Rate{Hour: 1 << 30, Day: 1 << 30}
	c.Limits = sms.Limits{Resend: time.Microsecond, Account: big, Number: big, Network: big, WideNetwork: big, Country: big, Unverified: big}
	c.SpendPerHour, c.SpendPerDay = 1<<40, 1<<40
}

// everywhere serves every country.
func everywhere(c *sms.Config) {
	for region := range phonenumbers.GetSupportedRegions() {
		c.Countries = append(c.Countries, region)
	}
}

// try enrols a number, a moment later than the last one.
func (w *world) try(typed string) error {
	w.now = w.now.Add(time.Millisecond)
	s := w.subject("kim", "f")
	s.Label = typed
	_, err := w.Enroll(context.Background(), s)
	return err
}

func TestNumbers(t *testing.T) {
	w := newWorld(t, open, func(c *sms.Config) { c.Countries = []string{"KR", "US", "GB"} })
	for typed, want := range map[string]string{
		"010-1234-5678": "+821012345678", "01012345678": "+821012345678", "010 1234 5678": "+821012345678", "010.1234.5678": "+821012345678",
		"+82 10-1234-5678": "+821012345678", "+82 010-1234-5678": "+821012345678", "+82 (0)10 1234 5678": "+821012345678", "  010-1234-5678  ": "+821012345678",
		"011-234-5678": "+82112345678", "+1 (201) 555-0123": "+12015550123", "+44 7912 345678": "+447912345678",
	} {
		w.ok(w.try(typed))
		if got := w.last().to; got != want {
			t.Errorf("%q: sent to %s, want %s", typed, got, want)
		}
	}
	sent := len(w.messages())
	for typed, want := range map[string]error{
		"": sms.ErrNumber, " ": sms.ErrNumber, "kim@customer.example": sms.ErrNumber, "010-1234": sms.ErrNumber, "010-1234-56789": sms.ErrNumber,
		"112": sms.ErrNumber, "119": sms.ErrNumber, "+82112": sms.ErrNumber, "1234": sms.ErrNumber, "+": sms.ErrNumber, "0000000000": sms.ErrNumber,
		"010-1234-5678 ext. 9": sms.ErrNumber, "010-1234-5678;ext=9": sms.ErrNumber, "tel:010-1234-5678": sms.ErrNumber, "010-1234-5678#9": sms.ErrNumber,
		"010-1234-5678,010-1111-2222": sms.ErrNumber, "010-1234-5678\n010-1111-2222": sms.ErrNumber, "010-1234-5678\x00": sms.ErrNumber,
		"０１０-1234-5678": sms.ErrNumber, "٠١٠12345678": sms.ErrNumber, "010–1234–5678": sms.ErrNumber, "1-800-FLOWERS": sms.ErrNumber, "+1 800 FLOWERS": sms.ErrNumber,
		"+82+1012345678": sms.ErrNumber, "++821012345678": sms.ErrNumber, "010-1234-5678+": sms.ErrNumber, "\xff": sms.ErrNumber,
		strings.Repeat("1", 1<<20): sms.ErrNumber, "010-1234-5678" + strings.Repeat(" ", 1<<20) + "9": sms.ErrNumber,
		// Known not to be mobile.
		"02-312-3456": sms.ErrNumberType, "070-7123-4567": sms.ErrNumberType, "060-700-1234": sms.ErrNumberType, "080-123-4567": sms.ErrNumberType,
		"1588-1234": sms.ErrNumberType, "+1 900 234 5678": sms.ErrNumberType, "+1 800 234 5678": sms.ErrNumberType, "+1 500 555 0006": sms.ErrNumberType,
		"+44 70 1234 5678": sms.ErrNumberType, "+44 20 7946 0018": sms.ErrNumberType, "+44 9012 345678": sms.ErrNumberType, "+44 56 1234 5678": sms.ErrNumberType,
		// Of countries that are not served, and of none. Jamaica shares +1, the
		// Isle of Man +44.
		"+1 876 210 1234": sms.ErrCountry, "+44 7624 123456": sms.ErrCountry, "+7 916 123 45 67": sms.ErrCountry, "+86 138 1234 5678": sms.ErrCountry,
		"+979 1 2345 6789": sms.ErrCountry, "+881 6 123 45678": sms.ErrCountry, "+800 1234 5678": sms.ErrCountry, "+999 123 4567": sms.ErrCountry,
		"+210 123 4567": sms.ErrCountry, "+247 40123": sms.ErrCountry,
	} {
		if err := w.try(typed); !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", typed, err, want)
		}
	}
	if n := len(w.messages()); n != sent {
		t.Errorf("%d messages were sent to numbers that were refused", n-sent)
	}
}

// Only the shop's own country is served unless others are named.
func TestCountriesDefaultToTheRegion(t *testing.T) {
	w := newWorld(t, open)
	w.ok(w.try("+82 10 1234 5678"))
	w.want(w.try("+1 201 555 0123"), sms.ErrCountry)
}

func TestAllowedTypes(t *testing.T) {
	w := newWorld(t, open, func(c *sms.Config) { c.AllowFixedLine, c.AllowVoIP = true, true })
	w.ok(w.try("02-312-3456"))
	w.ok(w.try("070-7123-4567"))
	for _, typed := range []string{"060-700-1234", "080-123-4567", "1588-1234"} {
		w.want(w.try(typed), sms.ErrNumberType)
	}
}

// A country that is no longer served is not sent to, whoever enrolled when it
// was.
func TestPitfall11CountryTakenAway(t *testing.T) {
	w := newWorld(t, func(c *sms.Config) { c.Countries = []string{"KR", "JM"} })
	f := w.enroll("kim", "+1 876 210 1234")
	sent := w.provider.count()
	w.cfg.Countries = []string{"KR"}
	method, err := sms.New(w.store, w.cfg)
	w.ok(err)
	_, err = method.Challenge(t.Context(), f.subject())
	w.want(err, sms.ErrCountry)
	w.ok(method.Wait(t.Context()))
	if w.provider.count() != sent {
		t.Error("a message was sent")
	}
}

func TestMask(t *testing.T) {
	for typed, want := range map[string]string{
		"010-1234-5678": "010-****-5678", "+82 10-9876-5432": "010-****-5432", "011-234-5678": "***-***-5678",
		"+1 201 555 0123": "+1 ***-***-0123", "+65 8123 4567": "+65 **** 4567",
	} {
		w := newWorld(t, open, everywhere)
		f := w.enroll("kim", typed)
		if _, shown := f.challenge(); shown.Number != want {
			t.Errorf("%s: %s, want %s", typed, shown.Number, want)
		}
	}
}

// Another port of libphonenumber, with metadata of its own age, agrees on what
// a number is and whether it may be sent to, for every country and type. Plans
// change: the few numbers that do not agree are counted.
func TestNumbersAgreeWithAnotherPort(t *testing.T) {
	w := newWorld(t, open, everywhere, func(c *sms.Config) { c.MaxInFlight = 1 })
	file, err := os.Open("testdata/numbers.tsv")
	w.ok(err)
	defer file.Close() //nolint:errcheck
	rows, differ := 0, []string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		col := strings.Split(lines.Text(), "\t")
		if len(col) != 5 {
			continue
		}
		rows++
		if got := w.outcome(col[0]); got != expected(col) {
			differ = append(differ, lines.Text()+" → "+got)
		}
	}
	if rows < 1500 {
		t.Fatalf("%d rows", rows)
	}
	t.Logf("%d of %d numbers differ", len(differ), rows)
	if len(differ) > rows/100 {
		t.Errorf("too many differ:\n%s", strings.Join(differ, "\n"))
	}
}

// outcome is the E.164 form that a message went to, or the error.
func (w *world) outcome(typed string) string {
	before := w.provider.count()
	err := w.try(typed)
	list := w.messages()
	switch {
	case err != nil && len(list) != before:
		w.Fatalf("%s was refused and sent to", typed)
	case err != nil:
		return err.Error()
	}
	return list[len(list)-1].to
}

func expected(col []string) string {
	e164, country, kind, valid := col[1], col[2], col[3], col[4] == "1"
	switch {
	case kind == "COUNTRY":
		return sms.ErrCountry.Error()
	case !valid:
		return sms.ErrNumber.Error()
	case country == "001":
		return sms.ErrCountry.Error()
	case !slices.Contains([]string{"MOBILE", "FIXED_LINE_OR_MOBILE", "UNKNOWN"}, kind):
		return sms.ErrNumberType.Error()
	}
	return e164
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"010-1234-5678", "+82 (0)10.1234/5678", "+1 201 555 0123", "tel:+82-10;phone-context=x", "００", "+979123456789"} {
		f.Add(s)
	}
	w := newWorld(f, open, everywhere)
	f.Fuzz(func(t *testing.T, typed string) {
		w.TB = t
		before := w.provider.count()
		err := w.try(typed)
		sent := len(w.messages()) - before
		if err != nil {
			if sent != 0 || !errors.Is(err, sms.ErrNumber) && !errors.Is(err, sms.ErrCountry) && !errors.Is(err, sms.ErrNumberType) {
				t.Fatalf("%q: %v, %d messages", typed, err, sent)
			}
			return
		}
		to := w.last().to
		if sent != 1 || len(to) < 8 || len(to) > 16 || to[0] != '+' || strings.Trim(to[1:], "0123456789") != "" {
			t.Fatalf("%q was sent to %q", typed, to)
		}
		if again := w.try(to); again != nil || w.last().to != to {
			t.Fatalf("%q is not its own form: %v", to, again)
		}
	})
}

func FuzzCode(f *testing.F) {
	for _, s := range []string{"123456", " 123 456 ", "１２３４５６", "123456\x00", "-123456"} {
		f.Add(s)
	}
	w := newWorld(f)
	enrolled := w.enroll("kim", "010-1234-5678")
	code, _ := enrolled.challenge()
	f.Fuzz(func(t *testing.T, typed string) {
		w.TB = t
		want := len(typed) <= 32 && strings.ReplaceAll(typed, " ", "") == code
		if got := enrolled.verify(typed); got != want {
			t.Fatalf("%q: %v", typed, got)
		}
	})
}
