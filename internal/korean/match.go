package korean

// Kinds of [Match].
const (
	HangulWord        = "hangulWord"        // a word in Hangul, or a number that is read as one
	QwertyHangul      = "qwertyHangul"      // Hangul typed with the keyboard in English
	HangulSyllables   = "hangulSyllables"   // Hangul that no list holds, by the rank of its syllables
	JamoRun           = "jamoRun"           // jamo alone: ㅋㅋㅋ
	Romanized         = "romanized"         // a Korean word in Latin letters
	KoreanName        = "koreanName"        // a name, in Hangul, typed or romanised
	KoreanPhone       = "koreanPhone"       // a phone number
	KoreanBirthDate   = "koreanBirthDate"   // year, month and day; or month and day
	ResidentNumberID  = "residentNumber"    // see [ResidentNumber]
	KoreanLayoutLatin = "koreanLayoutLatin" // Latin typed with the keyboard in Korean
)

// Match is a part of a password that somebody who guesses Korean would try.
type Match struct {
	// I and J are the places of the first and the last character, inclusive.
	I, J int
	// Guesses is how many tries come before this one, at least 1; see the
	// package comment for the model.
	Guesses float64
	// Kind is one of the constants of this package.
	Kind string
	// Word is what was found, in Hangul where it stands for Hangul, else as it
	// is in the text. It is a part of the password: not for logs.
	Word string
}

// Bounds of [Matches].
const (
	maxText    = 128
	window     = 64
	maxMatches = 4096
)

// Matches finds the Korean parts of a password, overlapping ones too, in no
// order that means anything but the same on each call. At most 4,096 come back;
// of a text longer than 128 characters only the first and last 64 are looked
// at. Text should be NFC or NFKC; other forms lose little. Words are found in
// any letter case.
func Matches(text []rune) []Match {
	if len(text) <= maxText {
		return search(text, 0, nil)
	}
	out := search(text[:window], 0, nil)
	return search(text[len(text)-window:], len(text)-window, out)
}

func search(text []rune, offset int, out []Match) []Match {
	if len(text) == 0 {
		return out
	}
	f := &finder{tables: loaded(), stream: keysOf(text), text: text, offset: offset, out: out}
	f.numbers()
	f.jamo()
	for k := range f.low {
		if f.begins[k] {
			f.wordsAt(k)
			f.namesAt(k)
			f.syllablesAt(k)
		}
	}
	f.phrases()
	return f.out
}

// finder goes through one text.
type finder struct {
	*tables
	stream
	text   []rune
	offset int
	pieces [3][]piece // what phrases are made of, by script
	out    []Match
}

// report adds a match of the keys from k to m, both inclusive.
func (f *finder) report(k, m int, guesses float64, kind, word string) {
	f.reportRunes(f.at[k], f.at[m], guesses, kind, word)
}

func (f *finder) reportRunes(i, j int, guesses float64, kind, word string) {
	if len(f.out) < maxMatches {
		f.out = append(f.out, Match{f.offset + i, f.offset + j, max(1, guesses), kind, word})
	}
}
