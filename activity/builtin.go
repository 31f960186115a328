package activity

// builtinTypes lists the types of this SDK in the order of a filter's menu.
// Their labels are in messages/. Icons are the names of the Lucide set, which
// is free to ship; a page may map them to any other.
var builtinTypes = []TypeInfo{
	{Type: SignInSucceeded, Category: CategorySignIn, Icon: "log-in", Severity: Info},
	{Type: SignInFailed, Category: CategorySignIn, Icon: "x-circle", Severity: Warning},
	{Type: SignInDenied, Category: CategorySignIn, Icon: "ban", Severity: Warning},
	{Type: SignInChallenged, Category: CategorySignIn, Icon: "shield-question", Severity: Info},
	{Type: SecondFactorFailed, Category: CategorySignIn, Icon: "shield-x", Severity: Warning},
	{Type: SignedOut, Category: CategorySignIn, Icon: "log-out", Severity: Info},
	{Type: SessionEnded, Category: CategorySignIn, Icon: "monitor-x", Severity: Notice},

	{Type: PasswordSet, Category: CategoryPassword, Icon: "key-round", Severity: Critical},
	{Type: PasswordChanged, Category: CategoryPassword, Icon: "key-round", Severity: Critical},
	{Type: PasswordFailed, Category: CategoryPassword, Icon: "x-circle", Severity: Warning},

	{Type: ProfileChanged, Category: CategoryProfile, Icon: "user-pen", Severity: Notice},
	{Type: AddressBookChanged, Category: CategoryProfile, Icon: "map-pin", Severity: Notice},

	{Type: FactorEnrollStarted, Category: CategoryMFA, Icon: "shield-plus", Severity: Info},
	{Type: FactorEnrolled, Category: CategoryMFA, Icon: "shield-check", Severity: Critical},
	{Type: FactorRemoved, Category: CategoryMFA, Icon: "shield-off", Severity: Critical},
	{Type: FactorRenamed, Category: CategoryMFA, Icon: "pencil", Severity: Info},
	{Type: RecoveryCodesMade, Category: CategoryMFA, Icon: "list-restart", Severity: Critical},
	{Type: RecoveryCodeUsed, Category: CategoryMFA, Icon: "ticket-check", Severity: Critical},
	{Type: FactorVerified, Category: CategoryMFA, Icon: "shield-check", Severity: Info},
	{Type: FactorFailed, Category: CategoryMFA, Icon: "shield-x", Severity: Warning},
	{Type: DeviceTrusted, Category: CategoryMFA, Icon: "monitor-check", Severity: Critical},
	{Type: DeviceDistrusted, Category: CategoryMFA, Icon: "monitor-x", Severity: Notice},

	{Type: AnswersSet, Category: CategoryRecovery, Icon: "message-circle-question", Severity: Critical},
	{Type: RecoveryStarted, Category: CategoryRecovery, Icon: "life-buoy", Severity: Warning},
	{Type: RecoveryChannelProved, Category: CategoryRecovery, Icon: "mail-check", Severity: Notice},
	{Type: RecoveryChannelFailed, Category: CategoryRecovery, Icon: "mail-x", Severity: Warning},
	{Type: RecoveryAnswered, Category: CategoryRecovery, Icon: "message-circle-check", Severity: Notice},
	{Type: RecoveryFailed, Category: CategoryRecovery, Icon: "message-circle-x", Severity: Warning},
	{Type: RecoveryCompleted, Category: CategoryRecovery, Icon: "life-buoy", Severity: Critical},
	{Type: RecoveryCancelled, Category: CategoryRecovery, Icon: "circle-slash", Severity: Notice},
	{Type: RecoveryDelayed, Category: CategoryRecovery, Icon: "life-buoy", Severity: Critical},
	{Type: RecoveryBlocked, Category: CategoryRecovery, Icon: "ban", Severity: Warning},
	{Type: RecoveryUnblocked, Category: CategoryRecovery, Icon: "life-buoy", Severity: Warning},
	{Type: AnswersRemoved, Category: CategoryRecovery, Icon: "message-circle-x", Severity: Critical},
	{Type: AnswersDrilled, Category: CategoryRecovery, Icon: "message-circle-check", Severity: Info},

	{Type: AlertSettingsChanged, Category: CategoryAlerts, Icon: "bell-ring", Severity: Critical},

	{Type: OrderPlaced, Category: CategoryOrder, Icon: "shopping-bag", Severity: Info},
	{Type: OrderCancelled, Category: CategoryOrder, Icon: "package-x", Severity: Info},
	{Type: OrderRefunded, Category: CategoryOrder, Icon: "undo-2", Severity: Notice},

	{Type: PaymentMade, Category: CategoryPayment, Icon: "credit-card", Severity: Notice},
	{Type: PaymentFailed, Category: CategoryPayment, Icon: "circle-alert", Severity: Warning},
	{Type: PayoutChanged, Category: CategoryPayment, Icon: "landmark", Severity: Critical},

	{Type: EventDisowned, Category: CategoryAccount, Icon: "flag", Severity: Critical},
	{Type: EventConfirmed, Category: CategoryAccount, Icon: "check", Severity: Notice},
	{Type: DataExported, Category: CategoryAccount, Icon: "download", Severity: Warning},
	{Type: SupportGranted, Category: CategoryAccount, Icon: "headset", Severity: Warning},
	{Type: SupportViewed, Category: CategoryAccount, Icon: "eye", Severity: Notice},
	{Type: AccountCreated, Category: CategoryAccount, Icon: "user-plus", Severity: Notice},
	{Type: AccountDeleted, Category: CategoryAccount, Icon: "user-x", Severity: Critical},
}
