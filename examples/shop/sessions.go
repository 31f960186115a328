package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/accountsec"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// What a session may hold.
const (
	keyMustChange = "must_change" // a new password comes first

	keySession  = "session"  // the handle of a signed-in session
	keyPending  = "pending"  // JSON of a sign-in that waits for a code
	keyRecovery = "recovery" // JSON of a recovery that is under way
	keyEnroll   = "enroll"   // id of a factor being set up
	keyNumber   = "number"   // where its code was texted, masked
	keyManage   = "manage"   // token of a factor asked for before a change
	keyEvidence = "evidence" // what the session has proved, for the Guard
	keyConfirm  = "confirm"  // JSON of a page that waits for a fresh proof

	keyDiscovery = "discovery" // token of a sign-in without a user name
	keyFlash     = "flash"     // message key shown on the next page
	keyNext      = "next"      // page to go to after sign-in
)

const (
	sessionLifetime = 12 * time.Hour
	sessionIdle     = 2 * time.Hour
	sessionCookie   = "haneul_session"
)

func newSessions(db *sql.DB, seal tink.AEAD, https bool, fail func(http.ResponseWriter, *http.Request, error)) (*scs.SessionManager, *sqlite3store.SQLite3Store) {
	store := sqlite3store.NewWithCleanupInterval(db, 10*time.Minute)
	m := scs.New()
	m.Store = store
	m.Codec = sealedCodec{seal: seal}
	m.HashTokenInStore = true
	m.Lifetime, m.IdleTimeout = sessionLifetime, sessionIdle
	m.Cookie.Name = sessionCookie
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = https
	m.Cookie.Path = "/"
	m.ErrorFunc = fail
	return m, store
}

// sealedCodec encrypts what a session holds, so that a copy of the database
// gives nobody a pending sign-in or a recovery to continue.
type sealedCodec struct {
	scs.GobCodec
	seal tink.AEAD
}

var sessionContext = []byte("haneul/v1|session")

func (c sealedCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	plain, err := c.GobCodec.Encode(deadline, values)
	if err != nil {
		return nil, err
	}
	return c.seal.Encrypt(plain, sessionContext)
}

func (c sealedCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	plain, err := c.seal.Decrypt(data, sessionContext)
	if err != nil {
		return time.Time{}, nil, errors.New("shop: the session does not open with this keyset")
	}
	return c.GobCodec.Decode(plain)
}

// newHandle names a session to its owner.
func newHandle() string { return "s-" + strings.ToLower(rand.Text()) }

// signIn turns the visitor's session into one of the account: with a new
// token, so that a token planted before is worth nothing, and with a handle
// that the activity log may show.
func (a *app) signIn(ctx context.Context, account, handle string) error {
	if err := a.sessions.RenewToken(ctx); err != nil {
		return err
	}
	_, err := a.db.ExecContext(ctx, "INSERT INTO signed_in (id, account, since) VALUES (?,?,?)", handle, account, a.now().UnixMicro())
	if err != nil {
		return fmt.Errorf("shop: sign in: %w", err)
	}
	a.sessions.Remove(ctx, keyPending)
	a.sessions.Remove(ctx, keyRecovery)
	a.sessions.Remove(ctx, keyMustChange)
	a.sessions.Put(ctx, keySession, handle)
	return nil
}

// signedIn tells whose session it is; errNoCustomer if nobody's.
func (a *app) signedIn(ctx context.Context) (customer, string, error) {
	handle := a.sessions.GetString(ctx, keySession)
	if handle == "" {
		return customer{}, "", errNoCustomer
	}
	var id string
	err := a.db.QueryRowContext(ctx, "SELECT account FROM signed_in WHERE id = ? AND since > ?",
		handle, a.now().Add(-sessionLifetime).UnixMicro()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return customer{}, "", errNoCustomer
	}
	if err != nil {
		return customer{}, "", fmt.Errorf("shop: read session: %w", err)
	}
	c, err := a.customers.one(ctx, "id", id)
	return c, handle, err
}

// endSessions does what the Guard asks for. The rows are what counts, so a
// session ends at once, wherever its cookie is.
func (a *app) endSessions(ctx context.Context, end accountsec.EndSessions) error {
	_, err := a.db.ExecContext(ctx, "DELETE FROM signed_in WHERE account = ? AND id <> ?", end.Account, end.Except)
	if err != nil {
		return fmt.Errorf("shop: end sessions: %w", err)
	}
	return nil
}

// endRecovered ends all sessions of a recovered account, in the transaction
// that sets its new password.
func (a *app) endRecovered(ctx context.Context, account string) error {
	_, err := accountsec.Tx(ctx).ExecContext(ctx, "DELETE FROM signed_in WHERE account = ?", account)
	if err != nil {
		return fmt.Errorf("shop: end sessions: %w", err)
	}
	return nil
}

// tidySessions forgets sign-ins whose sessions ran out.
func (a *app) tidySessions(ctx context.Context) error {
	_, err := a.db.ExecContext(ctx, "DELETE FROM signed_in WHERE since <= ?", a.now().Add(-sessionLifetime).UnixMicro())
	return err
}
