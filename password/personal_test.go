package password_test

import (
	"strings"
	"testing"
	"time"

	"example.com/accountsec/internal/korean"
	"example.com/accountsec/password"
)

var (
	gildong = password.Person{Name: "홍길동", Email: "mountain.wind@post.example", Phone: "+82 10-9876-5432", ID: "badger_88",
		BirthDate: time.Date(1988, 7, 5, 0, 0, 0, 0, time.UTC), Shop: "하늘 시장", Domain: "www.sonamu-market.co.kr", Other: []string{"부산 해운대", "Mr. Biscuit"}}
	namgung = password.Person{Name: "남궁 민수", ID: "q_77x"}
	anne    = password.Person{Name: "Margaret Anne Thornton", Email: "maggie.t@violin.example", Phone: "+44 7700 900123", ID: "thistle-down",
		BirthDate: time.Date(1984, 11, 23, 0, 0, 0, 0, time.UTC), Shop: "Barley & Oats", Domain: "barleyoats.example", Other: []string{"Pickles"}}
	lee = password.Person{Name: "Lee Ann", Domain: "shop.example"}
)

// Every spelling that the rule on the owner's data knows, for owners with
// Korean and with English names. Each stands between characters that mean
// nothing, and alone.
func TestPersonalSpellings(t *testing.T) {
	for _, c := range []struct {
		owner           password.Person
		kind, spellings string // apart by |
	}{
		{gildong, "name", "홍길동|길동|홍 길동|동길홍|ㅎㄱㄷ|hgd"},                                                             // Hangul, backwards, its first sounds
		{gildong, "name", "ghdrlfehd|GHDRLFEHD|rlfehd|dhefilrdhg"},                                               // typed on QWERTY
		{gildong, "name", "honggildong|hong gil-dong|HongGilDong|gildonghong|gildong.hong|gnodlig|h0ng-g1ld0ng"}, // romanised
		{gildong, "birth", "19880705|880705|0705|1988-07-05|1988.7.5|88/07/05|8875|1988년 7월 5일|7월5일|07월05일|05071988|07051988|070588|5.7.1988|7/5/1988|1988|july5|5jul|Jul05|50708891"},
		{gildong, "phone", "01098765432|010-9876-5432|+821098765432|98765432|9876-5432|5432|2345"},
		{gildong, "id", "badger_88|Badger88|badger-88|88_regdab|b4dger_88"},
		{gildong, "email", "mountain.wind|mountainwind|mountain|wind|m0unta1n|mountain.wind@post.example"},
		{gildong, "shop", "하늘시장|하늘 시장|시장하늘|gksmftlwkd|sonamu-market|sonamumarket|sonamu-market.co.kr|www.sonamu-market.co.kr|s0namu-market"},
		{gildong, "other", "부산해운대|해운대|godnseo|biscuit|MrBiscuit|b1scu1t"},
		{gildong, "", "violet otter mends|홍수가 난 길에서|길고 긴 밤|도라지 꽃|hungry dogs|1997-12-31|badge of honour|seats by a door"},

		{namgung, "name", "남궁민수|민수|skarndalstn|minsu|namgungminsu|minsu namgung|ㄴㄱㅁㅅ"},
		{namgung, "id", "q_77x|q77x|x77_q"},

		{anne, "name", "Margaret|Thornton|margaretannethornton|thorntonmargaretanne|notnroht|m4rgaret|thorntom|mat|MAT|anne"},
		{anne, "name", korean.Typed("thornton") + "|" + korean.Typed("margaret")}, // with the keyboard in Korean
		{anne, "birth", "19841123|841123|1123|23111984|23.11.84|231184|november23|23nov|Nov23|nov 23 1984|1984|11월23일"},
		{anne, "phone", "447700900123|7700900123|00900123|0123|+44 7700 900123"},
		{anne, "id", "thistle-down|thistledown|thistle_down|th1stled0wn|nwodeltsiht"},
		{anne, "email", "maggie|maggie.t|eiggam|violin"},
		{anne, "shop", "barley & oats|barleyoats|oatsbarley|barleyoats.example|barleyoatsexample|barl3yoats"},
		{anne, "other", "pickles|p1ckles|selkcip"},
		{anne, "", "material girls|mathematics teacher|marginal notes|horn of plenty|1997-12-31"},

		{lee, "name", "leeann|annlee|lee|ann lee"},
		{lee, "shop", "shop.example|shopexample"},
		{lee, "", "shopping for fleece|planning sleepy kites|workshop"},
	} {
		for spelling := range strings.SplitSeq(c.spellings, "|") {
			for _, pw := range []string{"tR# " + spelling + " vQ$", spelling} {
				if got := detail(pw, c.owner); got != c.kind {
					t.Errorf("%q of %q: found %q, want %q", pw, c.owner.Name, got, c.kind)
				}
			}
		}
	}
}

// However much a profile holds, what is looked for and how long are bounded;
// what the shop knows best is looked for first.
func TestPersonalIsBounded(t *testing.T) {
	who := hostile()
	if n, usual := password.Spellings(who), password.Spellings(gildong); n > 260 || usual > 100 || usual < 30 {
		t.Errorf("%d spellings of the hostile, %d of the usual", n, usual)
	}
	for _, kind := range []struct{ spelling, want string }{{"19900315", "birth"}, {"12121212", "phone"}, {"abababc", "name"}} {
		if got := detail(kind.spelling, who); got != kind.want {
			t.Errorf("%q: %q, want %q", kind.spelling, got, kind.want)
		}
	}
}
