package korean_test

import (
	"strings"
	"testing"

	"example.com/accountsec/internal/korean"
)

// Passwords of Koreans as they are chosen, each in the forms in which it is
// typed. Many are not in the lists, so that this is no test of the lists alone.
const (
	hangulWords = `안녕하세요 비밀번호 사랑해 대한민국 독도는우리땅 홍길동 열려라참깨 아이유 방탄소년단 블랙핑크 카카오 리그오브레전드 메이플스토리
		어머니 아버지 할머니 할아버지 우리가족 행복하자 감사합니다 보고싶다 나는너를사랑해 강아지 고양이 무궁화 태극기 이순신 세종대왕
		서울대학교 삼성전자 네이버 떡볶이 삼겹살 김치찌개 제주도 해운대 설악산 축구선수 야구선수 컴퓨터 핸드폰 크리스마스 생일축하
		월요일 금요일 여름방학 하늘바다 바다하늘 사랑나무 행복나라 우리사랑 친구사랑 꽃다발 별똥별 무지개떡 바나나킥 초코우유 딸기우유
		사과나무 겨울바다 가을동화 봄비 소나기 백두산 한라산 대전시민 부산사나이 경상도 전라도 충청도 강원도 인천공항 서울역 강남역
		사랑이야기 첫사랑이야기 엄마손 아빠손 우리집강아지 우리집고양이 행복한우리집 대박나세요 건강하세요 잘먹고잘살자 화이팅하자 공부하자
		바보멍청이 천재소년 미소천사 천사같은너 가수아이유 손흥민최고 김연아최고 기아타이거즈 롯데자이언츠 엘지트윈스 두산베어스`
	koreanNames = `김민준 이서연 박지우 최민수 정수빈 강현우 조예은 윤지훈 장민지 임유진 한지민 오지영 서은지 신동엽 권지용 황정민 안재욱 송혜교 류현진
		전지현 홍명보 고소영 문재원 양현석 손흥민 배용준 백지영 허민 유재석 남주혁 심은하 노민우 하지원 곽도원 성유리 차은우 주지훈 우도환 구혜선
		민경훈 남궁민수 황보라 선우은숙 제갈성렬 김철수 이영희 박영수 최순자`
	asTyped = `tkfkdgo1004 rlaalswns12 qkrwltjd rladusdk thsgmdals dkssud1234 dkssudgktpdy! 1004tkfkdgo qlalfqjsgh1 ehrehsmsdnflekd Ehrehsmsdnflekd eogksalsrnr1
		TKFKDGO saranghae123 saranghae1004 annyeonghaseyo annyong123 daehanminguk kimminjun kimminjun1 minjun1004 parkjisung leeminho1 choiminsu jiyoungkim
		jungkook97 blackpink1 bangtan7 bts1004 gangnamstyle seoul2002 korea1234 babo1234 oppasaranghae sarang1004 kimchi123 samsung1 naver1234
		01012345678 010-2345-6789 01098765432 19850302 850302 1985.03.02 900101 20010915 1234qwer사랑 사랑해1004 사랑8282 486486 1004100 10041004
		8282a 비밀번호1 비밀번호1234 김민준85 김민준850302 김민준1004 rlaalswns850302 kimminjun850302 ㅋㅋㅋㅋㅋㅋ ㅎㅎㅎㅎ ㅠㅠㅠㅠ ㅅㄹㅎ ㅁㄴㅇㄹ ㅂㅈㄷㄱ1
		ㅗ디ㅣㅐ ㅔㅁㄴㄴ재ㅜㅇ ㅑㅣㅐㅍ됴ㅐㅕ ㅂㅈㄷㄱ쇼 독도는우리땅1 엄마사랑해 아빠사랑해요 엄마아빠사랑해 사랑해엄마 하나님사랑 예수님사랑해`
)

func TestCorpusIsWeak(t *testing.T) {
	var all []string
	for _, w := range strings.Fields(hangulWords) {
		all = append(all, w, korean.Keys(w), korean.Romanize(w))
	}
	for _, w := range strings.Fields(koreanNames) {
		family, given, ok := korean.SplitName(w)
		if !ok {
			t.Errorf("%q is not taken for a name", w)
			continue
		}
		roman := korean.SurnameVariants(family)[0] + korean.RomanizeVariants(given)[0]
		all = append(all, w, korean.Keys(w), roman)
	}
	all = append(all, strings.Fields(asTyped)...)
	strong := 0
	for _, text := range all {
		if g := guesses([]rune(text)); score(g) > 2 {
			t.Logf("%s: %.1e", text, g)
			strong++
		}
	}
	t.Logf("%d of %d score above 2", strong, len(all))
	if len(all) < 200 || strong*20 > len(all) {
		t.Errorf("%d of %d score above 2", strong, len(all))
	}
}
