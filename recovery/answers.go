package recovery

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/internal/canon"
)

// Answer is an answer to set.
type Answer struct {
	// Question is the id of a question of the catalogue; or
	Question string
	// Own is the text of the owner's own question, 10 to 200 characters.
	Own string
	// Answer is the answer, at most 256 bytes.
	Answer string
}

// String keeps the answer out of logs.
func (Answer) String() string   { return "[answer]" }
func (Answer) GoString() string { return "[answer]" }

// Facts are the texts of the owner's profile, which an answer must not repeat.
type Facts []string

const (
	minLatin   = 3 // characters of a normalised answer
	minHangul  = 2
	minOwn     = 10
	maxOwn     = 200
	maxAnswers = 10
)

// check judges answers before they are set, and gives their normal forms.
func check(answers []Answer, about Facts) ([]string, error) {
	var normal []string
	seen := map[string]bool{}
	for i, a := range answers {
		question, reason := a.question()
		if reason == "" && seen[question] {
			reason = ReasonTwice
		}
		seen[question] = true
		n := ""
		if reason == "" {
			n, reason = judge(a, question, normal, about)
		}
		if reason != "" {
			return nil, &AnswerError{i, reason}
		}
		normal = append(normal, n)
	}
	return normal, nil
}

// question gives what the answer is compared with, in normal form for the
// owner's own, and refuses what is no question.
func (a Answer) question() (string, Reason) {
	switch {
	case (a.Question == "") == (a.Own == ""):
		return "", ReasonQuestion
	case a.Question != "":
		if _, ok := lookup(a.Question); !ok {
			return "", ReasonQuestion
		}
		return "id:" + a.Question, ""
	}
	n := utf8.RuneCountInString(a.Own)
	if n < minOwn || n > maxOwn || canon.Line(a.Own, 4*maxOwn) != a.Own {
		return "", ReasonOwnQuestion
	}
	return strings.ToLower(a.Own), ""
}

func judge(a Answer, question string, others []string, about Facts) (string, Reason) {
	switch {
	case len(a.Answer) > maxAnswer:
		return "", ReasonLong
	case !utf8.ValidString(a.Answer) || strings.ContainsFunc(a.Answer, unicode.IsControl):
		return "", ReasonCharacters
	}
	n := normalize(a.Answer)
	switch {
	case n == "":
		return "", ReasonEmpty
	case tooShort(n):
		return "", ReasonShort
	case common()[n]:
		return "", ReasonCommon
	case slices.Contains(others, n):
		return "", ReasonSame
	case strings.Contains(letters(question), n):
		return "", ReasonInQuestion
	case about.contain(n):
		return "", ReasonAboutYou
	}
	return n, ""
}

func tooShort(n string) bool {
	length := utf8.RuneCountInString(n)
	return length < minLatin && !(length >= minHangul && hangulTail(n) >= minHangul)
}

// contain tells whether a fact contains the answer, or the answer a fact.
func (f Facts) contain(answer string) bool {
	for _, fact := range f {
		for _, part := range append(strings.FieldsFunc(fact, func(r rune) bool { return strings.ContainsRune(" @.-_/", r) }), fact) {
			n := letters(part)
			if tooShort(n) {
				continue
			}
			if strings.Contains(n, answer) || strings.Contains(answer, n) && 2*len(n) >= len(answer) {
				return true
			}
		}
	}
	return false
}

// letters is normalize for texts that are not answers: nothing is refused.
func letters(s string) string { return normalize(canon.Line(s, maxAnswer)) }

// common are answers that many people give, in normal form: colours, foods,
// names, pets, cities and refusals to answer.
var common = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(commonAnswers) {
		m[normalize(w)] = true
	}
	return m
})

const commonAnswers = `
	red blue green black white pink purple yellow pizza chicken pasta sushi rice apple chocolate
	dog cat max bella charlie lucky buddy kitty james john michael david mary anna smith kim lee park
	london paris newyork seoul busan incheon tokyo none nothing password answer secret test unknown idontknow
	빨강 빨간색 파랑 파란색 검정 검은색 하양 흰색 초록 초록색 노랑 노란색 분홍 보라 보라색
	치킨 피자 김치 김치찌개 된장찌개 삼겹살 떡볶이 라면 불고기 비빔밥 사과 딸기
	초코 뽀삐 해피 까미 콩이 나비 강아지 고양이 서울 부산 대구 인천 광주 대전 제주 제주도
	없음 없다 모름 몰라 비밀 비밀번호 정답 엄마 아빠 어머니 아버지`
