package alerts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

// The owner reads how far a delivery is, in their language, and no more.
func TestDeliveryText(t *testing.T) {
	w := newDeliveryWorld(t, nil)
	w.mail.fail = func(m alerts.Message) error { return fmt.Errorf("smtp.internal said no to %s", m.Recipient.Email) }
	w.send(w.mild(), "email")
	w.deliver()
	row := w.row("email")
	for lang, want := range map[string]string{
		"en": "Waiting to be sent: the service could not be reached", "ko-KR": "발송 대기 중입니다 (발송 서비스에 연결할 수 없음)",
	} {
		if got := row.Text(lang); got != want || row.Log[0].Text(lang) != want {
			t.Errorf("%s: %q, %q", lang, got, row.Log[0].Text(lang))
		}
	}
	for _, state := range []alerts.State{alerts.Pending, alerts.Standby, alerts.Leased, alerts.Sent, alerts.Done, alerts.Skipped, alerts.Dead} {
		for _, cause := range append(alerts.Causes(), "", "of a later version") {
			for _, lang := range []string{"en", "ko"} {
				if text := (alerts.Tried{State: state, Reason: cause}).Text(lang); strings.Contains(text, "delivery.") || strings.Contains(text, "{") || text == "" {
					t.Errorf("%s, %s, %s: %q", state, cause, lang, text)
				}
			}
		}
	}
}

// FuzzLog: whatever an attempt says, the log is read back, bounded, and what is
// no entry is left out.
func FuzzLog(f *testing.F) {
	f.Add(int64(1), "pending", "refused")
	f.Add(int64(-1), "a b", "c\n7 done ")
	f.Fuzz(func(t *testing.T, micros int64, state, reason string) {
		s := alerts.NewMemoryStore()
		d := alerts.Delivery{ID: "d", Account: "kim", Channel: "email", Kind: alerts.NewDevice, CreatedAt: t0, DueAt: t0}
		if _, err := s.Enqueue(t.Context(), []alerts.Delivery{d}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Lease(t.Context(), "email", "t", t0, t0, 1); err != nil {
			t.Fatal(err)
		}
		d.Token, d.State = "t", alerts.Done
		want := alerts.Tried{At: time.UnixMicro(micros).UTC(), State: alerts.State(state), Reason: alerts.Cause(reason)}
		for range 20 {
			d.Log = append(d.Log, want)
		}
		if won, err := s.Settle(t.Context(), d); err != nil || !won {
			t.Fatal(won, err)
		}
		rows, err := s.Deliveries(t.Context(), "kim", 1)
		if err != nil || len(rows[0].Log) > 16 {
			t.Fatal(rows, err)
		}
		if strings.ContainsAny(state+reason, " \r\n") {
			return
		}
		if got := rows[0].Log; len(got) != 16 || got[0].State != want.State || got[0].Reason != want.Reason || micros != 0 && !got[0].At.Equal(want.At) {
			t.Errorf("%v became %v", want, got)
		}
	})
}
