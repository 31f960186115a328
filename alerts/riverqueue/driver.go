package riverqueue

import (
	"database/sql"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"example.com/accountsec/internal/sqldb"
)

// polling is River's driver without notifications. With them River would add a
// second statement to the transaction of whoever queues a message; a worker
// that looks at the table twice a second needs none.
type polling struct {
	riverdriver.Driver[*sql.Tx]
}

// SupportsListener implements [riverdriver.Driver].
func (polling) SupportsListener() bool { return false }

// SupportsListenNotify implements [riverdriver.Driver].
func (polling) SupportsListenNotify() bool { return false }

func newDriver(db *sql.DB, dialect sqldb.Dialect) riverdriver.Driver[*sql.Tx] {
	if dialect == sqldb.SQLite {
		return polling{riversqlite.New(db)}
	}
	return polling{riverdatabasesql.New(db)}
}
