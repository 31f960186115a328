package storetest_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/alerts/webpush/webpushtest"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

func openWebPush(t *testing.T, d storetest.Dialect) (*sql.DB, *webpush.SQLStore) {
	t.Helper()
	return storetest.Migrated(t, d, webpush.NewSQLStore)
}

func TestWebPushStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		webpushtest.TestStore(t, func(t *testing.T) webpush.Store {
			_, s := openWebPush(t, d)
			return s
		})
	})
}

func TestWebPushMigrateAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) { storetest.MigrateAtOnce(t, d, webpush.NewSQLStore) })
}

// What the caller rolls back has not happened.
func TestWebPushJoinsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openWebPush(t, d)
		r := webpush.Row{ID: "a", Account: "kim", Sealed: []byte("x"), CreatedAt: webpushtest.T0, UsedAt: webpushtest.T0, SealedAt: webpushtest.T0}
		change := func(end func(*sql.Tx) error, fn func(tx *sql.Tx)) {
			t.Helper()
			tx, err := raw.BeginTx(t.Context(), nil)
			mfaOK(t, err)
			fn(tx)
			mfaOK(t, end(tx))
		}
		add := func(tx *sql.Tx) {
			_, err := s.Put(sqldb.WithTx(t.Context(), tx), r, 3)
			mfaOK(t, err)
		}
		erase := func(tx *sql.Tx) { mfaOK(t, s.DeleteAccount(sqldb.WithTx(t.Context(), tx), "kim")) }
		for _, c := range []struct {
			end  func(*sql.Tx) error
			fn   func(*sql.Tx)
			want int
		}{{(*sql.Tx).Rollback, add, 0}, {(*sql.Tx).Commit, add, 1}, {(*sql.Tx).Rollback, erase, 1}, {(*sql.Tx).Commit, erase, 0}} {
			change(c.end, c.fn)
			rows, err := s.List(t.Context(), "kim")
			mfaOK(t, err)
			if len(rows) != c.want {
				t.Fatalf("%d rows, want %d", len(rows), c.want)
			}
		}
		var locks int
		mfaOK(t, raw.QueryRow(`SELECT count(*) FROM alerts_webpush_accounts`).Scan(&locks))
		if locks != 0 {
			t.Errorf("the erased account left %d rows", locks)
		}
	})
}

func newDevices(t *testing.T, s webpush.Store) *webpush.Devices {
	t.Helper()
	keys, err := webpush.NewKeys()
	mfaOK(t, err)
	n, err := webpush.New(s, webpush.Config{
		Sender: alerts.Sender{Brand: "예시샵", Domain: "shop.example", From: "security@shop.example"}, Keys: keys, AEAD: secrettest.AEAD(),
	})
	mfaOK(t, err)
	d, err := webpush.NewDevices(n, webpush.DevicesConfig{Recorder: &mfaRecorder{}, Max: 5})
	mfaOK(t, err)
	return d
}

// webPushJSON is a browser's subscription, and its secrets in every spelling.
func webPushJSON(t *testing.T, path string) (data []byte, secrets []string) {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	mfaOK(t, err)
	auth := make([]byte, 16)
	rand.Read(auth) //nolint:errcheck // never fails since Go 1.24
	enc, public := base64.RawURLEncoding.EncodeToString, key.PublicKey().Bytes()
	endpoint := "https://fcm.googleapis.com/wp/" + path
	data = fmt.Appendf(nil, `{"endpoint":%q,"keys":{"p256dh":%q,"auth":%q}}`, endpoint, enc(public), enc(auth))
	sum := sha256.Sum256(auth)
	return data, []string{endpoint, path, "googleapis", enc(public), enc(auth), string(public), string(auth), string(sum[:])}
}

// Pitfall 13: no table holds an endpoint or a key.
func TestWebPushPitfall13Dump(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openWebPush(t, d)
		data, secrets := webPushJSON(t, "unguessable-path")
		added, err := newDevices(t, s).Subscribe(t.Context(), "kim", data, activity.Client{})
		mfaOK(t, err)
		dump := smsDump(t, raw, "alerts_webpush_subscriptions", "alerts_webpush_accounts")
		if !strings.Contains(dump, added.ID) {
			t.Fatal("the dump is not one")
		}
		for _, secret := range secrets {
			if strings.Contains(dump, secret) {
				t.Errorf("stored: %q", secret)
			}
		}
	})
}

// Pitfall 3: 64 at once, on two instances. One account keeps to its bound, and
// one browser to one account.
func TestWebPushPitfall03Races(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		_, s := openWebPush(t, d)
		instances := []*webpush.Devices{newDevices(t, s), newDevices(t, s)}
		shared, _ := webPushJSON(t, "shared")
		own := make([][]byte, racing.Racers)
		for i := range own {
			own[i], _ = webPushJSON(t, fmt.Sprint("own", i))
		}
		racing.Go(func(i int) {
			if _, err := instances[i%2].Subscribe(t.Context(), "kim", own[i], activity.Client{}); err != nil {
				t.Error(err)
			}
			if _, err := instances[i%2].Subscribe(t.Context(), fmt.Sprint("u", i), shared, activity.Client{}); err != nil {
				t.Error(err)
			}
		})
		kims, err := s.List(t.Context(), "kim")
		mfaOK(t, err)
		holders := 0
		for i := range racing.Racers {
			rows, err := s.List(t.Context(), fmt.Sprint("u", i))
			mfaOK(t, err)
			holders += len(rows)
		}
		if len(kims) != 5 || holders != 1 {
			t.Errorf("%d browsers of one account, %d accounts of one browser", len(kims), holders)
		}
	})
}
