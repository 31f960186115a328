package korean

import "strings"

// The letters of the Revised Romanization of Korean (Ministry of Culture and
// Tourism, notice 2000-8), by place in the syllable block.
var (
	romanInitials = [19]string{"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"}
	romanMedials  = [21]string{"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i"}
	romanFinals   = [28]string{"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t"}
)

// Places of jamo that the changes of sound ask for.
const (
	iniG, iniN, iniD, iniR, iniM, iniB, iniNone, iniJ, iniCh, iniK, iniT, iniP, iniH = 0, 2, 3, 5, 6, 7, 11, 12, 14, 15, 16, 17, 18
	finG, finN, finD, finL, finM, finB, finNg, finH                                  = 1, 4, 7, 8, 16, 17, 21, 27
	medI                                                                             = 20
)

// carried splits a final into what stays and the initial that goes over to a
// next syllable that begins with a vowel (ㅇ).
var carried = [28]struct{ fin, ini int }{
	1: {0, iniG}, 2: {0, 1}, 3: {finG, 9}, 4: {0, iniN}, 5: {finN, iniJ}, 6: {0, iniN}, 7: {0, iniD}, 8: {0, iniR}, 9: {finL, iniG},
	10: {finL, iniM}, 11: {finL, iniB}, 12: {finL, 9}, 13: {finL, iniT}, 14: {finL, iniP}, 15: {0, iniR}, 16: {0, iniM}, 17: {0, iniB},
	18: {finB, 9}, 19: {0, 9}, 20: {0, 10}, 21: {finNg, iniNone}, 22: {0, iniJ}, 23: {0, iniCh}, 24: {0, iniK}, 25: {0, iniT}, 26: {0, iniP}, 27: {0, iniNone},
}

// stop is the sound of a final before a consonant: ㄱ, ㄴ, ㄷ, ㄹ, ㅁ, ㅂ, ㅇ.
var stop = [28]int{0, finG, finG, finG, finN, finN, finN, finD, finL, finG, finM, finL, finL, finL, finB, finL, finM, finB, finB, finD, finD, finNg, finD, finD, finG, finD, finB, finD}

// Romanize gives the Revised Romanization of Hangul text in lower case, with
// its changes of sound: "한국말" is "hangungmal". Other characters stay. The
// letters of a name follow no such change; see [RomanizeVariants].
func Romanize(text string) string { return romanize([]rune(text), true) }

// Letters gives the romanisation syllable by syllable, without changes of
// sound, as names are spelt and as most people write words.
func Letters(text string) string { return romanize([]rune(text), false) }

func romanize(r []rune, sound bool) string {
	var b strings.Builder
	from, after := -1, -1 // the initial handed over by the syllable before, and its final
	for i, c := range r {
		if !isSyllable(c) {
			b.WriteRune(c)
			from, after = -1, -1
			continue
		}
		ini, med, fin := parts(c)
		if from >= 0 {
			ini = from
		}
		lateral := ini == iniR && after == finL
		from, after = -1, -1
		if sound && fin != 0 && i+1 < len(r) && isSyllable(r[i+1]) {
			next, nextMed, _ := parts(r[i+1])
			fin, from = meet(fin, next, nextMed)
			after = fin
		}
		if lateral {
			b.WriteString("l")
		} else {
			b.WriteString(romanInitials[ini])
		}
		b.WriteString(romanMedials[med])
		b.WriteString(romanFinals[fin])
	}
	return b.String()
}

// meet gives what becomes of a final and of the initial after it.
func meet(fin, ini, med int) (newFin, newIni int) {
	if ini == iniNone {
		c := carried[fin]
		if med == medI && c.ini == iniD && fin == finD {
			return c.fin, iniJ
		}
		if med == medI && c.ini == iniT {
			return c.fin, iniCh
		}
		return c.fin, c.ini
	}
	if fin == finH || fin == 6 || fin == 15 { // ㅎ, ㄶ, ㅀ
		rest := map[int]int{finH: 0, 6: finN, 15: finL}[fin]
		switch ini {
		case iniG:
			return rest, iniK
		case iniD:
			return rest, iniT
		case iniJ:
			return rest, iniCh
		}
	}
	fin = stop[fin]
	switch {
	case ini == iniN || ini == iniM:
		switch fin {
		case finG:
			fin = finNg
		case finD:
			fin = finN
		case finB:
			fin = finM
		case finL:
			if ini == iniN {
				ini = iniR
			}
		}
	case ini == iniR:
		switch fin {
		case finN:
			fin = finL
		case finM, finNg:
			ini = iniN
		case finG:
			fin, ini = finNg, iniN
		case finB:
			fin, ini = finM, iniN
		}
	}
	return fin, ini
}

// MaxVariants bounds what [RomanizeVariants] gives.
const MaxVariants = 48

// habits are the spellings that people use beside the rule, by medial.
var habits = [21][]string{4: {"u", "o"}, 5: {"e"}, 6: {"you", "yu", "yo"}, 13: {"oo", "woo"}, 14: {"weo"}, 17: {"yoo"}, 18: {"u"}, 20: {"ee"}}

// RomanizeVariants gives the usual spellings of a Hangul word or given name in
// Latin letters, lower case, the rule's first, at most [MaxVariants], none for
// text that is not Hangul syllables or is longer than 12 of them.
func RomanizeVariants(text string) []string {
	r := []rune(text)
	if len(r) == 0 || len(r) > 12 {
		return nil
	}
	out := []string{""}
	for _, c := range r {
		if !isSyllable(c) {
			return nil
		}
		var next []string
		for j, spelling := range syllableVariants(c) {
			for _, before := range out {
				if j > 0 && len(next) >= MaxVariants-2 {
					break
				}
				next = append(next, before+spelling)
			}
		}
		out = next
	}
	return unique(append([]string{Letters(text), Romanize(text)}, out...), MaxVariants)
}

func syllableVariants(c rune) []string {
	ini, med, fin := parts(c)
	out := []string{romanInitials[ini] + romanMedials[med] + romanFinals[fin]}
	for _, h := range habits[med] {
		if h == "woo" && ini != iniNone {
			continue
		}
		out = append(out, romanInitials[ini]+h+romanFinals[fin])
	}
	if ini == iniG {
		out = append(out, "k"+romanMedials[med]+romanFinals[fin])
	}
	if c == '영' {
		out = append(out, "young")
	}
	return out
}

// unique keeps the first of equal strings, at most limit.
func unique(all []string, limit int) []string {
	seen := make(map[string]bool, len(all))
	out := all[:0:0]
	for _, s := range all {
		if !seen[s] && len(out) < limit {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
