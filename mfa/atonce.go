package mfa

import (
	"context"

	"example.com/accountsec/internal/sqldb"
)

// atOnce settles a good response of a method that is [Info].Instant in one step
// of the store, for an account without a failure: the count would be taken and
// cleared at once. Otherwise it gives no proof and has told nothing: a wrong
// response, and a right one that the step refused, go the long way, where they
// are counted and then judged anew. So no verdict is told that is not
// committed, and from the second guess on each is counted before it is judged.
//
// The step wins only where none was counted. On PostgreSQL it does not see counts
// that are not committed yet, so an account has one such response at a time
// ([Manager].looking), until it is counted or has won; others of that moment go the
// long way. Without that, a burst would have as many looks as there are
// connections; with it, one for each instance of the program.
func (a *attempt) atOnce(ctx context.Context, response string) (Proof, error) {
	if a.method == nil || !a.method.Info().Instant || a.row.Failed {
		return Proof{}, nil
	}
	prepared, err := a.prepared()
	if err != nil {
		return Proof{}, nil // told when it is counted
	}
	verdict, err := a.judge(sqldb.Detach(ctx), prepared, response)
	if err != nil || !verdict.OK || verdict.Step <= 0 || verdict.State != nil || verdict.Warning != "" {
		return Proof{}, nil
	}
	end := Settlement{Account: a.row.Account, Factor: a.factor.ID, Step: verdict.Step, Challenge: a.row.ID}
	how, err := a.store.SettleAtOnce(ctx, end, MaxAttempts, a.cfg.Now())
	if err != nil || how == SettledUsed {
		return Proof{}, err
	}
	return a.conclude(sqldb.Detach(ctx), how, verdict)
}
