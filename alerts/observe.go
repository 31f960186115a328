package alerts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

const (
	maxText    = 256 // bytes of a line from outside
	maxDetails = 16
)

// changes are the events that are told as they are. The owner is told of each.
var changes = map[activity.Type]Kind{
	activity.PasswordChanged:      PasswordChanged,
	activity.DeviceTrusted:        DeviceTrusted,
	activity.FactorEnrolled:       FactorEnrolled,
	activity.FactorRemoved:        FactorRemoved,
	activity.RecoveryCodeUsed:     RecoveryCodeUsed,
	activity.RecoveryCodesMade:    RecoveryCodesMade,
	activity.AnswersSet:           AnswersSet,
	activity.RecoveryStarted:      RecoveryStarted,
	activity.RecoveryCompleted:    RecoveryCompleted,
	activity.RecoveryCancelled:    RecoveryCancelled,
	activity.EventDisowned:        Disowned,
	activity.DataExported:         DataExported,
	activity.AlertSettingsChanged: SettingsChanged,
}

// Observe implements [activity.Observer]. It counts failed sign-ins, and puts
// what the owner should know into the queue, all in the transaction of ctx. An
// event that is of no interest costs nothing.
func (m *Monitor) Observe(ctx context.Context, e activity.Event) error {
	if err := canon.CheckID(e.Account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	if err := m.observeCopy(ctx, e); err != nil {
		return err
	}
	switch e.Type {
	case activity.SignInSucceeded:
		return m.observeSignIn(ctx, e)
	case activity.SignInDenied:
		return m.observeDenied(ctx, e)
	case activity.SignInFailed, activity.SecondFactorFailed:
		return m.observeFailure(ctx, e)
	case activity.PasswordFailed, activity.FactorFailed:
		return m.observeAttempt(ctx, e)
	case activity.RecoveryFailed:
		return m.tellOnce(ctx, newAlert(RecoveryAttempted, e, nil), []Kind{RecoveryAttempted}, Topic{})
	case activity.PasswordSet:
		return m.observePasswordSet(ctx, e)
	case activity.DeviceDistrusted:
		if e.Outcome != activity.OutcomeDenied { // the owner's own doing
			return nil
		}
		return m.tell(ctx, newAlert(DeviceCopied, e, nil), []Kind{DeviceCopied}, e.ID)
	case activity.ProfileChanged, activity.AddressBookChanged, activity.PaymentMade, activity.PayoutChanged:
		return m.observeSensitive(ctx, e)
	}
	kind, ok := changes[e.Type]
	if !ok || e.Outcome != activity.OutcomeSuccess && e.Type != activity.RecoveryStarted {
		return nil
	}
	if kind == RecoveryCodesMade && e.Detail[detailMethod] != "" { // made with a first factor, of which the owner is told
		return nil
	}
	if kind == RecoveryStarted { // anybody can begin one, as often as the throttle allows
		return m.tellOnce(ctx, newAlert(kind, e, nil), []Kind{kind}, Topic{Name: dedupe(string(kind), []string{e.Location.Country})})
	}
	return m.tell(ctx, newAlert(kind, e, nil), []Kind{kind}, e.ID) // every change is told, and the same event once
}

// kindOf names what a reason is an alert about.
func kindOf(r Reason) Kind {
	switch key, _ := r.today(); key {
	case risk.ReasonGuessing:
		return GuessedIn
	case risk.ReasonStuffing:
		return StuffingHit
	case risk.ReasonTravel:
		return ImpossibleTravel
	case risk.ReasonNewCountry:
		return NewCountry
	case risk.ReasonAnonymous:
		return Anonymised
	case risk.ReasonNewDevice:
		return NewDevice
	}
	return NewRegion
}

// observeSignIn tells of a sign-in that was assessed as unusual. What is like
// one that was told, or that the owner has confirmed, is kept back.
func (m *Monitor) observeSignIn(ctx context.Context, e activity.Event) error {
	reasons := Reasons(e)
	if len(reasons) == 0 || e.Detail[detailLevel] == LevelLow.String() {
		return nil
	}
	var of []Kind
	for _, r := range reasons {
		of = append(of, kindOf(r))
	}
	// The gravest gives the name; the message goes wherever any of them goes.
	kind := gravest(of, GuessedIn, StuffingHit, ImpossibleTravel, NewCountry, Anonymised, NewDevice)
	return m.tellOnce(ctx, newAlert(kind, e, reasons), of, m.signInTopic(e))
}

// observeDenied tells of a sign-in with the right password that was refused by
// a rule. One that was refused for another cause is told by that. Whoever has the
// password can come from a hundred networks, which are one topic; what the owner
// has confirmed is one place.
func (m *Monitor) observeDenied(ctx context.Context, e activity.Event) error {
	reasons := Reasons(e)
	if len(reasons) == 0 {
		return nil
	}
	kind := SignInRefused
	if has(reasons, ReasonOverseas, ReasonCountries) {
		kind = OverseasAttempt
	}
	t := m.signInTopic(e)
	told, err := m.store.Tell(ctx, t, e.At)
	if err != nil {
		return fmt.Errorf("alerts: tell %s: %w", kind, err)
	}
	if !told.Send {
		return nil
	}
	return m.tellOnce(ctx, newAlert(kind, e, reasons), []Kind{kind}, Topic{Classes: t.Classes})
}

// observeCopy tells of a passkey that may have been copied, whatever it was used
// for and whether it let in: who used it may be the thief, so what the page said
// did not tell the owner. A key that counts badly does so at each use, so what is
// used again from one place is told once.
func (m *Monitor) observeCopy(ctx context.Context, e activity.Event) error {
	if e.Detail[activity.DetailWarning] != activity.WarningClone {
		return nil
	}
	switch e.Type {
	case activity.SignInSucceeded, activity.SignInDenied, activity.FactorVerified:
	default: // the shop's own
		return nil
	}
	t := m.signInTopic(e)
	return m.tellOnce(ctx, newAlert(PasskeyCopied, e, nil), []Kind{PasskeyCopied}, Topic{Name: dedupe(string(PasskeyCopied), []string{t.Name})})
}

// observeFailure counts, and tells when the count reaches a burst.
func (m *Monitor) observeFailure(ctx context.Context, e activity.Event) error {
	n, err := m.store.CountFailure(ctx, e.Account, m.cfg.BurstWindow, e.At)
	if err != nil {
		return fmt.Errorf("alerts: count failure: %w", err)
	}
	if n != m.cfg.Burst {
		return nil
	}
	reasons := []Reason{{risk.ReasonGuessing, map[string]string{"seen": strconv.Itoa(n)}}}
	return m.tellOnce(ctx, newAlert(FailedBurst, e, reasons), []Kind{FailedBurst}, Topic{})
}

// changeTries is how many wrong proofs for a change are told.
const changeTries = 3

// observeAttempt counts wrong passwords and codes of somebody who is signed in
// and wants to change what protects the account.
func (m *Monitor) observeAttempt(ctx context.Context, e activity.Event) error {
	r, err := m.store.CountRate(ctx, Rate{Account: e.Account, Name: "changes", N: 1}, m.cfg.BurstWindow, e.At)
	if err != nil {
		return fmt.Errorf("alerts: count a wrong proof: %w", err)
	}
	if r.N != changeTries {
		return nil
	}
	return m.tellOnce(ctx, newAlert(ChangeAttempted, e, nil), []Kind{ChangeAttempted}, Topic{})
}

// observeSensitive tells of a changed profile, and of money and addresses only
// where they were touched on a device that is new to the account.
func (m *Monitor) observeSensitive(ctx context.Context, e activity.Event) error {
	if e.Outcome != activity.OutcomeSuccess {
		return nil
	}
	var of []Kind
	fields := strings.Split(e.Detail[activity.DetailFields], ",")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	if e.Type == activity.ProfileChanged {
		of = append(of, ProfileChanged)
		for field, kind := range map[string]Kind{"email": EmailChanged, "phone": PhoneChanged} {
			if slices.Contains(fields, field) {
				of = append(of, kind)
			}
		}
	}
	if e.Type != activity.ProfileChanged || slices.Contains(fields, "address") {
		fresh, err := m.newDevice(ctx, e)
		if err != nil {
			return err
		}
		if fresh {
			of = append(of, PaymentAfterNewDevice)
		}
	}
	if len(of) == 0 {
		return nil
	}
	kind := gravest(of, EmailChanged, PhoneChanged, PaymentAfterNewDevice, ProfileChanged)
	if kind == PaymentAfterNewDevice && e.Type == activity.PaymentMade { // one message, not one an order
		return m.tellOnce(ctx, newAlert(kind, e, nil), of, Topic{Name: dedupe(string(kind), []string{e.Client.DeviceID})})
	}
	return m.tell(ctx, newAlert(kind, e, nil), of, e.ID)
}

// observePasswordSet tells of a password that was replaced, which is what the
// end of a recovery does. The first password of a new account is nothing to
// tell: nobody has signed in to it yet.
func (m *Monitor) observePasswordSet(ctx context.Context, e activity.Event) error {
	data, _, err := m.store.Profile(ctx, e.Account)
	if err != nil {
		return fmt.Errorf("alerts: observe: %w", err)
	}
	if decodeProfile(data).SignIns() == 0 {
		return nil
	}
	return m.tell(ctx, newAlert(PasswordChanged, e, nil), []Kind{PasswordChanged}, e.ID)
}

// newAlert makes an alert of an event, with every text bounded and on one line.
func newAlert(kind Kind, e activity.Event, reasons []Reason) Alert {
	info, _ := kind.Info()
	a := Alert{
		ID: secret.NewID(), Account: e.Account, Kind: kind, Severity: info.Severity, At: e.At.UTC(),
		Event: canon.Line(e.ID, maxText), Client: e.Client, Location: e.Location, Device: e.Device, Reasons: reasons,
	}
	a.Client.UserAgent = "" // the device names it; the text is not needed
	a.Client.DeviceID, a.Client.SessionID, a.Client.Hints = "", "", activity.Hints{}
	for _, text := range []*string{&a.Location.City, &a.Location.ASOrg, &a.Location.TimeZone,
		&a.Device.Browser, &a.Device.OS, &a.Device.Class, &a.Device.Name} {
		*text = canon.Line(*text, maxText)
	}
	if !isCountry(a.Location.Country) {
		a.Location = activity.Location{}
	}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(e.Detail)), func(k string) bool {
		return k == detailReasons || k == detailEvidence || k == detailLevel // they are in Reasons
	})
	for _, k := range keys[:min(len(keys), maxDetails)] {
		if a.Detail == nil {
			a.Detail = map[string]string{}
		}
		a.Detail[canon.Line(k, maxKind)] = canon.Line(e.Detail[k], maxText)
	}
	return a
}

// tell enqueues the alert on every channel that one of the kinds goes to.
// parts name what counts as the same: they are told once.
func (m *Monitor) tell(ctx context.Context, a Alert, of []Kind, parts ...string) error {
	return m.enqueue(ctx, a, of, dedupe(string(a.Kind), parts))
}

// cooldown is how long repeats of a topic are kept back after the first time.
const cooldown = 24 * time.Hour

// tellOnce is tell for what may come again and again: repeats within the
// topic's cool-down are kept back, the next message says how many, and only a new
// class of evidence breaks the silence. The topic's name defaults to the kind.
func (m *Monitor) tellOnce(ctx context.Context, a Alert, of []Kind, t Topic) error {
	if t.Name == "" {
		t.Name = string(a.Kind)
	}
	t.Account, t.Cooldown = a.Account, cooldown
	told, err := m.store.Tell(ctx, t, a.At)
	if err != nil {
		return fmt.Errorf("alerts: tell %s: %w", a.Kind, err)
	}
	if !told.Send {
		return nil
	}
	if a.Repeats = told.Repeats; told.Repeats > 0 {
		a.Since = told.Since
	}
	return m.enqueue(ctx, a, of, dedupe(t.Name, []string{strconv.Itoa(told.Times), a.Event}))
}

// enqueue puts an alert into the queue by what its owner chose, which is read
// here and once.
func (m *Monitor) enqueue(ctx context.Context, a Alert, of []Kind, dedupe string) error {
	chose, err := m.chosen(ctx, a.Account)
	if err != nil {
		return err
	}
	if a.Earlier, err = m.earlier(ctx, a.Account, a.Kind); err != nil {
		return err
	}
	var channels []string
	for _, c := range m.cfg.Queue.Channels() {
		wanted := slices.ContainsFunc(of, func(k Kind) bool { return slices.Contains(chose.Channels[k], c) })
		// An intruder may have chosen: recoveries are told everywhere, and no
		// earlier address is left out.
		if wanted || aboutRecovery(a.Kind) || len(a.earlierOn(c)) > 0 {
			channels = append(channels, c)
		}
	}
	a.Lang, a.Phrase = chose.Lang, m.phraseFor(ctx, a.Account, chose)
	a.NotBefore = chose.Quiet.delay(a, of, m.cfg.Now())
	if err := m.cfg.Queue.Enqueue(ctx, a, channels, dedupe); err != nil {
		return fmt.Errorf("alerts: enqueue %s: %w", a.Kind, err)
	}
	return nil
}

// dedupe is a key of bounded length.
func dedupe(name string, parts []string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = strconv.Quote(p)
	}
	sum := sha256.Sum256([]byte(strings.Join(quoted, "|")))
	return name + ":" + hex.EncodeToString(sum[:16])
}
