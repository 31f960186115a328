package strength

import (
	"slices"

	"example.com/accountsec/internal/korean"
)

// korean finds what somebody who guesses Korean passwords would try. It can
// only lower an estimate: more matches never make the cheapest sequence dearer.
func (f *finder) korean() {
	for _, m := range korean.Matches(f.runes) {
		f.add(match{i: int32(m.I), j: int32(m.J + 1), pattern: hangul, kind: m.Kind, guesses: m.Guesses})
	}
	if !slices.ContainsFunc(f.runes, isHangul) {
		return
	}
	for _, row := range recited {
		f.recite(row)
	}
	f.latin()
}

func isHangul(c rune) bool {
	return c >= '가' && c <= '힣' || c >= 'ㄱ' && c <= 'ㅣ' || c >= 'ᄀ' && c <= 'ᇿ'
}

// recited are sequences that are no run of code points, as people recite them.
var recited = [...]string{"가나다라마바사아자차카타파하", "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ", "ㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ", "일이삼사오육칠팔구십", "월화수목금토일"}

// recite finds stretches of at least three characters of a row, forwards or
// backwards. They cost as much as an alphabet's.
func (f *finder) recite(row string) {
	steps := []rune(row)
	for i := 0; i < len(f.runes)-2; i++ {
		at := slices.Index(steps, f.runes[i])
		if at < 0 {
			continue
		}
		for d := -1; d <= 1; d += 2 {
			j := i + 1
			for p := at + d; j < len(f.runes) && p >= 0 && p < len(steps) && steps[p] == f.runes[j]; p += d {
				j++
			}
			if j-i >= 3 {
				f.add(match{i: int32(i), j: int32(j), pattern: sequence, guesses: sequenceGuesses('a', d < 0) * float64(j-i)})
			}
		}
	}
}

// latin reads stretches of Hangul as Latin that was typed with the keyboard in
// Korean: "ㅔㅁㄴㄴ잭ㅇ" is "password". They cost twice what the Latin does.
func (f *finder) latin() {
	plain := f.config
	plain.reference = true // the Hangul behind the keys was looked at already
	for i := 0; i < len(f.runes); {
		j := i
		for j < len(f.runes) && isHangul(f.runes[j]) {
			j++
		}
		if j-i > 1 {
			keys := []rune(korean.LatinKeys(string(f.runes[i:j])))
			a := analyse(plain, keys[:min(len(keys), MaxRunes)], false)
			f.add(match{i: int32(i), j: int32(j), pattern: hangul, kind: korean.KoreanLayoutLatin, guesses: 2 * a.guesses})
		}
		i = max(j, i+1)
	}
}

// residentGuesses is all that a password is worth that holds a resident
// registration number: whoever knows the person may know it, and it must not be
// put where it can leak.
const residentGuesses = 1e6

// refuseNumber lowers a password that holds a resident registration number to
// what is refused wherever strength is asked for, whatever stands around it.
func (a *analysis) refuseNumber() {
	i, j, ok := korean.ResidentNumber(a.runes)
	if !ok {
		return
	}
	a.guesses = min(a.guesses, residentGuesses)
	a.matches = []match{{i: int32(i), j: int32(j + 1), pattern: hangul, kind: korean.ResidentNumberID, guesses: a.guesses}}
}

// Keys gives the keys that type Hangul text on a two-set keyboard: "안녕" is
// "dkssud". Other characters stay.
func Keys(text string) string { return korean.Keys(text) }

// Compose reads keys as a two-set keyboard would: "dkssud" is "안녕". Keys that
// make no complete syllable stay as they are; syllables says how many were
// made and covered how many keys went into them. Capitals count as shifted
// where shift matters and as plain letters elsewhere.
func Compose(keys []rune) (text string, syllables, covered int) { return korean.Compose(keys) }
