package activity

// Type names what happened. The shop adds its own through [Config].Types.
type Type string

// The types that this SDK records, and those it knows to show for a shop.
const (
	SignInSucceeded Type = "signin.succeeded"
	SignInFailed    Type = "signin.failed"
	SignInDenied    Type = "signin.denied"
	// SignInChallenged: the password was right, a second factor was asked for.
	SignInChallenged   Type = "signin.challenged"
	SecondFactorFailed Type = "signin.factor_failed"
	SignedOut          Type = "signout"
	// SessionEnded: a session was ended from elsewhere, that of
	// [DetailSession], or without one all but the actor's own.
	SessionEnded Type = "session.ended"

	PasswordSet     Type = "password.set"
	PasswordChanged Type = "password.changed"
	// PasswordFailed: the current password was wrong when changing it.
	PasswordFailed Type = "password.failed"

	// ProfileChanged: [DetailFields] says which fields, never their values.
	ProfileChanged     Type = "profile.changed"
	AddressBookChanged Type = "profile.addresses_changed"

	FactorEnrollStarted Type = "mfa.enroll_started"
	FactorEnrolled      Type = "mfa.enrolled"
	FactorRemoved       Type = "mfa.removed"
	FactorRenamed       Type = "mfa.renamed"
	RecoveryCodesMade   Type = "mfa.codes_made"
	RecoveryCodeUsed    Type = "mfa.code_used"
	FactorVerified      Type = "mfa.verified"
	FactorFailed        Type = "mfa.failed"
	DeviceTrusted       Type = "mfa.device_trusted"
	DeviceDistrusted    Type = "mfa.device_distrusted"

	AnswersSet            Type = "recovery.answers_set"
	RecoveryStarted       Type = "recovery.started"
	RecoveryChannelProved Type = "recovery.channel_proved"
	RecoveryChannelFailed Type = "recovery.channel_failed"
	RecoveryAnswered      Type = "recovery.answered"
	RecoveryFailed        Type = "recovery.failed"
	RecoveryCompleted     Type = "recovery.completed"
	RecoveryCancelled     Type = "recovery.cancelled"
	// RecoveryDelayed: a recovery waits in place of a second factor.
	RecoveryDelayed Type = "recovery.delayed"
	// RecoveryBlocked, RecoveryUnblocked: an operator let no recovery of the
	// account succeed, or let them again.
	RecoveryBlocked   Type = "recovery.blocked"
	RecoveryUnblocked Type = "recovery.unblocked"
	AnswersRemoved    Type = "recovery.answers_removed"
	// AnswersDrilled: the owner tried whether they still know the answers.
	AnswersDrilled Type = "recovery.answers_drilled"

	AlertSettingsChanged Type = "alerts.settings_changed"

	OrderPlaced    Type = "order.placed"
	OrderCancelled Type = "order.cancelled"
	OrderRefunded  Type = "order.refunded"

	PaymentMade   Type = "payment.made"
	PaymentFailed Type = "payment.failed"
	// PayoutChanged: where refunds or earnings are paid out to.
	PayoutChanged Type = "payment.payout_changed"

	// EventDisowned: the owner said "this wasn't me" of [DetailEvent].
	EventDisowned Type = "activity.disowned"
	// EventConfirmed: the owner said "this was me" of [DetailEvent].
	EventConfirmed Type = "activity.confirmed"
	// DataExported: the log, or other data of the account, was downloaded.
	DataExported Type = "data.exported"
	// SupportGranted, SupportViewed: see [Log.GrantSupport] and [Log.Support].
	SupportGranted Type = "support.granted"
	SupportViewed  Type = "support.viewed"

	AccountCreated Type = "account.created"
	AccountDeleted Type = "account.deleted"
)

// Keys of [Event].Detail that this SDK uses and knows to show.
const (
	// DetailFields are the profile's fields that were changed, separated by
	// commas: "name", "email", "phone", "address", "birth_date" or the shop's own.
	DetailFields = "fields"
	// DetailSession is the SessionID that was ended.
	DetailSession = "session"
	// DetailEvent and DetailType are the ID and the type of the event that was
	// disowned or confirmed.
	DetailEvent = "event"
	DetailType  = "type"
	// DetailAgent is the shop's support agent, DetailUntil the end of the grant,
	// or of the wait of a recovery, in microseconds since 1970.
	DetailAgent = "agent"
	DetailUntil = "until"
	// DetailHow is by what the owner did it, where that is not a session of their
	// own: [ByLink].
	DetailHow = "how"
	// DetailFactorID is the id of the second factor that was enrolled, or that a
	// sign-in was proved with.
	DetailFactorID = "factor_id"
	// DetailFormat is an export's format.
	DetailFormat = "format"
	// DetailWarning is what was odd about a factor that proved good all the same,
	// as [WarningClone].
	DetailWarning = "warning"
)

// WarningClone is a [DetailWarning]: the counter of an authenticator did not
// grow, so there may be a copy of it.
const WarningClone = "clone"

// ByLink is a [DetailHow]: a link in a message to the owner.
const ByLink = "link"

// The categories that types are grouped by in filters and charts.
const (
	CategorySignIn   = "signin"
	CategoryPassword = "password"
	CategoryProfile  = "profile"
	CategoryMFA      = "mfa"
	CategoryRecovery = "recovery"
	CategoryAlerts   = "alerts"
	CategoryOrder    = "order"
	CategoryPayment  = "payment"
	CategoryAccount  = "account"
)

// Severity is how much attention an event deserves from the owner.
type Severity int

// The severities, in rising order. The zero value is Info.
const (
	Info     Severity = iota // expected, every day
	Notice                   // worth a glance
	Warning                  // something failed or was refused
	Critical                 // changes who can get in
)

// String gives "info", "notice", "warning" or "critical".
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Notice:
		return "notice"
	case Warning:
		return "warning"
	case Critical:
		return "critical"
	}
	return "unknown"
}
