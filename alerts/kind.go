package alerts

import (
	"embed"
	"sync"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

//go:embed messages/*.json
var messageFiles embed.FS

var texts = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// Kind names what an alert is about. Owners choose channels by kind.
type Kind string

// The kinds.
const (
	// NewDevice: a sign-in from a device that was not seen before.
	NewDevice Kind = "new_device"
	// NewCountry: a sign-in from a country that was not seen before.
	NewCountry Kind = "new_country"
	// NewRegion: a sign-in through a network, or otherwise in a way, that was not
	// seen before.
	NewRegion Kind = "new_region"
	// ImpossibleTravel: a sign-in from where nobody gets in that time.
	ImpossibleTravel Kind = "impossible_travel"
	// Anonymised: a sign-in through a network that hides where the person is.
	Anonymised Kind = "anonymised"
	// FailedBurst: several failed sign-ins within a short time (guessing).
	FailedBurst Kind = "failed_burst"
	// GuessedIn: a sign-in from an unknown device right after such a burst.
	GuessedIn Kind = "guessed_in"
	// StuffingHit: a sign-in from a network that tries many accounts.
	StuffingHit Kind = "stuffing_hit"
	// OverseasAttempt: the right password from a country that the owner refuses.
	OverseasAttempt Kind = "overseas_attempt"
	// SignInRefused: the right password, refused by another rule.
	SignInRefused Kind = "signin_refused"
	// PasswordChanged: the password was changed or replaced.
	PasswordChanged Kind = "password_changed"
	// EmailChanged, PhoneChanged: where messages go was changed.
	EmailChanged Kind = "email_changed"
	PhoneChanged Kind = "phone_changed"
	// FactorEnrolled: a second factor was added.
	FactorEnrolled Kind = "factor_enrolled"
	// FactorRemoved: a second factor was removed.
	FactorRemoved Kind = "factor_removed"
	// DeviceTrusted: a device no longer needs the second factor.
	DeviceTrusted Kind = "device_trusted"
	// DeviceCopied: a trusted device's cookie was used by two, one of them a thief
	// who knows the password.
	DeviceCopied Kind = "device_copied"
	// PasskeyCopied: a passkey was used whose counter tells of a copy of it.
	PasskeyCopied Kind = "passkey_copied"
	// ChangeAttempted: somebody who is signed in gave wrong proofs for a change
	// of password, factors or security questions.
	ChangeAttempted Kind = "change_attempted"
	// RecoveryCodeUsed: a recovery code stood in for the second factor.
	RecoveryCodeUsed Kind = "recovery_code_used"
	// RecoveryCodesMade: new recovery codes were made, and the older ones are void.
	RecoveryCodesMade Kind = "recovery_codes_made"
	// AnswersSet: the security questions were set.
	AnswersSet Kind = "recovery_answers_set"
	// RecoveryStarted: somebody began to recover the account.
	RecoveryStarted Kind = "recovery_started"
	// RecoveryAttempted: somebody who reads the owner's messages gave wrong
	// answers.
	RecoveryAttempted Kind = "recovery_attempted"
	// RecoveryCompleted: somebody recovered the account.
	RecoveryCompleted Kind = "recovery_completed"
	// RecoveryDelayed: a recovery waits, and can be called off.
	RecoveryDelayed Kind = "recovery_delayed"
	// RecoveryCancelled: a recovery was called off.
	RecoveryCancelled Kind = "recovery_cancelled"
	// ProfileChanged: other personal details were changed.
	ProfileChanged Kind = "profile_changed"
	// PaymentAfterNewDevice: a payment, or a change of where money or goods go,
	// on a device that is new to the account.
	PaymentAfterNewDevice Kind = "payment_after_new_device"
	// Disowned: the owner said of something in the log that it was not them.
	Disowned Kind = "event_disowned"
	// DataExported: the activity log was downloaded.
	DataExported Kind = "data_exported"
	// SettingsChanged: the preferences for alerts or the rules for sign-ins were
	// changed.
	SettingsChanged Kind = "alert_settings_changed"

	// RecoveryCode and SignInCode are the kinds of messages that carry a code.
	// They have no preferences: a code goes where the flow that asked for it
	// needs it.
	RecoveryCode Kind = "recovery.code"
	SignInCode   Kind = "signin.code"
)

// carriesCode tells the kinds of codes.
func (k Kind) carriesCode() bool { return k == RecoveryCode || k == SignInCode }

// KindInfo describes a kind.
type KindInfo struct {
	Kind Kind
	// Severity is how urgent it is.
	Severity activity.Severity
	// Mandatory kinds must stay on for at least one channel that is not
	// [Codeless]: an intruder would switch them off first, or to their own browser.
	Mandatory bool
}

var kinds = []KindInfo{
	{NewDevice, activity.Warning, false},
	{NewCountry, activity.Warning, false},
	{NewRegion, activity.Notice, false},
	{ImpossibleTravel, activity.Warning, false},
	{Anonymised, activity.Warning, false},
	{FailedBurst, activity.Warning, false},
	{GuessedIn, activity.Critical, true},
	{StuffingHit, activity.Critical, true},
	{OverseasAttempt, activity.Critical, true},
	{SignInRefused, activity.Critical, true},
	{PasswordChanged, activity.Critical, true},
	{EmailChanged, activity.Critical, true},
	{PhoneChanged, activity.Critical, true},
	{FactorEnrolled, activity.Critical, true},
	{FactorRemoved, activity.Critical, true},
	{DeviceTrusted, activity.Warning, false},
	{DeviceCopied, activity.Critical, true},
	{PasskeyCopied, activity.Critical, true},
	{ChangeAttempted, activity.Warning, true},
	{RecoveryCodeUsed, activity.Critical, true},
	{RecoveryCodesMade, activity.Critical, true},
	{AnswersSet, activity.Critical, true},
	{RecoveryStarted, activity.Critical, true},
	{RecoveryDelayed, activity.Critical, true},
	{RecoveryAttempted, activity.Critical, true},
	{RecoveryCompleted, activity.Critical, true},
	{RecoveryCancelled, activity.Critical, true},
	{PaymentAfterNewDevice, activity.Critical, true},
	{Disowned, activity.Critical, true},
	{DataExported, activity.Warning, false},
	{ProfileChanged, activity.Notice, false},
	{SettingsChanged, activity.Critical, true},
}

// Kinds lists the kinds that owners choose channels for, in the order of a
// settings page.
func Kinds() []KindInfo { return append([]KindInfo(nil), kinds...) }

// Info describes the kind; false if it is none of [Kinds].
func (k Kind) Info() (KindInfo, bool) {
	for _, info := range kinds {
		if info.Kind == k {
			return info, true
		}
	}
	return KindInfo{}, false
}

// Label names the kind in a language (a BCP 47 tag or an Accept-Language
// header), for a settings page. An unknown kind is its own label.
func (k Kind) Label(lang string) string {
	key := "kind." + string(k)
	if !texts().Has(key) {
		return canon.Line(string(k), maxKind)
	}
	return texts().Text(lang, key, nil)
}

const maxKind = 64 // bytes
