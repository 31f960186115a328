package strength

import (
	"fmt"
	"math"
)

// The values of [Match].Pattern: those of zxcvbn and one of our own.
const (
	PatternBruteforce = "bruteforce" // no pattern: arbitrary characters
	PatternDictionary = "dictionary" // a word, perhaps reversed or in l33t
	PatternSpatial    = "spatial"    // a walk on the keyboard
	PatternRepeat     = "repeat"
	PatternSequence   = "sequence"
	PatternRegex      = "regex" // a recent year
	PatternDate       = "date"
	PatternKorean     = "korean"
)

// Match is a part of a password that an attacker tries as a whole. It tells
// how the part was recognised, which with the places is more about the password
// than a log should hold: it prints as its pattern and length alone.
type Match struct {
	// Pattern is one of the Pattern constants.
	Pattern string
	// I and J are the places of the first and the last character, both
	// inclusive, counted in code points.
	I, J int
	// GuessesLog10 is the decimal logarithm of the part's own guesses.
	GuessesLog10 float64
	// Dictionary is the list of a word: passwords, english_wikipedia,
	// female_names, surnames, us_tv_and_film, male_names or user_inputs.
	Dictionary string
	// Rank is the word's place in that list, from 1.
	Rank int
	// Reversed and L33t tell how the word is spelt.
	Reversed, L33t bool
	// Graph is the keyboard of a walk: qwerty, dvorak, keypad or mac_keypad.
	Graph string
	// Turns counts the straight stretches of a walk.
	Turns int
	// BaseLength and Repeats say how long the repeated unit is and how often it
	// stands there.
	BaseLength, Repeats int
	// Kind is what a Korean part is: hangulWord, qwertyHangul, hangulSyllables,
	// jamoRun, romanized, koreanName, koreanPhone, koreanBirthDate,
	// residentNumber or koreanLayoutLatin.
	Kind string
}

// String keeps the password out of logs.
func (m Match) String() string { return fmt.Sprintf("%s(%d)", m.Pattern, m.J-m.I+1) }

// GoString keeps the password out of logs.
func (m Match) GoString() string { return "strength.Match{" + m.String() + "}" }

type pattern uint8

const (
	bruteforce pattern = iota
	dictionary
	spatial
	repeat
	sequence
	year
	date
	hangul
)

func (p pattern) String() string {
	return [...]string{PatternBruteforce, PatternDictionary, PatternSpatial, PatternRepeat, PatternSequence, PatternRegex, PatternDate, PatternKorean}[p]
}

// match is the part runes[i:j] while the model works on it.
type match struct {
	guesses  float64
	i, j     int32
	rank     int32 // of a word
	base     int32 // length of a repeat's unit
	kind     string
	pattern  pattern
	list     list
	reversed bool
	l33t     bool
	graph    graph
	turns    uint8
}

func (m *match) len() int { return int(m.j - m.i) }

// public gives the match as a result shows it.
func (m *match) public() Match {
	out := Match{Pattern: m.pattern.String(), I: int(m.i), J: int(m.j - 1), GuessesLog10: math.Log10(m.guesses), Kind: m.kind}
	switch m.pattern {
	case dictionary:
		out.Dictionary, out.Rank, out.Reversed, out.L33t = m.list.String(), int(m.rank), m.reversed, m.l33t
	case spatial:
		out.Graph, out.Turns = m.graph.String(), int(m.turns)
	case repeat:
		out.BaseLength, out.Repeats = int(m.base), m.len()/int(m.base)
	}
	return out
}
