package recovery

import (
	"strings"
	"testing"
	"time"
)

// FuzzOwnQuestion: any text is judged in bounded time, and what passes is one
// harmless line that reads like a question.
func FuzzOwnQuestion(f *testing.F) {
	for _, s := range []string{"", "Which boat carried us to the island?", "우리가 배 창고 뒤에 묻은 것은 무엇인가요?", "Tr0ub4dor&3 xyz", "name of my\x00 first dog", strings.Repeat("what school ", 17)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		start := time.Now()
		reason := screen(s)
		if d := time.Since(start); d > time.Second {
			t.Fatalf("%d bytes took %v", len(s), d)
		}
		if reason != "" {
			if texts().Text("ko", reasonMessageStart+string(reason), nil) == reasonMessageStart+string(reason) {
				t.Fatalf("%s has no text", reason)
			}
			return
		}
		if len(strings.Fields(s)) < 2 || strings.ContainsAny(s, "\r\n\x00\u202e") || len(s) > 4*maxOwn {
			t.Fatalf("passed: %q", s)
		}
	})
}

// FuzzAnswer: any answer is either refused or has a normal form of bounded
// length that is neither common nor too short.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{"", "A tin whistle", "콩", "ﷺﷺﷺ", "ㅎㅏㄴㄱㅡㄹ", "\xff", "🐈", "my my my"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := check([]Answer{{Question: "lost_object", Answer: s}}, Owner{Facts: []string{"Kim Minjun"}, Password: "violet otter"})
		if err != nil {
			return
		}
		n := got[0]
		if n == "" || len(n) > maxNormal || n != normalize(s) || tooShort(n) || commonAnswers()[anyTopic][n] || n == "violetotter" {
			t.Fatalf("%q passed as %q", s, n)
		}
	})
}
