package password

import "strings"

// The letters of the Revised Romanization of Korean (2000), syllable by
// syllable, without the changes of sound between them, as people spell names.
var (
	romanInitials = []string{"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"}
	romanMedials  = []string{"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i"}
	romanFinals   = []string{"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "l", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t"}
)

// usualMedials are spelt otherwise in many names.
var usualMedials = strings.NewReplacer("eo", "u", "yeo", "you", "eu", "u", "u", "oo")

// surnames are the spellings that people use instead of the rule.
var surnames = map[string][]string{
	"김": {"kim"}, "이": {"lee", "yi", "rhee"}, "박": {"park", "pak"}, "최": {"choi"}, "정": {"jung", "chung"},
	"강": {"kang"}, "조": {"cho"}, "윤": {"yoon"}, "장": {"jang", "chang"}, "임": {"lim", "im"}, "한": {"han"}, "오": {"oh"},
	"서": {"suh"}, "신": {"shin"}, "권": {"kwon"}, "황": {"hwang"}, "안": {"ahn"}, "송": {"song"}, "류": {"ryu"}, "유": {"yoo", "you"},
	"전": {"jun"}, "홍": {"hong"}, "고": {"ko"}, "문": {"moon"}, "양": {"yang"}, "손": {"son"}, "배": {"bae"}, "백": {"baek", "paik"}, "허": {"hur"},
	"노": {"roh", "noh"}, "심": {"shim"}, "주": {"joo"}, "우": {"woo"}, "구": {"koo"}, "민": {"min"},
}

// surname gives the spellings of a family name.
func surname(s string) []string { return append(romanize(s), surnames[s]...) }

// romanize gives the spellings of Hangul syllables.
func romanize(hangul string) []string {
	var rule, usual strings.Builder
	for _, c := range hangul {
		if notHangul(c) {
			return nil
		}
		s := int(c - '가')
		ini, med, fin := romanInitials[s/588], romanMedials[s%588/28], romanFinals[s%28]
		rule.WriteString(ini + med + fin)
		usual.WriteString(ini + usualMedials.Replace(med) + fin)
	}
	if usual.String() == rule.String() {
		return []string{rule.String()}
	}
	return []string{rule.String(), usual.String()}
}
