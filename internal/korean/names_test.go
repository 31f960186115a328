package korean_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/internal/korean"
)

func TestRomanize(t *testing.T) {
	for hangul, want := range map[string]string{
		"안녕하세요": "annyeonghaseyo", "사랑해": "saranghae", "대한민국": "daehanminguk", "한국말": "hangungmal", "신라": "silla",
		"종로": "jongno", "왕십리": "wangsimni", "독립문": "dongnimmun", "별내": "byeollae", "같이": "gachi", "해돋이": "haedoji",
		"좋고": "joko", "놓다": "nota", "감사합니다": "gamsahamnida", "비밀번호": "bimilbeonho", "부산": "busan", "떡볶이": "tteokbokki",
		"한라산": "hallasan", "울릉": "ulleung", "서울": "seoul", "김치": "gimchi", "음악": "eumak", "값어치": "gapseochi", "여의도": "yeouido",
		"abc": "abc", "": "",
	} {
		if got := korean.Romanize(hangul); got != want {
			t.Errorf("Romanize(%q) = %q, want %q", hangul, got, want)
		}
	}
}

func TestRomanizeVariants(t *testing.T) {
	for hangul, want := range map[string][]string{
		"민준": {"minjun", "minjoon"}, "지영": {"jiyeong", "jiyoung"}, "은주": {"eunju", "unju"}, "현우": {"hyeonu", "hyunwoo"}, "수빈": {"subin", "soobin"},
	} {
		got := korean.RomanizeVariants(hangul)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("RomanizeVariants(%q) = %q lacks %q", hangul, got, w)
			}
		}
	}
	if n := len(korean.RomanizeVariants(strings.Repeat("영", 12))); n == 0 || n > korean.MaxVariants {
		t.Errorf("%d variants", n)
	}
	for _, none := range []string{"", "abc", "김a", strings.Repeat("영", 13)} {
		if got := korean.RomanizeVariants(none); got != nil {
			t.Errorf("RomanizeVariants(%q) = %q", none, got)
		}
	}
	if got := korean.SurnameVariants("이"); !slices.Contains(got, "lee") || !slices.Contains(got, "yi") || !slices.Contains(got, "rhee") {
		t.Errorf("이: %q", got)
	}
}

func TestSplitName(t *testing.T) {
	for _, c := range []struct{ name, family, given string }{
		{"김민준", "김", "민준"}, {"남궁민수", "남궁", "민수"}, {"남궁민", "남궁", "민"}, {"선우은숙", "선우", "은숙"}, {"이솔", "이", "솔"},
		{"박하늘별님", "박", "하늘별님"}, {"김", "", ""}, {"", "", ""}, {"kim", "", ""}, {"뷁민준", "", ""}, {"김민준김민준", "김", "민준김민준"},
	} {
		family, given, ok := korean.SplitName(c.name)
		if family != c.family || given != c.given || ok != (c.family != "") {
			t.Errorf("SplitName(%q) = %q, %q, %v", c.name, family, given, ok)
		}
	}
	if !korean.IsSurname("김") || korean.IsSurname("뷁") || korean.Surnames()[0] != "김" {
		t.Error("surnames")
	}
	if got := korean.Initials("김민준1"); got != "ㄱㅁㅈ1" {
		t.Errorf("Initials: %q", got)
	}
}

func TestResidentNumber(t *testing.T) {
	for _, c := range []struct {
		text string
		i, j int
	}{
		{"850302-1234567", 0, 13}, {"8503021234567", 0, 12}, {"pw850302-1234567!", 2, 15}, {"000229-3123456", 0, 13}, {"850302–2234567", 0, 13},
		{"850302-12345678", 0, 13}, {"19850302-1234567", 2, 15},
		{"18503021234567", -1, 0}, {"850230-1234567", -1, 0}, {"851302-1234567", -1, 0}, {"850302-9234567", -1, 0}, {"850302-0234567", -1, 0},
		{"000229-1123456", -1, 0}, {"850302-123456", -1, 0}, {"010229-3123456", -1, 0}, {"850302--1234567", -1, 0}, {"", -1, 0},
		{"98503021234565", -1, 0}, {"98503021234563", -1, 0},
	} {
		i, j, ok := korean.ResidentNumber([]rune(c.text))
		if ok != (c.i >= 0) || ok && (i != c.i || j != c.j) {
			t.Errorf("ResidentNumber(%q) = %d, %d, %v", c.text, i, j, ok)
		}
	}
	found := 0 // one of the ten last digits is the check digit
	for last := '0'; last <= '9'; last++ {
		if _, _, ok := korean.ResidentNumber([]rune("99850302123456" + string(last))); ok {
			found++
		}
	}
	if found != 1 {
		t.Errorf("%d check digits are right within a longer run, want 1", found)
	}
}
