package riverqueue

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/sqldb"
)

const resealBatch = 100

// sealedJob is a job that has a payload.
type sealedJob struct {
	job      int64
	delivery alerts.Delivery // ID, Account and Kind
	payload  string          // as the job holds it
}

// Reseal is [alerts.Dispatcher.Reseal]: it encrypts what waits, what is under way
// and what is kept of dead letters anew under the AEAD's primary key.
func (q *Queue) Reseal(ctx context.Context) (int64, error) {
	done, err := secret.ResealAll("messages",
		func(after sealedJob) ([]sealedJob, error) { return q.undelivered(ctx, after.job) },
		func(j sealedJob) (bool, error) { return q.resealJob(ctx, j) })
	if err != nil {
		return done, fmt.Errorf("riverqueue: reseal: %w", err)
	}
	return done, nil
}

// undelivered gives some jobs after this one that have a payload, by an index that
// leaves out what was completed.
func (q *Queue) undelivered(ctx context.Context, after int64) (out []sealedJob, err error) {
	err = q.db.Query(ctx, q.rename(`SELECT id, coalesce(args->>'id', ''), coalesce(args->>'account', ''), coalesce(args->>'kind', ''), metadata->'output'->>'payload' FROM $jobs
		WHERE state <> 'completed' AND metadata->'output'->>'payload' IS NOT NULL AND id > ? ORDER BY id LIMIT ?`), []any{after, resealBatch},
		func(row func(...any) error) error {
			var j sealedJob
			err := row(&j.job, &j.delivery.ID, &j.delivery.Account, &j.delivery.Kind, &j.payload)
			out = append(out, j)
			return err
		})
	return out, err
}

// resealJob touches the payload alone: River adds to a job's metadata in the
// statements that change its state, and writes none of it back.
func (q *Queue) resealJob(ctx context.Context, j sealedJob) (bool, error) {
	var err error
	if j.delivery.Payload, err = base64.StdEncoding.DecodeString(j.payload); err != nil {
		return false, secret.ErrSealed
	}
	fresh, err := q.courier.Reseal(j.delivery)
	if err != nil || bytes.Equal(fresh, j.delivery.Payload) {
		return false, err
	}
	set := `jsonb_set(metadata, '{output,payload}', to_jsonb(?::text))`
	if q.db.Dialect() == sqldb.SQLite {
		set = `jsonb_set(metadata, '$.output.payload', ?)`
	}
	n, err := q.db.Exec(ctx, q.rename(`UPDATE $jobs SET metadata = `+set+` WHERE id = ? AND metadata->'output'->>'payload' = ?`),
		base64.StdEncoding.EncodeToString(fresh), j.job, j.payload)
	return n == 1, err
}
