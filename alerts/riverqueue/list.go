package riverqueue

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/riverqueue/river"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/sqldb"
)

const maxList = 200

// Deliveries implements [alerts.Queue]; it lists at most 200.
func (q *Queue) Deliveries(ctx context.Context, account string) ([]alerts.Delivery, error) {
	if err := canon.CheckID(account); err != nil {
		return nil, fmt.Errorf("riverqueue: account: %w", err)
	}
	list, err := q.list(ctx, river.NewJobListParams().First(maxList).OrderBy(river.JobListOrderByID, river.SortOrderDesc).
		States().Where(`args->>'account' = @account`, river.NamedArgs{"account": account}))
	if err != nil {
		return nil, fmt.Errorf("riverqueue: deliveries: %w", err)
	}
	return list, nil
}

func (q *Queue) list(ctx context.Context, params *river.JobListParams) ([]alerts.Delivery, error) {
	var res *river.JobListResult
	var err error
	if tx := sqldb.Tx(ctx); tx != nil {
		res, err = q.jobs.JobListTx(ctx, tx, params)
	} else {
		res, err = q.jobs.JobList(ctx, params)
	}
	if err != nil {
		return nil, err
	}
	var out []alerts.Delivery
	for _, job := range res.Jobs {
		var m message
		if json.Unmarshal(job.EncodedArgs, &m) != nil {
			continue
		}
		d, err := delivery(job, &m)
		if err != nil {
			continue // made by a later version
		}
		d = describe(d, job)
		d.Payload = nil
		out = append(out, d)
	}
	return out, nil
}

// DeleteAccount deletes all that the queue holds on the account (erasure), in
// the transaction that ctx carries; an attempt that is under way comes to its
// end and leaves nothing.
func (q *Queue) DeleteAccount(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("riverqueue: account: %w", err)
	}
	if _, err := q.db.Exec(ctx, q.rename(`DELETE FROM $jobs WHERE args->>'account' = ?`), account); err != nil {
		return fmt.Errorf("riverqueue: delete account: %w", err)
	}
	return nil
}
