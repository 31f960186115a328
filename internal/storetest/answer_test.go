package storetest_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/storetest"
)

// notMine gives the token of the newest "this wasn't me".
func (s *shop) notMine(t *testing.T) string {
	t.Helper()
	_, err := s.Deliver(t.Context())
	ok(t, err)
	s.mails.mu.Lock()
	defer s.mails.mu.Unlock()
	token, found := strings.CutPrefix(s.mails.notMine, "https://shop.example/answer?t=")
	if !found {
		t.Fatal("no message can be answered")
	}
	return token
}

// Pitfall 3: of 64 who say "this wasn't me" by one link at once, one is heard, and
// what it does is done once; all are told which sessions to end.
func TestPitfall03OneAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ctx := t.Context()
		ok(t, s.signUp(ctx, kim, goodPassword))
		_, err := s.SignIn(ctx, kim.Email, goodPassword, home)
		ok(t, err)
		_, err = s.ChangePassword(ctx, kim.ID, goodPassword, otherPassword, home)
		ok(t, err)
		token := s.notMine(t)
		told := racing.Wins(t, func(int) (bool, error) {
			done, err := s.Answer(ctx, token, activity.Client{})
			return done.EndSessions.Account == kim.ID, err
		})
		list, err := s.Log().List(ctx, kim.ID, kim.ID, activity.Filter{Types: []activity.Type{activity.EventDisowned}}, activity.Page{Limit: 9})
		ok(t, err)
		if told != racing.Racers || len(list.Events) != 1 {
			t.Errorf("%d were told, %d recorded", told, len(list.Events))
		}
		if _, err := s.SignIn(ctx, kim.Email, otherPassword, home); !errors.Is(err, accountsec.ErrPasswordRevoked) {
			t.Errorf("the password still suffices: %v", err)
		}
	})
}

// An answer whose effect fails is not spent: both are done, or neither.
func TestAnAnswerIsSpentWithItsEffect(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		db := d.Open(t)
		s := openShop(t, db, d.Name)
		ctx := t.Context()
		ok(t, s.signUp(ctx, kim, goodPassword))
		_, err := s.SignIn(ctx, kim.Email, goodPassword, home)
		ok(t, err)
		_, err = s.ChangePassword(ctx, kim.ID, goodPassword, otherPassword, home)
		ok(t, err)
		token := s.notMine(t)
		run(t, db, `ALTER TABLE alerts_codes RENAME TO alerts_codes_away`) // the last step fails
		if _, err := s.Answer(ctx, token, activity.Client{}); err == nil {
			t.Fatal("answered without a table")
		}
		run(t, db, `ALTER TABLE alerts_codes_away RENAME TO alerts_codes`)
		if a, err := s.ReadAnswer(ctx, token); err != nil || a.Purpose != alerts.AnswerNotMine {
			t.Errorf("after a failure: %+v, %v", a, err)
		}
		_, err = s.Answer(ctx, token, activity.Client{})
		ok(t, err)
	})
}

// Pitfall 13: the phrase is nowhere in the database in clear, and a row of before
// there were phrases has none.
func TestPitfall13PhraseAtRest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		db := d.Open(t)
		s := openShop(t, db, d.Name)
		ctx := t.Context()
		run(t, db, `INSERT INTO alerts_preferences (account, data, updated_at) VALUES ('lee', '{"new_device":[]}', 1)`)
		if got, err := s.Alerts().Phrase(ctx, "lee"); got != "" || err != nil {
			t.Errorf("a row of before has the phrase %q, %v", string(got), err)
		}
		p, err := s.Alerts().Preferences(ctx, "lee")
		ok(t, err)
		if len(p.Channels[alerts.NewDevice]) != 0 {
			t.Errorf("a row of before is not read: %v", p.Channels[alerts.NewDevice])
		}
		ok(t, s.Alerts().SetPhrase(ctx, kim.ID, "purple 여우", home))
		var sealed []byte
		ok(t, db.QueryRow(`SELECT phrase FROM alerts_preferences WHERE account = '`+kim.ID+`'`).Scan(&sealed))
		if len(sealed) == 0 || strings.Contains(string(sealed), "purple") {
			t.Errorf("at rest: %q", sealed)
		}
		if text := outboxText(t, db); strings.Contains(text, "purple") || strings.Contains(s.logs.String(), "purple") {
			t.Errorf("in clear: %s", text)
		}
	})
}

func run(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	_, err := db.Exec(query)
	ok(t, err)
}
