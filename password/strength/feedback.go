package strength

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Warnings lists the keys that [Result].Warning may hold: those customary in
// zxcvbn's implementations, and four of our own (short, hangul, koreanKeys,
// guessable) for what these leave without a warning.
func Warnings() []string {
	return []string{"straightRow", "keyPattern", "simpleRepeat", "extendedRepeat", "sequences", "recentYears", "dates",
		"topTen", "topHundred", "common", "similarToCommon", "wordByItself", "namesByThemselves", "commonNames", "userInputs",
		"short", "hangul", "koreanKeys", "guessable"}
}

// Suggestions lists the keys that [Result].Suggestions may hold.
func Suggestions() []string {
	return []string{"useWords", "noNeed", "anotherWord", "longerKeyboardPattern", "repeats", "sequences", "recentYears",
		"associatedYears", "dates", "capitalization", "allUppercase", "reverseWords", "l33t", "koreanKeys"}
}

// feedback explains a weak password by its longest recognised part.
func feedback(a analysis, score int) (string, []string) {
	if len(a.runes) == 0 {
		return "", []string{"useWords", "noNeed"}
	}
	if score > 2 {
		return "", nil
	}
	i := longestToken(a.tokens)
	t := a.tokens[i]
	warning, more := explain(a, t)
	if warning == "" {
		warning = "guessable"
	}
	return warning, append([]string{"anotherWord"}, more...)
}

// longestToken prefers what was recognised to arbitrary characters.
func longestToken(tokens []token) int {
	best := 0
	size := func(t token) int {
		n := 2 * (t.j - t.i)
		if t.kind != kindChars {
			n += n/2 + 1
		}
		return n
	}
	for i, t := range tokens {
		if size(t) > size(tokens[best]) {
			best = i
		}
	}
	return best
}

func explain(a analysis, t token) (string, []string) {
	switch t.kind {
	case kindWord:
		return explainWord(a, t)
	case kindKeyboard:
		if t.turns == 1 {
			return "straightRow", []string{"longerKeyboardPattern"}
		}
		return "keyPattern", []string{"longerKeyboardPattern"}
	case kindRepeat:
		if t.baseLength == 1 {
			return "simpleRepeat", []string{"repeats"}
		}
		return "extendedRepeat", []string{"repeats"}
	case kindSequence:
		return "sequences", []string{"sequences"}
	case kindYear:
		return "recentYears", []string{"recentYears", "associatedYears"}
	case kindDate:
		return "dates", []string{"dates"}
	case kindTyped:
		return "koreanKeys", []string{"koreanKeys"}
	}
	if slices.ContainsFunc(a.runes[t.i:t.j], isSyllable) {
		return "hangul", nil
	}
	return "short", nil
}

func explainWord(a analysis, t token) (string, []string) {
	return wordWarning(t, len(a.tokens) == 1), wordSuggestions(a.runes[t.i:t.j], t)
}

func wordWarning(t token, sole bool) string {
	switch t.list {
	case listOwn:
		return "userInputs"
	case listNames, listSurnames:
		if sole {
			return "namesByThemselves"
		}
		return "commonNames"
	case listEnglish:
		if sole {
			return "wordByItself"
		}
		return ""
	}
	switch {
	case !sole, t.l33t, t.reversed:
		if t.guesses <= 1e4 {
			return "similarToCommon"
		}
		return ""
	case t.rank <= 10:
		return "topTen"
	case t.rank <= 100:
		return "topHundred"
	}
	return "common"
}

func wordSuggestions(typed []rune, t token) []string {
	var more []string
	up := 0
	for _, c := range typed {
		if unicode.IsUpper(c) {
			up++
		}
	}
	switch {
	case up == 1 && unicode.IsUpper(typed[0]):
		more = append(more, "capitalization")
	case up > 1 && !slices.ContainsFunc(typed, unicode.IsLower):
		more = append(more, "allUppercase")
	}
	if t.reversed && t.j-t.i >= 4 {
		more = append(more, "reverseWords")
	}
	if t.l33t {
		more = append(more, "l33t")
	}
	return more
}

// Common tells whether the password is one word that attackers try first:
// as it is, in other letter case, reversed, with l33t symbols, typed in the
// wrong keyboard mode, or with up to four digits or signs added. extra are
// further words. Words from English and from names count only as passwords do:
// when they stand in the password lists.
func Common(password string, extra ...string) bool {
	runes := bounded(password)
	if len(runes) > MaxRunes {
		return false
	}
	own := map[string]bool{}
	for _, w := range extra {
		own[string(lower(bounded(w)))] = true
	}
	low := lower(runes)
	forms := [][]rune{low, reversed(low), trimTail(low)}
	forms = append(forms, unl33t(low)...)
	forms = append(forms, unl33t(trimTail(low))...)
	if text, n, covered := Compose(runes); n > 1 && covered == len(runes) {
		forms = append(forms, []rune(text))
	}
	for _, f := range forms {
		s := string(f)
		if e, ok := words()[s]; own[s] || ok && (e.list == listPasswords || e.list == listKorean) {
			return true
		}
	}
	return false
}

// trimTail takes up to four digits and signs off the end, if at least four
// letters stay.
func trimTail(r []rune) []rune {
	n := len(r)
	for n > 0 && len(r)-n < 4 && !unicode.IsLetter(r[n-1]) {
		n--
	}
	if n < 2 || n < 4 && utf8.RuneLen(r[0]) == 1 {
		return r
	}
	return r[:n]
}

// Patterned is the share, 0 to 1, of the password's characters that belong to
// repeats of one character, sequences or straight keyboard rows, each at least
// three long, or to a repeated unit. Of a password longer than [MaxRunes] the
// first characters are judged.
func Patterned(password string) float64 {
	r := bounded(password)
	r = r[:min(len(r), MaxRunes)]
	if len(r) == 0 {
		return 0
	}
	in := make([]bool, len(r))
	mark := func(i, j int) {
		for ; i < j; i++ {
			in[i] = true
		}
	}
	low := lower(r)
	for _, t := range append(sequenceTokens(low), keyboardTokens(low)...) {
		if t.j-t.i >= 3 && (t.kind != kindKeyboard || t.turns == 1 || t.j-t.i >= 5) {
			mark(t.i, t.j)
		}
	}
	if p := period(low); 2*p <= len(low) {
		mark(0, len(low))
	}
	for i := 0; i < len(low); {
		j := i
		for j < len(low) && low[j] == low[i] {
			j++
		}
		if j-i >= 3 {
			mark(i, j)
		}
		i = j
	}
	n := 0
	for _, b := range in {
		if b {
			n++
		}
	}
	return float64(n) / float64(len(r))
}
