package recovery_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/accountsec/recovery"
)

// refusal is why the second of three answers is refused, "" if it is not.
func refusal(t *testing.T, a recovery.Answer, owner recovery.Owner) recovery.Reason {
	t.Helper()
	w := newWorld(t)
	err := w.SetAnswers(t.Context(), "kim", []recovery.Answer{
		{Question: "made_up_word", Answer: "the other answer"}, a, {Question: "first_lie", Answer: "a third answer"},
	}, owner, phone)
	var refused *recovery.AnswerError
	if errors.As(err, &refused) {
		return refused.Reason
	}
	w.ok(err)
	return ""
}

func TestOwnQuestionsAreScreened(t *testing.T) {
	for question, want := range map[string]recovery.Reason{
		"Which boat carried us to the island?":           "",
		"What did we bury behind the school that night?": "",
		"Who lent me 2 umbrellas in the storm?":          "",
		"What's the moral of Grandpa's well-story?":      "",
		"할머니가 마당에 묻어 둔 것은 무엇인가요?":                        "",
		"우리만 아는 골목의 별명은?":                                "",
		"처음 혼자 탄 기차에서 누구를 만났나요?":                         "",

		"Do I like the sea in winter?":      recovery.ReasonYesNo,
		"Was my grandfather a fisherman?":   recovery.ReasonYesNo,
		"바다를 좋아하나요?":                        recovery.ReasonYesNo,
		"나는 어릴 때 수영을 배웠습니까?":                recovery.ReasonYesNo,
		"What colour was our first door?":   recovery.ReasonFewAnswers,
		"What is my favorite number?":       recovery.ReasonFewAnswers,
		"How many cousins do I have?":       recovery.ReasonFewAnswers,
		"첫 자전거는 무슨 색이었나요?":                  recovery.ReasonFewAnswers,
		"내 혈액형은 무엇인가요?":                     recovery.ReasonFewAnswers,
		"사촌은 모두 몇 명인가요?":                    recovery.ReasonFewAnswers,
		"What is my mother's maiden name?":  recovery.ReasonPublic,
		"Where was my father born?":         recovery.ReasonPublic,
		"Which high school did I attend?":   recovery.ReasonPublic,
		"What was my first pet's name?":     recovery.ReasonPublic,
		"내가 태어난 곳은 어디인가요?":                  recovery.ReasonPublic,
		"어머니의 이름은 무엇인가요?":                   recovery.ReasonPublic,
		"졸업한 초등학교는 어디인가요?":                  recovery.ReasonPublic,
		"내 생일은 언제인가요?":                      recovery.ReasonPublic,
		"What is my usual password?":        recovery.ReasonSecretQuestion,
		"What is the PIN of my card?":       recovery.ReasonSecretQuestion,
		"예전에 쓰던 비밀번호는 무엇인가요?":               recovery.ReasonSecretQuestion,
		"카드번호 뒤 네 자리는 무엇인가요?":               recovery.ReasonSecretQuestion,
		"Tr0ub4dor&3xyz":                    recovery.ReasonNotAQuestion,
		"correcthorsebatterystaple":         recovery.ReasonNotAQuestion,
		"hint: p4$$w0rd!x 2024":             recovery.ReasonNotAQuestion,
		"12345 67890 11":                    recovery.ReasonNotAQuestion,
		"why so?":                           recovery.ReasonOwnQuestion,
		"Which boat\ncarried us over there": recovery.ReasonOwnQuestion,
		"Which \u202eboat carried us over":  recovery.ReasonOwnQuestion,
	} {
		if got := refusal(t, recovery.Answer{Own: question, Answer: "Captain Persimmon"}, recovery.Owner{}); got != want {
			t.Errorf("%q is refused as %q, want %q", question, got, want)
		}
	}
}

// An answer must not stand in any of the questions, in any language, however
// long they are.
func TestAnswersInQuestions(t *testing.T) {
	long := "그날 밤 우리가 바닷가에서 다 함께 부르던 노래를 처음 가르쳐 준 사람이 늘 주머니에 넣고 다니던 물건과 그 물건을 넣어 두던 작고 낡은 양철통 뚜껑에 새겨져 있던 오래된 무늬 이름은 무엇인가요 그리고 호루라기"
	for _, a := range []recovery.Answer{
		{Question: "wrong_bus", Answer: "the wrong bus"},
		{Question: "wrong_bus", Answer: "버스를 잘못"},
		{Question: "wrong_bus", Answer: "only your family"}, // in the first question
		{Question: "wrong_bus", Answer: "들키지 않은"},           // in the third one
		{Own: long, Answer: "호루라기"},
		{Own: "Which song, the one called Moon River?", Answer: "MOON river"},
	} {
		if got := refusal(t, a, recovery.Owner{}); got != recovery.ReasonInQuestion {
			t.Errorf("%v %q: refused as %q", a.Question, a.Answer, got)
		}
	}
}

// What is common depends on what was asked.
func TestCommonAnswersByTopic(t *testing.T) {
	for _, c := range []struct {
		question, answer string
		common           bool
	}{
		{"secret_snack", "떡볶이", true}, {"wrong_bus", "떡볶이 골목", false}, {"secret_snack", "condensed milk", true},
		{"childhood_hideout", "Under the bed!", true}, {"childhood_hideout", "내 방", true}, {"secret_snack", "옷장 냄새 사탕", false},
		{"wrong_bus", "Seoul", true}, {"wrong_bus", "강릉", true}, {"wrong_bus", "서울 차고지 뒤 배밭", false},
		{"stuffed_toy", "My Teddy Bear", true}, {"stuffed_toy", "곰돌이", true}, {"stuffed_toy", "Admiral Buttons", false},
		{"first_concert_friend", "MIN-JUN", false}, {"first_concert_friend", "민준", true}, {"first_concert_friend", "Jessica", true},
		{"grandparent_saying", "시간은 금이다", true}, {"scar_story", "넘어져서", true},
		{"lost_object", "i don't know", true}, {"lost_object", "몰라요", true}, {"lost_object", "qwerty", true},
		{"lost_object", "aaaaaaa", true}, {"lost_object", "4567", true}, {"lost_object", "ㄱㄱㄱㄱ", true},
	} {
		got := refusal(t, recovery.Answer{Question: c.question, Answer: c.answer}, recovery.Owner{})
		if (got == recovery.ReasonCommon) != c.common {
			t.Errorf("%s: %q is refused as %q", c.question, c.answer, got)
		}
	}
	// Of an own question the topic is not known: every list counts.
	for _, answer := range []string{"떡볶이", "under the bed", "Jessica", "teddy bear", "서울"} {
		if got := refusal(t, recovery.Answer{Own: "Which one was it that day?", Answer: answer}, recovery.Owner{}); got != recovery.ReasonCommon {
			t.Errorf("%q is refused as %q", answer, got)
		}
	}
}

// The password is found in any spelling; it costs no hash.
func TestThePasswordIsNoAnswer(t *testing.T) {
	owner := recovery.Owner{Password: "Violet Otter mends"}
	for _, spelling := range []string{"Violet Otter mends", "violetottermends", "ＶＩＯＬＥＴ otter-mends!"} {
		if got := refusal(t, recovery.Answer{Question: "lost_object", Answer: spelling}, owner); got != recovery.ReasonPassword {
			t.Errorf("%q is refused as %q", spelling, got)
		}
	}
	if got := refusal(t, recovery.Answer{Question: "lost_object", Answer: "violet otter"}, owner); got != "" {
		t.Errorf("refused as %q", got)
	}
	w := newWorld(t)
	before := w.hasher.hashed.Load() + w.hasher.verified.Load()
	w.ok(w.SetAnswers(t.Context(), "kim", mine, owner, phone))
	if n := w.hasher.hashed.Load() + w.hasher.verified.Load() - before; n != int64(len(mine)) {
		t.Errorf("setting %d answers cost %d hashes", len(mine), n)
	}
}

// One weak question is enough, and it is not asked while there are others.
func TestWeakQuestions(t *testing.T) {
	w := newWorld(t)
	weak := func(id string) recovery.Answer { return recovery.Answer{Question: id, Answer: "answer about " + id} }
	var refused *recovery.AnswerError
	err := w.SetAnswers(t.Context(), "kim", []recovery.Answer{weak("first_album"), mine[0], weak("childhood_street")}, recovery.Owner{}, phone)
	if !errors.As(err, &refused) || refused.Reason != recovery.ReasonWeak || refused.Index != 2 || !refused.AboutQuestion() {
		t.Fatalf("two weak questions: %v", err)
	}
	for _, account := range []string{"a", "b", "c", "d", "e", "f"} {
		w.ok(w.SetAnswers(t.Context(), account, []recovery.Answer{weak("first_album"), mine[0], mine[2]}, recovery.Owner{}, phone))
		_, asked := w.proved(account)
		for _, q := range asked {
			if q.ID == "first_album" {
				t.Error("the weak question is asked although there are two others")
			}
		}
	}
}

// Every question is graded with its reason; facts are never better than fair.
func TestGrades(t *testing.T) {
	good := 0
	for _, q := range recovery.Questions() {
		if q.Guessable == 0 || q.Memorable == 0 || q.Findable == 0 || len(q.Why) < 20 {
			t.Errorf("%s is not graded: %+v", q.ID, q)
		}
		if q.Kind == recovery.Fact && q.Grade == recovery.Good || (q.Guessable == recovery.High || q.Findable == recovery.High) && q.Grade != recovery.Weak {
			t.Errorf("%s is graded %d", q.ID, q.Grade)
		}
		if q.Grade == recovery.Good {
			good++
		}
	}
	if good < 20 {
		t.Errorf("only %d good questions", good)
	}
	for _, k := range []recovery.Kind{recovery.Memory, recovery.Fact, recovery.Own} {
		if k.Label("ko") == k.Label("en") || strings.HasPrefix(k.Label("ko"), "kind.") {
			t.Errorf("%s is labelled %q", k, k.Label("ko"))
		}
	}
}

// Near answers are not the same answer.
func TestNearAnswersDoNotMatch(t *testing.T) {
	const right = "강릉 종점 매표소"
	for _, near := range []string{"강릉 종점", "강릉 종점 매표", "강능 종점 매표소", "강릉 종점 매표소 앞", "강릉 정점 매표소", "강릉 종점 매표소1", "", "표소"} {
		w := newWorld(t)
		w.ok(w.SetAnswers(t.Context(), "kim", []recovery.Answer{
			{Question: "lost_object", Answer: right}, {Question: "first_lie", Answer: "second answer"}, {Question: "made_up_word", Answer: "third answer"},
		}, recovery.Owner{}, phone))
		token, asked := w.proved("kim")
		given := map[string]string{"lost_object": near, "first_lie": "second answers", "made_up_word": "third answers"}
		w.want(w.failed(token, []string{given[asked[0].ID], given[asked[1].ID]}), recovery.ErrWrongAnswers)
	}
}
