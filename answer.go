package accountsec

import (
	"context"
	"errors"
	"fmt"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/password"
)

// Answer is what a link in a message stands for, for the page that it leads to.
type Answer struct {
	// Purpose is what its button says.
	Purpose alerts.AnswerPurpose
	// Kind is the alert's, Kinds those that are muted.
	Kind  alerts.Kind
	Kinds []alerts.Kind
	// Channel is what the message came by.
	Channel string
	// Event is what it is about; zero for [alerts.AnswerMute].
	Event activity.Event
	// Account is whose it is. Show it to nobody: a mailbox may have been read.
	Account string
}

// Answered is what became of an answer.
type Answered struct {
	Answer
	// EndSessions are to end now, all of them, after [alerts.AnswerNotMine]: lead
	// to a new password then, by a recovery or a sign-in. Zero otherwise.
	EndSessions EndSessions
}

// ReadAnswer is for the page behind the links of messages ([Config].AnswerURL)
// when it is opened. It changes nothing: mail programs open links by themselves.
// Errors: [ErrAnswer], whatever is wrong with the token.
func (g *Guard) ReadAnswer(ctx context.Context, token string) (Answer, error) {
	_, a, err := g.readAnswer(ctx, token)
	return a, err
}

func (g *Guard) readAnswer(ctx context.Context, token string) (alerts.Answer, Answer, error) {
	said, err := g.monitor.ReadAnswer(ctx, token)
	if err != nil {
		return alerts.Answer{}, Answer{}, translate(err)
	}
	a := Answer{Purpose: said.Purpose, Kind: said.Kinds[0], Kinds: said.Kinds, Channel: said.Channel, Account: said.Account}
	if said.Purpose == alerts.AnswerMute {
		_, err = g.cfg.Accounts.Account(ctx, said.Account)
	} else {
		a.Event, err = g.answerable(ctx, said)
	}
	if errors.Is(err, ErrUnknownAccount) { // deleted meanwhile
		err = ErrAnswer
	}
	if err != nil {
		return alerts.Answer{}, Answer{}, err
	}
	return said, a, nil
}

// answerable is the event that an answer is about, while there is something to
// say of it. Of what is disowned that is "not mine" alone, for as long as the old
// password stands: the shop may not have come to ending the sessions. Later it
// would let whoever reads the owner's messages sign the owner out at will.
func (g *Guard) answerable(ctx context.Context, said alerts.Answer) (activity.Event, error) {
	e, err := g.log.Get(ctx, said.Account, said.Account, said.Event)
	if errors.Is(err, activity.ErrNotFound) || err == nil && (e.Erased || !e.Disowned.IsZero() && said.Purpose != alerts.AnswerNotMine) {
		return activity.Event{}, ErrAnswer
	}
	if err != nil || e.Disowned.IsZero() {
		return e, err
	}
	rec, err := g.cfg.Stores.Password.Get(ctx, said.Account)
	switch {
	case errors.Is(err, password.ErrNoPassword):
		return e, nil
	case err == nil && rec.RevokedAt.IsZero():
		return activity.Event{}, ErrAnswer
	}
	return e, err
}

// Answer is for the same page when its button is pressed, and for the one-click
// POST of RFC 8058. It has nothing to do with the answers to security questions
// ([Guard.SetAnswers], [Guard.AnswerRecovery]). Nobody needs to be signed in, and nobody is: c is whoever
// holds the message.
//
//	mine      what [Guard.Confirm] does, under the same conditions
//	not mine  what [Guard.Disown] does; no device stays known, and none counts for
//	          removing factors, but one on which the owner signed in before, and
//	          which did not do what is disowned
//	mute      the kinds are switched off on the message's channel
//
// Each is recorded as said by a link, and the owner is told of all but the first.
// An answer counts once for an alert, whatever channels it came by; "not mine" may
// follow "mine". "Not mine", said again, gives [Answered].EndSessions again and
// changes nothing else, until another password is set: the shop may have failed
// before it ended them. Errors: [ErrAnswer], whatever is wrong with the token,
// [ErrConfirm], after which the link may be used on another device.
func (g *Guard) Answer(ctx context.Context, token string, c activity.Client) (Answered, error) {
	said, a, err := g.readAnswer(ctx, token)
	if err != nil {
		return Answered{}, err
	}
	out := Answered{Answer: a}
	switch a.Purpose {
	case alerts.AnswerMine:
		err = g.answerMine(ctx, said, a.Event, c)
	case alerts.AnswerNotMine:
		err = g.answerNotMine(ctx, said, c)
		out.EndSessions = EndSessions{Account: a.Account}
	case alerts.AnswerMute:
		err = g.monitor.Mute(ctx, a.Account, a.Kinds, a.Channel, activity.ByLink, c)
		if errors.Is(err, alerts.ErrPreferences) { // the channel is there no more
			err = ErrAnswer
		}
	}
	if err != nil {
		return Answered{}, translate(err)
	}
	return out, nil
}

// answerMine asks first whether the word counts, so that a link which is opened
// where it does not count is not spent.
func (g *Guard) answerMine(ctx context.Context, said alerts.Answer, e activity.Event, c activity.Client) error {
	if err := g.mayConfirm(ctx, e, c); err != nil {
		return err
	}
	return g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		if err := g.monitor.Spend(ctx, said); err != nil {
			return err
		}
		e, err := g.answerable(ctx, said) // again: it may be disowned by now
		if err != nil {
			return err
		}
		return g.confirm(ctx, e, activity.ByLink, c)
	})
}

// answerNotMine keeps no device that may be the intruder's: who holds the message
// is not yet the owner.
func (g *Guard) answerNotMine(ctx context.Context, said alerts.Answer, c activity.Client) error {
	return g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		spent := g.monitor.Spend(ctx, said)
		if spent != nil && !errors.Is(spent, alerts.ErrAnswer) {
			return spent
		}
		e, err := g.answerable(ctx, said)
		if err != nil || !e.Disowned.IsZero() { // said before
			return err
		}
		if spent != nil {
			return spent
		}
		keep := c
		if keep.DeviceID == e.Client.DeviceID {
			keep.DeviceID = ""
		}
		return g.disown(ctx, e, activity.ByLink, c, keep)
	})
}

// mayConfirm tells whether "this was me" counts from there, see [Guard.Confirm].
func (g *Guard) mayConfirm(ctx context.Context, e activity.Event, c activity.Client) error {
	known, err := g.monitor.KnownDevice(ctx, e.Account, c.DeviceID)
	if err != nil {
		return err
	}
	if !known || e.Client.DeviceID == c.DeviceID || !e.Disowned.IsZero() {
		return ErrConfirm
	}
	return nil
}

// confirm notes that an event was the owner's, in the transaction of ctx.
func (g *Guard) confirm(ctx context.Context, e activity.Event, how string, c activity.Client) error {
	first, err := g.monitor.Confirm(ctx, e)
	if err != nil || !first {
		return err
	}
	said := g.event(e.Account, activity.EventConfirmed, activity.OutcomeSuccess, c)
	said.Detail = map[string]string{activity.DetailEvent: e.ID, activity.DetailType: string(e.Type)}
	if how != "" {
		said.Detail[activity.DetailHow] = how
	}
	if err := g.log.Record(ctx, said); err != nil {
		return fmt.Errorf("accountsec: record the confirmation: %w", err)
	}
	return nil
}
