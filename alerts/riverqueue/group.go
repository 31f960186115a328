package riverqueue

import "context"

// Conditions on a job, which is called j.
const (
	isDone    = `(j.state = 'completed' AND j.metadata->'output'->>'end' IS NULL)`
	isStandby = `(j.state = 'scheduled' AND j.attempt = 0 AND j.args->>'spare' IS NOT NULL)`
	// isVain: it did not reach the owner and will not, or is itself a standby.
	isVain = `(j.state IN ('cancelled', 'discarded') OR j.metadata->'output'->>'end' = 'skipped' OR ` + isStandby + `)`
)

// reached tells whether a delivery of a standby's group is done. One
// whose end is on its way to the table counts as not: the owner is told twice
// rather than not at all.
func (q *Queue) reached(ctx context.Context, group string) (reached bool, err error) {
	if group == "" {
		return false, nil
	}
	err = q.db.QueryRow(ctx, q.rename(`SELECT EXISTS (SELECT 1 FROM $jobs j WHERE j.args->>'group' = ? AND `+isDone+`)`), []any{group}, &reached)
	return reached, err
}

// stepIn makes the standbys of the group due now, if none of its deliveries but
// the one that failed is done or may still be.
func (q *Queue) stepIn(ctx context.Context, group string, failed int64) error {
	if group == "" {
		return nil
	}
	now := q.stamp(q.now())
	_, err := q.db.Exec(ctx, q.rename(`UPDATE $jobs AS j SET scheduled_at = ? WHERE j.args->>'group' = ? AND `+isStandby+` AND j.scheduled_at > ?
		AND NOT EXISTS (SELECT 1 FROM $jobs j WHERE j.args->>'group' = ? AND j.id <> ? AND NOT `+isVain+`)`), now, group, now, group, failed)
	return err
}
