package strength

import (
	"slices"
	"unicode"

	"example.com/accountsec/internal/korean"
)

// Warnings lists the keys that [Result].Warning may hold: those customary in
// zxcvbn's implementations, and eight of our own: short, commonWords,
// koreanWord, koreanKeys, koreanName, jamoRun, phone and residentNumber. The
// reference model holds to the customary, without userInputs.
func Warnings() []string {
	return []string{"straightRow", "keyPattern", "simpleRepeat", "extendedRepeat", "sequences", "recentYears", "dates",
		"topTen", "topHundred", "common", "similarToCommon", "wordByItself", "namesByThemselves", "commonNames", "userInputs",
		"short", "commonWords", "koreanWord", "koreanKeys", "koreanName", "jamoRun", "phone", "residentNumber"}
}

// Suggestions lists the keys that [Result].Suggestions may hold: those
// customary, and koreanKeys.
func Suggestions() []string {
	return []string{"useWords", "noNeed", "anotherWord", "longerKeyboardPattern", "repeated", "sequences", "recentYears",
		"associatedYears", "dates", "capitalization", "allUppercase", "reverseWords", "l33t", "koreanKeys"}
}

// feedback explains a weak password by its longest part, the first of several.
func (a *analysis) feedback(score int, reference bool) (warning string, suggestions []string) {
	if len(a.matches) == 0 {
		return "", []string{"useWords", "noNeed"}
	}
	if score > 2 {
		return "", nil
	}
	longest := &a.matches[0]
	for i := range a.matches {
		if a.matches[i].len() > longest.len() {
			longest = &a.matches[i]
		}
	}
	warning, more := a.explain(longest)
	if warning == "" && !reference {
		warning = a.explainMore(longest)
	}
	return warning, append([]string{"anotherWord"}, more...)
}

// explain holds to zxcvbn's rules, and adds rules for what it does not know.
func (a *analysis) explain(m *match) (string, []string) {
	switch m.pattern {
	case dictionary:
		return wordWarning(m, len(a.matches) == 1), wordSuggestions(a.runes[m.i:m.j], m)
	case spatial:
		if m.turns == 1 {
			return "straightRow", []string{"longerKeyboardPattern"}
		}
		return "keyPattern", []string{"longerKeyboardPattern"}
	case repeat:
		if m.base == 1 {
			return "simpleRepeat", []string{"repeated"}
		}
		return "extendedRepeat", []string{"repeated"}
	case sequence:
		return "sequences", []string{"sequences"}
	case year:
		return "recentYears", []string{"recentYears", "associatedYears"}
	case date:
		return "dates", []string{"dates"}
	case hangul:
		return koreanFeedback(m.kind)
	}
	return "", nil
}

// explainMore warns where zxcvbn is silent.
func (a *analysis) explainMore(m *match) string {
	switch {
	case m.pattern != dictionary && slices.ContainsFunc(a.runes[m.i:m.j], isHangul):
		return "koreanWord"
	case m.pattern != dictionary:
		return "short"
	case m.list == listOwn:
		return "userInputs"
	case m.list == listPasswords:
		return "similarToCommon"
	case len(a.matches) == 1:
		return "wordByItself"
	}
	return "commonWords"
}

func koreanFeedback(kind string) (string, []string) {
	switch kind {
	case korean.QwertyHangul, korean.KoreanLayoutLatin:
		return "koreanKeys", []string{"koreanKeys"}
	case korean.KoreanName:
		return "koreanName", nil
	case korean.JamoRun:
		return "jamoRun", []string{"repeated"}
	case korean.KoreanPhone:
		return "phone", []string{"useWords"}
	case korean.KoreanBirthDate:
		return "dates", []string{"dates"}
	case korean.ResidentNumberID:
		return "residentNumber", []string{"useWords"}
	}
	return "koreanWord", nil
}

func wordWarning(m *match, sole bool) string {
	switch m.list {
	case listPasswords:
		return passwordWarning(m, sole && !m.l33t && !m.reversed)
	case listEnglish:
		if sole {
			return "wordByItself"
		}
	case listSurnames, listMale, listFemale:
		if sole {
			return "namesByThemselves"
		}
		return "commonNames"
	}
	return ""
}

func passwordWarning(m *match, plain bool) string {
	switch {
	case !plain && m.guesses > 1e4:
		return ""
	case !plain:
		return "similarToCommon"
	case m.rank <= 10:
		return "topTen"
	case m.rank <= 100:
		return "topHundred"
	}
	return "common"
}

func wordSuggestions(typed []rune, m *match) []string {
	var more []string
	if len(typed) > 1 && isUpper(typed[0]) && !slices.ContainsFunc(typed[1:], isUpper) {
		more = append(more, "capitalization")
	} else if slices.ContainsFunc(typed, unicode.IsUpper) && !slices.ContainsFunc(typed, isLower) {
		more = append(more, "allUppercase")
	}
	if m.reversed && m.len() >= 4 {
		more = append(more, "reverseWords")
	}
	if m.l33t {
		more = append(more, "l33t")
	}
	return more
}
