package strength

import "example.com/accountsec/internal/korean"

const firstSyllable, lastSyllable = '가', '힣'

func isSyllable(c rune) bool { return c >= firstSyllable && c <= lastSyllable }

// Keys gives the keys that type Hangul text on a two-set keyboard: "안녕" is
// "dkssud". Other characters stay. Syllables must be composed (NFC).
func Keys(text string) string { return korean.Keys(text) }

// Compose reads keys as a two-set keyboard would: "dkssud" is "안녕". Keys that
// make no complete syllable stay as they are; syllables says how many were
// made and covered how many keys went into them. Capitals count as shifted
// where shift matters and as plain letters elsewhere.
func Compose(keys []rune) (text string, syllables, covered int) { return korean.Compose(keys) }

// koreanTokens are what somebody who guesses Korean passwords would try.
func koreanTokens(r []rune) []token {
	found := korean.Matches(r)
	tokens := make([]token, len(found))
	for i, m := range found {
		t := token{i: m.I, j: m.J + 1, kind: kindKorean, guesses: max(m.Guesses, least(m.J+1-m.I))}
		switch m.Kind {
		case korean.QwertyHangul, korean.KoreanLayoutLatin:
			t.kind = kindTyped
		case korean.JamoRun:
			t.kind, t.baseLength = kindRepeat, 1
		case korean.KoreanName:
			t.kind, t.list = kindWord, listNames
		case korean.KoreanBirthDate:
			t.kind = kindDate
		case korean.KoreanPhone:
			t.kind = kindPhone
		case korean.ResidentNumberID:
			t.kind = kindResident
		}
		tokens[i] = t
	}
	return tokens
}

// typedTokens finds Korean typed in English mode: stretches of letters that
// compose to complete syllables almost wholly. Random letters rarely do (1.4 %
// of those eight long), so little is lost by the letters that do by chance.
func typedTokens(r, low []rune) []token {
	var tokens []token
	for i := 0; i < len(r); {
		j := i
		for j < len(r) && isLetter(r[j]) {
			j++
		}
		if j-i >= 4 {
			tokens = append(tokens, typedToken(r[i:j], low[i:j], i)...)
		}
		i = j + 1
	}
	return tokens
}

func typedToken(r, low []rune, at int) []token {
	for _, keys := range [][]rune{r, low} {
		text, syllables, covered := Compose(keys)
		if syllables < 2 || covered*5 < len(keys)*4 {
			continue
		}
		hangul := []rune(text)
		_, guesses := cheapest(hangul, append(wordTokens(hangul, hangul, nil), sequenceTokens(hangul)...))
		return []token{{i: at, j: at + len(keys), kind: kindTyped, guesses: 2 * guesses}}
	}
	return nil
}
