package korean

import (
	_ "embed"
	"strings"
	"sync"
)

var (
	//go:embed data/words.txt
	wordData string
	//go:embed data/latin.txt
	latinData string
	//go:embed data/english.txt
	englishData string
	//go:embed data/numbers.txt
	numberData string
	//go:embed data/given.txt
	givenData string
	//go:embed data/syllables.txt
	syllableData string
)

// tables are built on first use; an importer that never asks pays nothing.
type tables struct {
	words, surnames, given, firsts, seconds *trie
	syllables                               [lastSyllable - firstSyllable + 1]uint16
}

// unranked is the rank of a syllable that no list holds.
const unranked = 4000

var loaded = sync.OnceValue(load)

func load() *tables {
	t := &tables{words: newTrie(), surnames: newTrie(), given: newTrie(), firsts: newTrie(), seconds: newTrie()}
	t.addWords()
	t.addSurnames()
	t.addGiven()
	for i := range t.syllables {
		t.syllables[i] = unranked
	}
	rank := uint16(0)
	for _, c := range strings.TrimSpace(syllableData) {
		rank++
		t.syllables[c-firstSyllable] = rank
	}
	return t
}

// buckets goes through a list whose lines are rank buckets: the rank of a word
// is the number of words up to the end of its line.
func buckets(data string, visit func(word string, rank float64)) {
	rank := 0
	for line := range listLines(data) {
		words := strings.Fields(line)
		rank += len(words)
		for _, w := range words {
			visit(w, float64(rank))
		}
	}
}

// Least letters of a word that is looked for in Latin text; shorter ones are
// in too many strings that are not Korean.
const (
	leastTyped = 4
	leastRoman = 5
	leastLatin = 3
)

func (t *tables) addWords() {
	for line := range listLines(numberData) {
		digits, word, _ := strings.Cut(line, " ")
		t.words.add(entry{word: word, keys: digits, rank: numberRank, form: formNumber})
	}
	buckets(wordData, func(w string, rank float64) {
		t.words.add(entry{word: w, keys: Keys(w), rank: rank, form: formTyped})
		for _, roman := range []string{Letters(w), Romanize(w)} {
			if len(roman) >= leastRoman && !strings.ContainsFunc(roman, isHangul) {
				t.words.add(entry{word: w, keys: roman, rank: rank, form: formRoman})
			}
		}
	})
	buckets(latinData, func(w string, rank float64) {
		if len(w) >= leastLatin {
			t.words.add(entry{word: w, keys: w, rank: rank, form: formLatin})
		}
	})
	buckets(englishData, func(w string, rank float64) {
		if len(w) >= leastLatin {
			t.words.add(entry{word: w, keys: w, rank: rank, form: formEnglish})
		}
	})
}

// numberRank is the rank of any number that is read as a word: about as many
// are in use.
const numberRank = 60

func (t *tables) addSurnames() {
	for _, s := range surnames() {
		addName(t.surnames, s.hangul, SurnameVariants(s.hangul), float64(s.rank))
	}
}

// addName takes a name or a part of one in both forms. A spelling costs one
// rank more than the one before it.
func addName(t *trie, hangul string, spellings []string, rank float64) {
	t.add(entry{word: hangul, keys: Keys(hangul), rank: rank, form: formTyped})
	for i, s := range spellings {
		t.add(entry{word: hangul, keys: s, rank: rank + float64(i), form: formRoman})
	}
}

// spellingsOfGiven bounds the spellings of one given name that are kept.
const spellingsOfGiven = 12

// addGiven takes the listed given names whole, and the syllables that they are
// made of for those that are not listed.
func (t *tables) addGiven() {
	count := [2]int{}
	seen := [2]map[rune]bool{{}, {}}
	buckets(givenData, func(name string, rank float64) {
		spellings := RomanizeVariants(name)
		addName(t.given, name, spellings[:min(len(spellings), spellingsOfGiven)], rank)
		r := []rune(name)
		if len(r) != 2 {
			return
		}
		for i, part := range []*trie{t.firsts, t.seconds} {
			if !seen[i][r[i]] {
				seen[i][r[i]] = true
				count[i]++
				addName(part, string(r[i]), syllableVariants(r[i]), float64(count[i]))
			}
		}
	})
}

// rank is the place of a syllable among all, 1 for the most frequent.
func (t *tables) rank(c rune) float64 { return float64(t.syllables[c-firstSyllable]) }
