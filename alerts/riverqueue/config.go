package riverqueue

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"example.com/accountsec/internal/sqldb"
)

const (
	defaultSchema  = "accountsec_river"
	defaultWorkers = 16
	defaultPoll    = 500 * time.Millisecond
	defaultKeep    = 30 * 24 * time.Hour
	// minKeep is longer than the day within which the monitor tells repeats once.
	minKeep = 48 * time.Hour
	// bookkeeping is how long what surrounds an attempt may take: a standby's look
	// at its group, the storing of the outcome.
	bookkeeping = 10 * time.Second
	// cooldown is the least time between two looks of a worker that is busy: long
	// enough that several of its places are free again.
	cooldown = 20 * time.Millisecond
)

// Config configures a [Queue]. It is not changed after New.
type Config struct {
	// Schema is the PostgreSQL schema that River's tables are in, made by
	// [Queue.Migrate]: letters, digits and underscores, at most 46. It must be
	// this queue's alone. On SQLite there is none. Defaults to "accountsec_river".
	Schema string
	// Workers is how many messages of one channel a process delivers at once, at
	// most 256. Defaults to 16.
	Workers int
	// Poll is how often a worker looks for messages when it has nothing to do, at
	// least 20 milliseconds. Defaults to 500 milliseconds.
	Poll time.Duration
	// Keep is how long messages that ended are listed and known as repeats, at
	// least 48 hours. Defaults to 30 days.
	Keep time.Duration
	// Now is the clock; the courier's. Defaults to the database's for what River
	// does and to time.Now for the rest.
	Now func() time.Time
	// Logger receives faults and failed deliveries, without address and code.
	// Defaults to none.
	Logger *slog.Logger
}

// schemaName is what River accepts without quoting, short enough for it.
var schemaName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,45}$`)

func (cfg *Config) defaults(dialect sqldb.Dialect) error {
	if dialect == sqldb.SQLite {
		if cfg.Schema != "" {
			return errors.New("riverqueue: Config.Schema is for PostgreSQL; on SQLite the file is the queue's alone")
		}
	} else if cfg.Schema == "" {
		cfg.Schema = defaultSchema
	}
	if dialect != sqldb.SQLite && !schemaName.MatchString(cfg.Schema) {
		return fmt.Errorf("riverqueue: Config.Schema %q is malformed", cfg.Schema)
	}
	if cfg.Poll == 0 {
		cfg.Poll = defaultPoll
	}
	if cfg.Keep == 0 {
		cfg.Keep = defaultKeep
	}
	if cfg.Workers == 0 {
		cfg.Workers = defaultWorkers
	}
	if cfg.Workers < 0 || cfg.Workers > 256 || cfg.Poll < cooldown {
		return errors.New("riverqueue: Config: Workers or Poll is out of range")
	}
	if cfg.Keep < minKeep {
		return fmt.Errorf("riverqueue: Config.Keep is %v, at least %v is needed to tell repeats once", cfg.Keep, minKeep)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}
