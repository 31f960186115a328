package sqldb

import "context"

// purgeBatch is how many rows one statement of [DB.Purge] deletes at most.
const purgeBatch = 1000

// Purge deletes the rows of a table that the condition holds for, by order first
// to last, and says how many. Each statement takes 1,000 at most and, unless ctx
// carries a transaction, is one of its own: it holds few locks, for a short time,
// and what is done stays done when it is cut off. key are the columns of the
// table's key; an index that has the condition's rows in order bounds the cost.
func (d *DB) Purge(ctx context.Context, table, key, order, condition string, args ...any) (total int64, err error) {
	// The condition twice: a row may have begun anew meanwhile.
	query := `DELETE FROM ` + table + ` WHERE ` + condition + ` AND (` + key + `) IN (
		SELECT ` + key + ` FROM ` + table + ` WHERE ` + condition + ` ORDER BY ` + order + ` LIMIT ?)`
	all := append(append(append([]any{}, args...), args...), purgeBatch)
	for {
		n, err := d.Exec(ctx, query, all...)
		if total += n; err != nil || n < purgeBatch {
			return total, err
		}
	}
}
