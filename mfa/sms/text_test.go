package sms_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"example.com/accountsec/internal/gsm"
	"example.com/accountsec/mfa/sms"
)

// sentText enrols a number and gives the message's text, without its code.
func sentText(t *testing.T, typed string, change ...func(*sms.Config)) string {
	t.Helper()
	w := newWorld(t, append(change, open, everywhere)...)
	w.ok(w.try(typed))
	m := w.last()
	if strings.Count(m.text, m.code()) != 2 || !strings.HasPrefix(m.text, m.code()) || !strings.HasSuffix(m.text, "#"+m.code()) {
		t.Errorf("the code is not first and last: %q", m.text)
	}
	return strings.ReplaceAll(m.text, m.code(), "123456")
}

func english(c *sms.Config) {
	c.Brand, c.Lang = "Example Shop", func(context.Context, string) string { return "en" }
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		name, typed, want string
		change            func(*sms.Config)
		segments          int
	}{
		{"Korean", "010-1234-5678", "123456 예시샵 인증번호입니다. 타인에게 알려주지 마세요.\n@shop.example #123456", func(*sms.Config) {}, 1},
		{"English", "+1 201 555 0123", "123456 is your Example Shop code. Never share it with anyone, not even with us.\n@shop.example #123456", english, 1},
		{"English by default abroad", "+1 201 555 0123", "123456 is your 예시샵 code.\n@shop.example #123456", func(*sms.Config) {}, 1},
		{"English in Korea is a short message", "010-1234-5678", "123456 is your Example Shop code.\n@shop.example #123456", english, 1},
		{"Korean abroad", "+1 201 555 0123", "123456 예시샵 인증번호입니다. 타인에게 알려주지 마세요.\n@shop.example #123456",
			func(c *sms.Config) { c.Lang = func(context.Context, string) string { return "ko-KR" } }, 1},
		{"Korean, long brand", "010-1234-5678", "123456 아주아주긴이름의예시온라인가게 인증번호입니다.\n@shop.example #123456",
			func(c *sms.Config) { c.Brand = "아주아주긴이름의예시온라인가게" }, 1},
		{"nothing fits", "010-1234-5678", "123456 아주아주아주아주긴이름의예시온라인 인증번호입니다.\n@" + strings.Repeat("a", 50) + ".example #123456",
			func(c *sms.Config) {
				c.Brand, c.Domain = "아주아주아주아주긴이름의예시온라인", strings.Repeat("a", 50)+".example"
			}, 2},
	} {
		got := sentText(t, c.typed, c.change)
		if got != c.want {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
		if n, _ := gsm.Segments(got); n != c.segments {
			t.Errorf("%s: %d segments, want %d", c.name, n, c.segments)
		}
		if c.segments == 1 && strings.HasPrefix(c.typed, "010") && gsm.KoreanBytes(got) > gsm.MaxKorean {
			t.Errorf("%s: %d bytes are a long message in Korea", c.name, gsm.KoreanBytes(got))
		}
	}
}

// The last line is the origin-bound code's (https://wicg.github.io/sms-one-time-codes/),
// and there is no link for a phone to make of the rest.
func TestTextIsOriginBound(t *testing.T) {
	lines := strings.Split(sentText(t, "010-1234-5678"), "\n")
	if last := lines[len(lines)-1]; !regexp.MustCompile(`^@[a-z0-9.-]+ #[0-9]{6}$`).MatchString(last) || len(lines) < 2 || lines[0] == "" {
		t.Errorf("%q", lines)
	}
	if regexp.MustCompile(`(?i)https?:|www\.|[a-z]/`).MatchString(strings.Join(lines, "\n")) {
		t.Errorf("a link: %q", lines)
	}
}

// Whatever is configured, a message takes at most two segments: the caps on
// cost count on it.
func TestTextIsBounded(t *testing.T) {
	for _, brand := range []string{strings.Repeat("가", 20), strings.Repeat("x", 20), strings.Repeat("€", 20), strings.Repeat("😀", 20)} {
		for _, typed := range []string{"010-1234-5678", "+1 201 555 0123"} {
			text := sentText(t, typed, func(c *sms.Config) { c.Brand, c.Domain = brand, strings.Repeat("a", 55)+".example" })
			if n, _ := gsm.Segments(text); n > 2 {
				t.Errorf("%d segments: %q", n, text)
			}
		}
	}
}
