package korean_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/internal/korean"
	"golang.org/x/text/unicode/norm"
)

// guesses puts a password together from matches and single characters in the
// way of zxcvbn: l! times the product, plus 10,000 to the l-1.
func guesses(text []rune) float64 {
	n := len(text)
	ms := korean.Matches(text)
	for i := range text {
		for j := i; j < n; j++ {
			ms = append(ms, korean.Match{I: i, J: j, Guesses: math.Pow(10, float64(j-i+1)), Kind: "bruteforce"})
		}
	}
	slices.SortFunc(ms, func(a, b korean.Match) int { return a.J - b.J })
	product := make([][]float64, n+1) // by length and number of parts
	for i := range product {
		product[i] = make([]float64, n+2)
		for l := range product[i] {
			product[i][l] = math.Inf(1)
		}
	}
	product[0][0] = 1
	for _, m := range ms {
		for l := range n {
			product[m.J+1][l+1] = min(product[m.J+1][l+1], product[m.I][l]*m.Guesses)
		}
	}
	best, factorial := math.Inf(1), 1.0
	for l := 1; l <= n; l++ {
		factorial *= float64(l)
		best = min(best, factorial*product[n][l]+math.Pow(10000, float64(l-1)))
	}
	return best
}

func score(g float64) int {
	for i, limit := range []float64{1e3, 1e6, 1e8, 1e10} {
		if g < limit+5 {
			return i
		}
	}
	return 4
}

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		text, kind, word string
		i, j             int
		atMost           float64
	}{
		{"사랑해1004", korean.HangulWord, "사랑해", 0, 2, 1e3},
		{"사랑해1004", korean.HangulWord, "천사", 3, 6, 1e3},
		{"사랑해1004", korean.HangulWord, "사랑해1004", 0, 6, 1e4},
		{"x8282", korean.HangulWord, "빨리빨리", 1, 4, 1e3},
		{"dkssudgktpdy", korean.QwertyHangul, "안녕하세요", 0, 11, 1e3},
		{"DKSSUDGKTPDY", korean.QwertyHangul, "안녕하세요", 0, 11, 1e3},
		{"12tkfkdgo!", korean.QwertyHangul, "사랑해", 2, 8, 1e3},
		{"ehrehsmsdnflEkd", korean.QwertyHangul, "독도는우리땅", 0, 14, 1e3},
		{"ehrehsmsdnflekd", korean.QwertyHangul, "독도는우리땅", 0, 14, 1e3},
		{"dldustk", korean.QwertyHangul, "이연사", 0, 6, 1e8},
		{"휘뚜루", korean.HangulSyllables, "휘뚜루", 0, 2, 1e9},
		{"ㅋㅋㅋㅋㅋ", korean.JamoRun, "ㅋㅋㅋㅋㅋ", 0, 4, 1e2},
		{"saranghae", korean.Romanized, "사랑해", 0, 8, 1e3},
		{"Blackpink1", korean.Romanized, "blackpink", 0, 8, 1e3},
		{"김민준", korean.KoreanName, "김민준", 0, 2, 1e3},
		{"남궁민수", korean.KoreanName, "남궁민수", 0, 3, 1e5},
		{"rlaalswns", korean.KoreanName, "김민준", 0, 8, 1e3},
		{"kimminjun", korean.KoreanName, "김민준", 0, 8, 1e3},
		{"parkjiyoung", korean.KoreanName, "박지영", 0, 10, 1e4},
		{"minjunkim", korean.KoreanName, "김민준", 0, 8, 1e3},
		{"a01023456789", korean.KoreanPhone, "01023456789", 1, 11, 8e7},
		{"010-2345-6789", korean.KoreanPhone, "010-2345-6789", 0, 12, 8e7},
		{"821023456789", korean.KoreanPhone, "821023456789", 0, 11, 8e7},
		{"0111234567", korean.KoreanPhone, "0111234567", 0, 9, 8e7},
		{"02-345-6789", korean.KoreanPhone, "02-345-6789", 0, 10, 8e7},
		{"19850302", korean.KoreanBirthDate, "19850302", 0, 7, 4e4},
		{"850302", korean.KoreanBirthDate, "850302", 0, 5, 4e4},
		{"85.03.02", korean.KoreanBirthDate, "85.03.02", 0, 7, 2e5},
		{"1985년3월2일", korean.KoreanBirthDate, "1985년3월2일", 0, 8, 2e5},
		{"a0302", korean.KoreanBirthDate, "0302", 1, 4, 1e3},
		{"850302-1234567", korean.ResidentNumberID, "850302-1234567", 0, 13, 1e7},
		{"ㅗ디ㅣㅐ", korean.KoreanLayoutLatin, "hello", 0, 3, 1e3},
		{korean.Typed("password"), korean.KoreanLayoutLatin, "password", 0, len([]rune(korean.Typed("password"))) - 1, 1e3},
		{norm.NFD.String("사랑해"), korean.HangulWord, "사랑해", 0, 6, 1e3},
		{"ㅅㅏㄹㅏㅇㅎㅐ", korean.HangulWord, "사랑해", 0, 6, 1e3},
	} {
		ms := korean.Matches([]rune(c.text))
		if !slices.ContainsFunc(ms, func(m korean.Match) bool {
			return m.Kind == c.kind && m.Word == c.word && m.I == c.i && m.J == c.j && m.Guesses <= c.atMost
		}) {
			t.Errorf("Matches(%q) lacks %s %q at %d to %d within %g: %v", c.text, c.kind, c.word, c.i, c.j, c.atMost, ms)
		}
	}
}

func TestNoMatch(t *testing.T) {
	for _, c := range []struct{ text, kind string }{
		{"당", korean.QwertyHangul}, {"독도는우리당", korean.KoreanName}, {"사랑해", korean.QwertyHangul}, {"19851302", korean.KoreanPhone},
		{"19850231", korean.KoreanBirthDate}, {"0101234567", korean.KoreanPhone}, {"99010234567890", korean.KoreanPhone}, {"10302", korean.KoreanBirthDate},
		{"ㅋ", korean.JamoRun}, {"hello", korean.KoreanLayoutLatin}, {"sarang해", korean.Romanized + "!"},
	} {
		for _, m := range korean.Matches([]rune(c.text)) {
			if m.Kind == c.kind {
				t.Errorf("Matches(%q) has %v", c.text, m)
			}
		}
	}
	for _, m := range korean.Matches([]rune("독도는우리당")) {
		if m.Word == "독도는우리땅" {
			t.Errorf("another syllable passes for the word: %v", m)
		}
	}
}

// TestLongText looks at both ends of a long text and at nothing else.
func TestLongText(t *testing.T) {
	fill := strings.Repeat("!", 100)
	found := func(text string) (places []int) {
		for _, m := range korean.Matches([]rune(text)) {
			if m.Word == "사랑해" {
				places = append(places, m.I)
			}
		}
		return places
	}
	if got := found("사랑해" + fill + "사랑해" + fill + "사랑해"); !reflect.DeepEqual(got, []int{0, 206}) {
		t.Errorf("found at %v", got)
	}
	if got := found(fill + "사랑해" + "!!!!!!!!!!"); !reflect.DeepEqual(got, []int{100}) {
		t.Errorf("found at %v", got)
	}
}

func TestDeterministic(t *testing.T) {
	text := []rune("김민준사랑해1004kimminjun850302rlaalswns")
	want := korean.Matches(text)
	for range 10 {
		if got := korean.Matches(text); !reflect.DeepEqual(got, want) {
			t.Fatal("two calls differ")
		}
	}
}

// TestRandomKeepsItsStrength bounds what random passwords lose.
func TestRandomKeepsItsStrength(t *testing.T) {
	for _, c := range []struct {
		alphabet string
		length   int
		weaker   int // of 2,000, how many may lose more than a decade
		below    int // how many may fall below score 4
	}{
		{"abcdefghijklmnopqrstuvwxyz", 8, 30, 2000},
		{"abcdefghijklmnopqrstuvwxyz", 12, 30, 2},
		{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 12, 10, 2},
		{"가각간갇갈갉갊감갑값갓갔강갖갗같갚갛개객갠갤갬갭갯갰갱갸갹갼걀걋걍걔걘걜거걱건걷걸", 12, 2000, 2},
	} {
		rnd := rand.New(rand.NewPCG(1, uint64(c.length)))
		alphabet := []rune(c.alphabet)
		weaker, below := 0, 0
		for range 2000 {
			text := make([]rune, c.length)
			for i := range text {
				text[i] = alphabet[rnd.IntN(len(alphabet))]
			}
			g := guesses(text)
			if g < math.Pow(10, float64(c.length-1)) {
				weaker++
			}
			if score(g) < 4 {
				below++
			}
		}
		t.Logf("%d of %q: %d lose more than a decade, %d below 4", c.length, string(alphabet[:3]), weaker, below)
		if weaker > c.weaker || below > c.below {
			t.Errorf("%d of %q: %d lose more than a decade, want at most %d; %d below score 4, want at most %d",
				c.length, string(alphabet[:3]), weaker, c.weaker, below, c.below)
		}
	}
}

// TestEnglishRarelyMatches: English words are not taken for Korean.
func TestEnglishRarelyMatches(t *testing.T) {
	words := strings.Fields(`about above across action active actual advice affect afford afraid agency almost always amount animal
		annual answer anyway appeal appear around arrive article artist aspect assume attack battle beauty become before behind belief belong
		better beyond border bottle bottom branch bridge bright broken budget button camera cancer carbon career castle casual caught center
		chance change charge choice choose church circle client closed coffee column combat coming common company corner correct cotton couple
		course create credit crisis custom damage danger debate decade decide defeat defend define degree demand depend design desire detail
		device differ dinner direct double driven during easily eating editor effect effort either eleven emerge empire employ enable energy
		engine enough ensure entire equity escape estate ethnic exceed except expand expert extend factor failed fairly family farmer father
		fellow female figure finger finish flight flower follow forest forget formal former foster fourth french friend future garden gather
		gender global golden ground growth guilty handle happen hardly health height hidden highly holder honest horse battery staple impact
		import income indeed injury inside intent invest island itself jacket junior killed ladder latter launch lawyer leader league leaves
		legacy length lesson letter lights linked liquid listen little living losing lucent luxury mainly making manage manner margin market
		master matter mature medium member memory mental merely method middle minute mirror mobile modern modest moment mother motion murder
		museum mutual myself narrow nation native nature nearby nearly needle nobody normal notice notion number object obtain office online`)
	matched := 0
	for _, w := range words {
		if slices.ContainsFunc(korean.Matches([]rune(w)), func(m korean.Match) bool { return m.I == 0 && m.J == len(w)-1 && m.Guesses < 1e5 }) {
			t.Log(w)
			matched++
		}
	}
	if matched*100 > len(words)*3 {
		t.Errorf("%d of %d English words match whole", matched, len(words))
	}
}

func FuzzMatches(f *testing.F) {
	for _, s := range []string{"", "사랑해1004", "rlaalswns850302-1234567", "ㅗ디ㅣㅐ\xff", strings.Repeat("가", 200), strings.Repeat("rk", 70), "\u1100\u1161\u11a8", "82-10-2345-6789"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := []rune(s)
		ms := korean.Matches(text)
		if len(ms) > 4096 {
			t.Fatalf("%d matches", len(ms))
		}
		for _, m := range ms {
			if m.I < 0 || m.J < m.I || m.J >= len(text) || !(m.Guesses >= 1) || m.Kind == "" || m.Word == "" {
				t.Fatalf("%q: %+v", s, m)
			}
		}
		if i, j, ok := korean.ResidentNumber(text); ok && (i < 0 || j < i+12 || j >= len(text)) {
			t.Fatalf("%q: %d to %d", s, i, j)
		}
	})
}

func BenchmarkMatches(b *testing.B) {
	random := []rune("xk3qvj7wpzmt5hgd8ynbc2rf6slkq9ewuaio4xk3qvj7wpzmt5hgd8ynbc2rf6slkq9ewuaio4xk3qvj7wpzmt5hgd8ynbc2rf6slkq9ewuaio4xk3qvj7wpzmt5hgd8ynbc2rf")
	repeat := func(s string) []rune { return []rune(strings.Repeat(s, 130))[:128] }
	for _, c := range []struct {
		name string
		text []rune
	}{
		{"random8", random[:8]}, {"random16", random[:16]}, {"random64", random[:64]}, {"random128", random[:128]},
		{"typed8", []rune("tkfkdgo1")}, {"hangul8", []rune("사랑해요1004")}, {"typed64", repeat("rlaalswns")[:64]}, {"hangul64", repeat("김민준사랑해")[:64]},
		{"digits128", repeat("0")}, {"dates128", repeat("850302")}, {"syllables128", repeat("rk")}, {"hangul128", repeat("이")}, {"roman128", repeat("min")}, {"names128", repeat("kimminjun")}, {"jamo128", repeat("ㅋ")},
		{"given128", repeat("yujinaharina")}, {"dashes128", repeat("010-")}, {"mixed128", repeat("가rk1")},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				korean.Matches(c.text)
			}
			b.ReportMetric(float64(len(korean.Matches(c.text))), "matches")
		})
	}
}
