package recovery_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/recovery"
)

func TestRefusedAnswers(t *testing.T) {
	about := recovery.Owner{Facts: []string{"Kim Minjun", "minjun.kim@customer.example", "+82 10-2934-5178", "19900412"}}
	for name, c := range map[string]struct {
		bad  recovery.Answer
		want recovery.Reason
	}{
		"no question":        {recovery.Answer{Answer: "a long tale"}, recovery.ReasonQuestion},
		"two questions":      {recovery.Answer{Question: "lost_object", Own: "Which way to the well?", Answer: "a long tale"}, recovery.ReasonQuestion},
		"unknown question":   {recovery.Answer{Question: "mothers_maiden_name", Answer: "a long tale"}, recovery.ReasonQuestion},
		"NUL in question":    {recovery.Answer{Own: "Which way\x00 to the well?", Answer: "a long tale"}, recovery.ReasonOwnQuestion},
		"short own question": {recovery.Answer{Own: "why?", Answer: "a long tale"}, recovery.ReasonOwnQuestion},
		"huge own question":  {recovery.Answer{Own: strings.Repeat("why ", 1<<18), Answer: "a long tale"}, recovery.ReasonOwnQuestion},
		"empty":              {recovery.Answer{Question: "lost_object"}, recovery.ReasonEmpty},
		"spaces":             {recovery.Answer{Question: "lost_object", Answer: "   "}, recovery.ReasonEmpty},
		"punctuation":        {recovery.Answer{Question: "lost_object", Answer: "?!…"}, recovery.ReasonEmpty},
		"emoji":              {recovery.Answer{Question: "lost_object", Answer: "🐈🐈🐈🐈"}, recovery.ReasonEmpty},
		"two letters":        {recovery.Answer{Question: "lost_object", Answer: "ab"}, recovery.ReasonShort},
		"one syllable":       {recovery.Answer{Question: "lost_object", Answer: "콩"}, recovery.ReasonShort},
		"padded two letters": {recovery.Answer{Question: "lost_object", Answer: "a - - - b"}, recovery.ReasonShort},
		"1025 bytes":         {recovery.Answer{Question: "lost_object", Answer: strings.Repeat("a", 1025)}, recovery.ReasonLong},
		"513 bytes":          {recovery.Answer{Question: "lost_object", Answer: strings.Repeat("a", 513)}, recovery.ReasonLong},
		"huge":               {recovery.Answer{Question: "lost_object", Answer: strings.Repeat("a", 1<<20)}, recovery.ReasonLong},
		"invalid UTF-8":      {recovery.Answer{Question: "lost_object", Answer: "whistle\xff"}, recovery.ReasonCharacters},
		"NUL":                {recovery.Answer{Question: "lost_object", Answer: "whis\x00tle"}, recovery.ReasonCharacters},
		"common":             {recovery.Answer{Question: "lost_object", Answer: " Chocolate!"}, recovery.ReasonCommon},
		"common Korean":      {recovery.Answer{Question: "lost_object", Answer: "우산은"}, recovery.ReasonCommon},
		"same as another":    {recovery.Answer{Question: "lost_object", Answer: "the OTHER answer"}, recovery.ReasonSame},
		"in the question":    {recovery.Answer{Own: "What was my whistle made of?", Answer: "My Whistle"}, recovery.ReasonInQuestion},
		"own name":           {recovery.Answer{Question: "lost_object", Answer: "minjun"}, recovery.ReasonAboutYou},
		"name and a bit":     {recovery.Answer{Question: "lost_object", Answer: "kimminjun1"}, recovery.ReasonAboutYou},
		"phone":              {recovery.Answer{Question: "lost_object", Answer: "2934-5178"}, recovery.ReasonAboutYou},
		"birthday":           {recovery.Answer{Question: "lost_object", Answer: "1990-04-12"}, recovery.ReasonAboutYou},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			err := w.SetAnswers(t.Context(), "kim", []recovery.Answer{
				{Question: "made_up_word", Answer: "the other answer"}, c.bad, {Question: "wrong_bus", Answer: "a third answer"},
			}, about, phone)
			var refused *recovery.AnswerError
			if !errors.As(err, &refused) || refused.Index != 1 || refused.Reason != c.want {
				t.Fatalf("got %v, want answer 2 refused: %s", err, c.want)
			}
			for _, lang := range []string{"en", "ko"} {
				if text := refused.Text(lang); text == "" || strings.HasPrefix(text, "reason.") {
					t.Errorf("%s says %q", lang, text)
				}
			}
			if s, err := w.Configured(t.Context(), "kim"); err != nil || s.Set != 0 {
				t.Errorf("something was stored: %+v, %v", s, err)
			}
		})
	}
}

func TestSetAnswersCounts(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.want(w.SetAnswers(ctx, "kim", mine[:2], recovery.Owner{}, phone), recovery.ErrTooFew)
	w.want(w.SetAnswers(ctx, "kim", slices.Repeat(mine, 4), recovery.Owner{}, phone), recovery.ErrTooMany)
	var refused *recovery.AnswerError
	if err := w.SetAnswers(ctx, "kim", []recovery.Answer{mine[0], mine[1], mine[0]}, recovery.Owner{}, phone); !errors.As(err, &refused) || refused.Reason != recovery.ReasonTwice {
		t.Errorf("the same question twice gives %v", err)
	}
	for _, id := range []string{"", "a\x00", strings.Repeat("a", 1<<20), "\xff"} {
		if err := w.SetAnswers(ctx, id, mine, recovery.Owner{}, phone); err == nil {
			t.Errorf("account %.10q accepted", id)
		}
	}
}

// Setting anew replaces all: the old answers are worth nothing.
func TestSetAgain(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	w.ok(w.SetAnswers(ctx, "kim", []recovery.Answer{
		{Question: "lost_object", Answer: "new one"}, {Question: "secret_snack", Answer: "new two"}, {Question: "wrong_bus", Answer: "new three"},
	}, recovery.Owner{}, phone))
	if s, err := w.Configured(ctx, "kim"); err != nil || s.Set != 3 || !s.At.Equal(w.now) {
		t.Errorf("got %+v, %v", s, err)
	}
	token, asked := w.proved("kim")
	w.want(w.failed(token, answersFor(append(asked, asked...))), recovery.ErrWrongAnswers)
	w.ok(w.RemoveAnswers(ctx, "kim", phone))
	if s, err := w.Configured(ctx, "kim"); err != nil || s.Set != 0 {
		t.Errorf("after removal: %+v, %v", s, err)
	}
}

func TestCatalogue(t *testing.T) {
	questions := recovery.Questions()
	if len(questions) < 30 {
		t.Errorf("only %d questions", len(questions))
	}
	seen := map[string]bool{}
	for _, q := range questions {
		for _, lang := range []string{"en", "ko"} {
			text := q.Text(lang)
			if text == "" || strings.HasPrefix(text, "question.") || seen[text] {
				t.Errorf("%s in %s is %q", q.ID, lang, text)
			}
			seen[text] = true
		}
		if q.Grade < recovery.Weak || q.Grade > recovery.Good || q.Kind != recovery.Memory && q.Kind != recovery.Fact {
			t.Errorf("%+v is not graded", q)
		}
	}
	if len(recovery.Advice("ko")) < 3 || len(recovery.Advice("en")) < 3 {
		t.Error("too little advice")
	}
	questions[0].ID = "changed" // what was handed out is the caller's
	if recovery.Questions()[0].ID == "changed" {
		t.Error("the catalogue can be changed from outside")
	}
}
