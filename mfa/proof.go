package mfa

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"example.com/accountsec/internal/canon"
)

// PurposeManage is the purpose of a challenge whose proof allows changes of
// the factors.
const PurposeManage = "manage"

// Proof says that an account just proved a second factor. Only a [Manager]
// makes one; the zero Proof proves nothing and is refused everywhere. It lives
// in memory, for one request: it cannot be stored, sent or forged.
type Proof struct {
	account, purpose, binding string
	factor, method            string
	at                        time.Time
	codesLeft                 int
	warning                   string
	level                     Level
	drift                     time.Duration
}

// Valid tells whether p was made by a Manager.
func (p Proof) Valid() bool { return p.account != "" }

// Account is whose factor was proved.
func (p Proof) Account() string { return p.account }

// Purpose is what it was proved for; a caller must refuse every other.
func (p Proof) Purpose() string { return p.purpose }

// Binding is what the challenge was bound to.
func (p Proof) Binding() string { return p.binding }

// Factor is the id of the factor, [RecoveryCode] for a recovery code.
func (p Proof) Factor() string { return p.factor }

// Method is the name of the method, [RecoveryCode] for a recovery code.
func (p Proof) Method() string { return p.method }

// At is when it was proved.
func (p Proof) At() time.Time { return p.at }

// RecoveryCodesLeft is how many unused recovery codes the account has left
// after one was used; 0 if another factor was proved. Warn the customer at
// [FewRecoveryCodes] or less.
func (p Proof) RecoveryCodesLeft() int { return p.codesLeft }

// Warning is what the method found odd about a response that is good all the
// same, such as [activity.WarningClone] for an authenticator whose counter did
// not grow; "" for nothing. Tell the owner, who need not be who proved it; the
// event tells it too.
func (p Proof) Warning() string { return p.warning }

// Drift is how far the customer's clock is ahead, as far as the response told;
// 0 if it did not, less than zero if it is behind. A code that was one step off
// was good, but the next one may not be.
func (p Proof) Drift() time.Duration { return p.drift }

// allows tells whether p permits a change of the account's factors at now. A
// proof from the future (a clock set back) is not fresh.
func (p Proof) allows(account string, now time.Time) bool {
	return p.fresh(now) && p.account == account && p.purpose == PurposeManage
}

func (p Proof) fresh(now time.Time) bool {
	age := now.Sub(p.at)
	return p.Valid() && age >= 0 && age <= ProofLifetime
}

// String tells only whether it is a proof.
func (p Proof) String() string {
	if p.Valid() {
		return "[mfa proof]"
	}
	return "[no mfa proof]"
}

// Format keeps every verb redacted.
func (p Proof) Format(f fmt.State, _ rune) { fmt.Fprint(f, p.String()) } //nolint:errcheck

// LogValue is String.
func (p Proof) LogValue() slog.Value { return slog.StringValue(p.String()) }

// NameKey is the form in which the names of an account's factors are compared:
// letter case, width and padding do not make another name.
func NameKey(name string) string { return canon.Key(name) }

// maxRawName bounds what is normalised, in bytes: a Hangul syllable may come in
// three pieces of three bytes each.
const maxRawName = 16 * MaxName

// cleanName gives one line of a name, composed (NFC), as some systems send
// Hangul in pieces.
func cleanName(name string) (string, error) {
	if len(name) > maxRawName {
		return "", ErrBadName
	}
	name = norm.NFC.String(canon.Line(name, maxRawName))
	if name == "" || NameKey(name) == "" || utf8.RuneCountInString(name) > MaxName {
		return "", ErrBadName
	}
	return name, nil
}

// shortName cleans a name and cuts it to [MaxName].
func shortName(name string) string {
	runes := []rune(norm.NFC.String(canon.Line(name, maxRawName)))
	return strings.TrimSpace(string(runes[:min(len(runes), MaxName)]))
}
