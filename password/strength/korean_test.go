package strength_test

import (
	"math/rand/v2"
	"testing"

	"example.com/accountsec/password/strength"
)

// What Korean customers type is not strong because it is Korean: words, names
// and numbers, as Hangul, typed in English mode, romanised, with digits.
func TestKoreanIsNotStrong(t *testing.T) {
	for _, pw := range []string{
		"안녕하세요", "사랑해", "비밀번호", "대한민국", "열려라참깨", "독도는우리땅", "김민준", "손흥민", "홍길동", "방탄소년단", "블랙핑크",
		"dkssudgktpdy", "tkfkdgo", "qlalfqjsgh", "eogksalsrnr", "ehrehsmsdnflEkd", "rlaalswns", "thsgmdals", "ghdrlfehd", "qkrwltjd", "rladusdk",
		"saranghae123", "tkfkdgo1004", "사랑해1004", "dkssud8282", "ㅋㅋㅋㅋㅋㅋ", "ㅠㅠㅠㅠㅠㅠㅠㅠ", "01012345678", "010-1234-5678", "19900101", "900101-1234567",
		"kimminjun", "minjun1990", "Saranghae!", "Tkfkdgo!1", "ㅗ디ㅣㅐ",
	} {
		if r := strength.Estimate(pw); r.Score > 2 || r.Warning == "" {
			t.Errorf("%s: score %d (10^%.1f), warning %q", pw, r.Score, r.GuessesLog10, r.Warning)
		}
	}
	for pw, warning := range map[string]string{"010-1234-5678": "phone", "900101-1234567": "residentNumber", "rlaalswns": "koreanName", "dkssudgktpdy": "koreanKeys", "ㅋㅋㅋㅋㅋㅋ": "jamoRun",
		"ㅗ디ㅣㅐ": "koreanKeys", "ㅔㅁㄴㄴ잭ㅇ": "koreanKeys", "19900101": "dates", "비밀번호": "koreanWord", "tR9#mK2$vL5@900101-1234567": "residentNumber"} {
		if r := strength.Estimate(pw); r.Warning != warning {
			t.Errorf("%s: warning %q, want %q", pw, r.Warning, warning)
		}
	}
}

// Random strings keep their score, whatever Korean they hold by chance.
func TestKoreanLeavesRandomAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	lowered := 0
	for range 500 {
		pw := make([]rune, 14)
		for i := range pw {
			pw[i] = rune("abcdefghijklmnopqrstuvwxyz0123456789"[random.IntN(36)])
		}
		if strength.Estimate(string(pw)).Score < 4 {
			lowered++
		}
	}
	if lowered > 2 {
		t.Errorf("%d of 500 random strings lost their score", lowered)
	}
}
