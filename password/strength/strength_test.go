package strength_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/accountsec/password/strength"
)

// The scores and warnings that customers meet most.
func TestScores(t *testing.T) {
	for _, c := range []struct {
		password string
		score    int
		warning  string
	}{
		{"password", 0, "topTen"}, {"P@ssw0rd", 0, "similarToCommon"}, {"drowssap", 0, "similarToCommon"},
		{"dragon", 0, "topTen"}, {"abcdef", 0, "sequences"}, {"97531", 0, "sequences"},
		{"aaaaaaaa", 0, "simpleRepeat"}, {"abababababab", 0, "extendedRepeat"}, {"hellohellohello", 0, "extendedRepeat"},
		{"qwertyuiop", 0, "topHundred"}, {"asdfghjkl;'", 1, "straightRow"}, {"1990-01-31", 1, "dates"}, {"19900131", 1, "dates"},
		{"1990년1월31일", 1, "dates"}, {"1987", 0, "recentYears"}, {"saranghae123", 1, "koreanWord"},
		{"x7Kp2mQz", 2, "short"}, {"x7Kp2mQz9!", 3, ""}, {"tR9#mK2$vL5@", 4, ""},
		{"correcthorsebatterystaple", 4, ""}, {"violet otter mends a kite", 4, ""},
		// Korean, as Hangul and as typed in English mode.
		{"비밀번호", 0, "koreanWord"}, {"qlalfqjsgh", 0, "koreanKeys"}, {"dkssudgktpdy", 0, "koreanKeys"}, {"eogksalsrnr", 0, "koreanKeys"},
		{"ehrehsmsdnflEkd", 0, "koreanKeys"}, {"rlaalswns", 0, "koreanName"}, {"thsgmdals", 0, "koreanKeys"}, {"안녕안녕안녕", 0, "extendedRepeat"},
		{"ㅋㅋㅋㅋㅋㅋ", 0, "jamoRun"}, {"가나다라마바사", 0, "sequences"}, {"어머님", 0, "koreanWord"},
		{"푸른고래가달을마신다", 3, ""}, {"푸른고래가달을마신다tR9", 4, ""}, {"vnfmsrhforkekfdmfaktlsek", 4, ""},
	} {
		r := strength.Estimate(c.password)
		if r.Score != c.score || r.Warning != c.warning {
			t.Errorf("%s: score %d (10^%.1f), warning %q; want %d, %q", c.password, r.Score, r.GuessesLog10, r.Warning, c.score, c.warning)
		}
	}
}

// Everything that scores 2 or less says why and what to do; what scores more
// says nothing; and every key is one of the published.
func TestFeedbackIsNeverMissing(t *testing.T) {
	for _, p := range corpus() {
		r := strength.Estimate(p)
		if (r.Score <= 2) != (len(r.Suggestions) > 0) {
			t.Errorf("%.40q: score %d with suggestions %v", p, r.Score, r.Suggestions)
		}
		if p != "" && (r.Score <= 2) != (r.Warning != "") {
			t.Errorf("%.40q: score %d with warning %q", p, r.Score, r.Warning)
		}
		if r.Warning != "" && !slices.Contains(strength.Warnings(), r.Warning) {
			t.Errorf("%.40q: unpublished warning %q", p, r.Warning)
		}
		for _, s := range r.Suggestions {
			if !slices.Contains(strength.Suggestions(), s) {
				t.Errorf("%.40q: unpublished suggestion %q", p, s)
			}
		}
	}
}

func corpus() []string {
	out := []string{"", "a", "가", "😀", "\x00", "\xff", "P@55w0rd", "PASSWORD", "Password", "drowssaP", "monkey2024", "mary", "works", "maryworks",
		"1qaz2wsx", "zaq1xsw2", "!@#$%^&*", "789456123", "2024", "31/12/99", "rkskek", "Zx9", "ñandú", "пароль", "𝐛𝐨𝐥𝐝", "ㅎㅎ", "안녕2024!", "hello 김민준"}
	for i := range 300 {
		out = append(out, fmt.Sprintf("%x", i*i*i*7919), strings.Repeat(string(rune('a'+i%26)), i%40))
	}
	return out
}

func TestUserInputs(t *testing.T) {
	weak := strength.Estimate("minsukmerchant", "Minsuk Merchant", "shop")
	if strong := strength.Estimate("minsukmerchant"); weak.GuessesLog10 >= strong.GuessesLog10 || weak.Warning != "userInputs" {
		t.Errorf("with the user's words 10^%.1f (%s), without 10^%.1f", weak.GuessesLog10, weak.Warning, strong.GuessesLog10)
	}
	if r := strength.Estimate("alstjrdlfkd", "민석이랑"); r.Score != 0 || r.Warning != "userInputs" {
		t.Errorf("Hangul typed in English mode: %+v", r)
	}
	inputs := make([]string, 10000)
	for i := range inputs {
		inputs[i] = strings.Repeat("x", i)
	}
	strength.Estimate("hello", inputs...)
}

// Deterministic, whatever the order in which maps are walked.
func TestDeterministic(t *testing.T) {
	for _, p := range corpus() {
		first := strength.Estimate(p, "kim", "shop")
		for range 3 {
			if again := strength.Estimate(p, "kim", "shop"); again.GuessesLog10 != first.GuessesLog10 || again.Warning != first.Warning {
				t.Errorf("%q: %+v, then %+v", p, first, again)
			}
		}
	}
}

func TestKeysAndCompose(t *testing.T) {
	for hangul, keys := range map[string]string{
		"안녕하세요": "dkssudgktpdy", "비밀번호": "qlalfqjsgh", "독도는우리땅": "ehrehsmsdnflEkd", "사랑해": "tkfkdgo", "값어치": "rkqtdjcl",
		"외워": "dhldnj", "읽고": "dlfrrh", "까치": "Rkcl", "의사": "dmltk", "닭": "ekfr",
	} {
		if got := strength.Keys(hangul); got != keys {
			t.Errorf("Keys(%s) = %s, want %s", hangul, got, keys)
		}
		if got, n, covered := strength.Compose([]rune(keys)); got != hangul || n != utf8.RuneCountInString(hangul) || covered != len(keys) {
			t.Errorf("Compose(%s) = %s, %d, %d", keys, got, n, covered)
		}
	}
	for c := '가'; c <= '힣'; c++ { // every syllable, before a vowel-less end and before another
		for _, text := range []string{string(c), string(c) + "가"} {
			if got, _, _ := strength.Compose([]rune(strength.Keys(text))); got != text {
				t.Fatalf("%s came back as %s", text, got)
			}
		}
	}
}

func TestCommon(t *testing.T) {
	for _, p := range []string{"password", "PassWord", "p@ssw0rd", "drowssap", "password1", "Password123!", "비밀번호", "qlalfqjsgh", "saranghae", "haneulmarket"} {
		if !strength.Common(p, "HaneulMarket") {
			t.Errorf("%q is not common", p)
		}
	}
	for _, p := range []string{"", "!", "violet otter mends a kite", "x7Kp2mQz9!", "푸른고래가달을마신다", strings.Repeat("password", 1000)} {
		if strength.Common(p, "HaneulMarket") {
			t.Errorf("%.40q is common", p)
		}
	}
}

func TestPatterned(t *testing.T) {
	for p, mostly := range map[string]bool{
		"": false, "aaaaaaaa": true, "12345678": true, "qwertyuiop": true, "abcabcabc": true, "aaaabbbbcccc": true, "87654321": true,
		"가나다라마바사": true, "abcd1234": true, "QWERTYqwerty": true, "zxcvbnm!": true, "ㅋㅋㅋㅋㅋㅋ": true,
		"violet otter mends a kite": false, "x7Kp2mQz9!": false, "lanterns1234pier": false, "aaa horse battery": false,
	} {
		if got := strength.Patterned(p) > 0.5; got != mostly {
			t.Errorf("%q: %.2f", p, strength.Patterned(p))
		}
	}
}

func FuzzEstimate(f *testing.F) {
	for _, p := range append(corpus(), "4@8({[<369!1|0$5+7%2", "1/1/1 1.1.91", "aabaabaab", "ㅔㅁㄴㄴ잭ㅇ", "900101-1234567", "가나다라") {
		f.Add(p, "kim")
	}
	f.Fuzz(func(t *testing.T, password, input string) {
		for _, e := range []strength.Estimator{reference, {}} {
			check(t, password, e.Estimate(password, input))
			appended(t, e, password, "monkey")
		}
		if r := strength.Estimate(password, input); password != "" && (r.Score <= 2) != (r.Warning != "") {
			t.Fatalf("score %d with warning %q", r.Score, r.Warning)
		}
		if s := strength.Patterned(password); s < 0 || s > 1 {
			t.Fatalf("patterned %v", s)
		}
		strength.Common(password, input)
	})
}
