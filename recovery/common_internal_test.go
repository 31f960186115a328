package recovery

import (
	"testing"
	"unicode"
)

// The lists hold, in each language, at least the head that the simulated
// attacker is taken to be denied (TestGuessingWithTheChannelCompromised).
func TestCommonListsAreLong(t *testing.T) {
	topics := map[topic]bool{}
	for _, q := range catalogue {
		topics[q.topic] = true
	}
	for name := range topics {
		latin, hangul := 0, 0
		for answer := range commonAnswers()[name] {
			if unicode.Is(unicode.Hangul, []rune(answer)[0]) {
				hangul++
			} else {
				latin++
			}
		}
		t.Logf("%-9s %d in English, %d in Korean", name, latin, hangul)
		if latin < 40 || hangul < 40 {
			t.Errorf("%s: %d in English, %d in Korean", name, latin, hangul)
		}
	}
	if len(commonAnswers()) != len(topics)+1 {
		t.Errorf("%d lists for %d topics", len(commonAnswers()), len(topics))
	}
}

func TestDecoysAreInTheCatalogue(t *testing.T) {
	for _, id := range decoys {
		if q, ok := lookup(id); !ok || q.Grade == Weak {
			t.Errorf("%s is no decoy", id)
		}
	}
}
