package strength

import (
	"slices"
	"unicode"
)

// Warnings lists the keys that [Result].Warning may hold: those customary in
// zxcvbn's implementations, and six of our own (short, hangul, koreanKeys,
// phone, residentNumber, guessable) for what these leave without a warning.
func Warnings() []string {
	return []string{"straightRow", "keyPattern", "simpleRepeat", "extendedRepeat", "sequences", "recentYears", "dates",
		"topTen", "topHundred", "common", "similarToCommon", "wordByItself", "namesByThemselves", "commonNames", "userInputs",
		"short", "hangul", "koreanKeys", "phone", "residentNumber", "guessable"}
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
	case kindKorean:
		return "hangul", nil
	case kindPhone:
		return "phone", []string{"useWords"}
	case kindResident:
		return "residentNumber", []string{"useWords"}
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
