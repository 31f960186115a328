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

	"example.com/accountsec/activity"
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
	activity.FactorEnrolled:       FactorEnrolled,
	activity.FactorRemoved:        FactorRemoved,
	activity.RecoveryCodeUsed:     RecoveryCodeUsed,
	activity.AnswersSet:           AnswersSet,
	activity.RecoveryStarted:      RecoveryStarted,
	activity.RecoveryCompleted:    RecoveryCompleted,
	activity.RecoveryCancelled:    RecoveryCancelled,
	activity.ProfileChanged:       ProfileChanged,
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
	switch e.Type {
	case activity.SignInSucceeded:
		return m.observeSignIn(ctx, e)
	case activity.SignInFailed, activity.SecondFactorFailed:
		return m.observeFailure(ctx, e)
	case activity.PasswordSet:
		return m.observePasswordSet(ctx, e)
	}
	kind, ok := changes[e.Type]
	if !ok || e.Outcome != activity.OutcomeSuccess && e.Type != activity.RecoveryStarted {
		return nil
	}
	parts := []string{e.ID} // every change is told, and the same event once
	if kind == RecoveryStarted {
		// Anybody can begin a recovery, as often as the throttle allows.
		parts = []string{e.Location.Country, day(e)}
	}
	return m.tell(ctx, newAlert(kind, e, nil), []Kind{kind}, parts...)
}

// observeSignIn tells of a sign-in that was assessed as unusual. Browsers that
// drop their cookies are new each time; they are told once a day from one
// network.
func (m *Monitor) observeSignIn(ctx context.Context, e activity.Event) error {
	reasons := signInReasons(e)
	if len(reasons) == 0 {
		return nil
	}
	var of []Kind
	for _, r := range reasons {
		of = append(of, map[string]Kind{
			ReasonFailedBurst: GuessedIn, ReasonNewCountry: NewCountry, ReasonNewDevice: NewDevice,
		}[r.Key])
	}
	// The gravest gives the name; the message goes wherever any of them goes.
	kind := of[0]
	for _, k := range []Kind{GuessedIn, NewCountry, NewDevice} {
		if slices.Contains(of, k) {
			kind = k
			break
		}
	}
	return m.tell(ctx, newAlert(kind, e, reasons), of,
		e.Device.Name, e.Location.Country, canon.NetworkKey(e.Client.IP), day(e))
}

// observeFailure counts, and tells when the count reaches a burst: once a day.
func (m *Monitor) observeFailure(ctx context.Context, e activity.Event) error {
	n, err := m.store.CountFailure(ctx, e.Account, m.cfg.BurstWindow, e.At)
	if err != nil {
		return fmt.Errorf("alerts: count failure: %w", err)
	}
	if n != m.cfg.Burst {
		return nil
	}
	reasons := []Reason{{ReasonFailedBurst, map[string]string{"count": strconv.Itoa(n)}}}
	return m.tell(ctx, newAlert(FailedBurst, e, reasons), []Kind{FailedBurst}, day(e))
}

// observePasswordSet tells of a password that was replaced, which is what the
// end of a recovery does. The first password of a new account is nothing to
// tell: nobody has signed in to it yet.
func (m *Monitor) observePasswordSet(ctx context.Context, e activity.Event) error {
	data, _, err := m.store.Profile(ctx, e.Account)
	if err != nil {
		return fmt.Errorf("alerts: observe: %w", err)
	}
	if decodeProfile(data).SignIns == 0 {
		return nil
	}
	return m.tell(ctx, newAlert(PasswordChanged, e, nil), []Kind{PasswordChanged}, e.ID)
}

func day(e activity.Event) string { return e.At.UTC().Format("2006-01-02") }

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
	keys := slices.Sorted(maps.Keys(e.Detail))
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
	prefs, err := m.preferences(ctx, a.Account)
	if err != nil {
		return err
	}
	var channels []string
	everywhere := aboutRecovery(a.Kind)
	if everywhere {
		if a.Earlier, err = m.earlier(ctx, a.Account); err != nil {
			return err
		}
	}
	for _, c := range m.cfg.Queue.Channels() {
		if everywhere || slices.ContainsFunc(of, func(k Kind) bool { return slices.Contains(prefs[k], c) }) {
			channels = append(channels, c)
		}
	}
	if err := m.cfg.Queue.Enqueue(ctx, a, channels, dedupe(a.Kind, parts)); err != nil {
		return fmt.Errorf("alerts: enqueue %s: %w", a.Kind, err)
	}
	return nil
}

// dedupe is a key of bounded length.
func dedupe(kind Kind, parts []string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = strconv.Quote(p)
	}
	sum := sha256.Sum256([]byte(strings.Join(quoted, "|")))
	return string(kind) + ":" + hex.EncodeToString(sum[:16])
}
