package recovery

import (
	"embed"
	"io/fs"
	"strings"
	"sync"
)

// The lists are our own. They hold the answers that come to most minds first,
// one list for each topic, since guessing goes from the most common answer
// down (Bonneau et al., WWW 2015; Schechter et al., S&P 2009: 13 % of answers
// fell to the five most popular). Lines that begin with # are comments.
//
//go:embed common/*.txt
var commonFiles embed.FS

const anyTopic topic = "any"

// commonAnswers are the lists in normal form.
var commonAnswers = sync.OnceValue(func() map[topic]map[string]bool {
	lists := map[topic]map[string]bool{}
	names, err := fs.Glob(commonFiles, "common/*.txt")
	if err != nil {
		panic(err) // the pattern is valid
	}
	for _, name := range names {
		text, err := fs.ReadFile(commonFiles, name)
		if err != nil {
			panic(err) // embedded
		}
		list := map[string]bool{}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			for answer := range strings.SplitSeq(line, ",") {
				list[normalize(answer)] = true
			}
		}
		delete(list, "")
		lists[topic(strings.TrimSuffix(strings.TrimPrefix(name, "common/"), ".txt"))] = list
	}
	return lists
})

// openers are what people put before an answer without making it another.
var openers = []string{"", "my", "the", "our", "an", "a", "it was", "it's", "우리", "나의", "저의", "내", "제"}

// common tells whether many people give the answer, which is in normal form,
// to a question of the topic. Of the owner's own question the topic is not
// known, so it is held against all lists.
func common(t topic, answer string) bool {
	lists := commonAnswers()
	for _, o := range openers {
		rest, ok := strings.CutPrefix(answer, normalize(o))
		if !ok || rest == "" {
			continue
		}
		if lists[anyTopic][rest] || lists[t][rest] || trivial(rest) {
			return true
		}
		for _, list := range lists {
			if t == "" && list[rest] {
				return true
			}
		}
	}
	return false
}

// trivial tells one character repeated, and runs such as 2345 or edcba.
func trivial(s string) bool {
	r := []rune(s)
	if len(r) < 2 {
		return false
	}
	step := r[1] - r[0]
	if step < -1 || step > 1 {
		return false
	}
	for i := 2; i < len(r); i++ {
		if r[i]-r[i-1] != step {
			return false
		}
	}
	return true
}
