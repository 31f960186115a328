package alerts

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// scripts are the alphabets that names are written in, Latin first since most
// are. A letter of none of them counts as one of its own.
var scripts = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Latn", unicode.Latin}, {"Hang", unicode.Hangul}, {"Hani", unicode.Han}, {"Hira", unicode.Hiragana}, {"Kana", unicode.Katakana},
	{"Bopo", unicode.Bopomofo}, {"Cyrl", unicode.Cyrillic}, {"Grek", unicode.Greek}, {"Armn", unicode.Armenian}, {"Geor", unicode.Georgian},
	{"Hebr", unicode.Hebrew}, {"Arab", unicode.Arabic}, {"Thai", unicode.Thai}, {"Deva", unicode.Devanagari}, {"Cher", unicode.Cherokee},
	{"Copt", unicode.Coptic}, {"Cans", unicode.Canadian_Aboriginal}, {"Tfng", unicode.Tifinagh}, {"Lisu", unicode.Lisu},
}

// scriptName gives the alphabet of a letter; "" for digits, signs and marks,
// which all share.
func scriptName(r rune) string {
	if r < utf8.RuneSelf && !('a' <= r|0x20 && r|0x20 <= 'z') || unicode.In(r, unicode.Common, unicode.Inherited) {
		return ""
	}
	for _, s := range scripts {
		if unicode.Is(s.table, r) {
			return s.name
		}
	}
	return "Zzzz"
}

func scriptsOf(s string) map[string]bool {
	out := map[string]bool{}
	for _, r := range s {
		if name := scriptName(r); name != "" {
			out[name] = true
		}
	}
	return out
}

// scriptOf gives the one alphabet of a text; "" if it has none or several.
func scriptOf(s string) string {
	found := scriptsOf(s)
	if len(found) != 1 {
		return ""
	}
	for name := range found {
		return name
	}
	return ""
}

// together are the alphabets that names of East Asia are written in side by
// side, with Latin, and that cannot be taken for one another.
var together = []string{"Latn Hani Hira Kana", "Latn Hani Hang", "Latn Hani Bopo"}

// mixesScripts tells whether one word is written in alphabets that are not used
// together: then letters that look alike may stand in for one another. It is
// the level "highly restrictive" of Unicode TS 39 §5.2.
func mixesScripts(word string) bool {
	found := scriptsOf(word)
	if len(found) < 2 {
		return false
	}
	for _, set := range together {
		all := true
		for name := range found {
			all = all && strings.Contains(set, name)
		}
		if all {
			return false
		}
	}
	return true
}

// lookAlikes pairs letters with what they look like in ASCII: the lower-case
// letters of living alphabets, and Latin ones of no orthography, that the
// confusables of Unicode TS 39 (version 14) map to an ASCII letter or digit, and
// the few that browsers add.
var lookAlikes = sync.OnceValue(func() map[rune]rune {
	out := map[rune]rune{}
	for p := range strings.FieldsSeq(lookAlikePairs) {
		r := []rune(p)
		out[r[0]] = r[1]
	}
	return out
})

const lookAlikePairs = "" +
	"бб6 аa сc ԁd еe ҽe һh іi ꙇi ӏl јj оo рp ԛq гr ѕs ѵv ѡw ԝw хx уy үy ьb пn ꮯc ꭵi ꮁr ꮪs ꮩv ꮃw ꮓz " +
	"αa ιi ϳj οo σo ρp ᴦr υu νv γy κk τt ωw ηn ⲥc ⲟo ⲣp ⲅr քf ցg հh ոn ռn օo գq զq սu աw յj " +
	"וl ןl סo טv ߊl ⵏl ჿo ყy ഠo ဝo ᒿ2 ᑲb ᖯb ᑯd ᕁx ᕽx ꓒd ꓲl " +
	"ɑa ᴄc ɡg ᶃg ƍg ɪi ɩi ᴏo ᴑo ꭇr ꭈr ꜱs ꞟu ᴜu ꭎu ꭒu ʋu ᴠv ɯw ᴡw ɣy ᶌy ʏy ỿy ꭚy ᴢz"

// readsAs gives the ASCII name that a label of other letters can be read as; ""
// if it holds a letter that looks like none.
func readsAs(label string) string {
	var out strings.Builder
	foreign := false
	for _, r := range label {
		if r >= utf8.RuneSelf {
			ascii, ok := lookAlikes()[r]
			if !ok {
				return ""
			}
			foreign, r = true, ascii
		}
		out.WriteRune(r)
	}
	if !foreign {
		return ""
	}
	return out.String()
}

// folded writes a name with letters for the signs that are read as them, as in
// "examp1e", "g00d" and "modem" for "modern" (Unicode TS 39 §4).
var folded = strings.NewReplacer("0", "o", "1", "l", "i", "l", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "m", "rn", "vv", "w", "-", "")

// imitates tells whether a domain writes the brand in letters and digits that
// are read as it and are not it.
func imitates(domain, brand string) bool {
	plain := strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r < utf8.RuneSelf:
			return -1
		}
		return '\uFFFD'
	}, brand)
	if len(plain) < 4 || strings.ContainsRune(plain, '\uFFFD') {
		return false
	}
	for label := range strings.SplitSeq(domain, ".") {
		own := strings.ReplaceAll(label, "-", "")
		// An i for an l is another word, not a disguise: domains are lower case.
		if i2l(own) != i2l(plain) && folded.Replace(own) == folded.Replace(plain) {
			return true
		}
	}
	return false
}

func i2l(s string) string { return strings.ReplaceAll(s, "i", "l") }
