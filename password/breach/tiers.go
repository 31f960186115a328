package breach

import (
	"context"
	"errors"
)

// Source tells how often a password was seen in breaches; 0 if it was not.
// [Client], [Filter] and [Tiers] are sources. Implementations are safe for
// concurrent use and honour the context; an error says that it could not be
// found out and holds nothing of the password.
type Source interface {
	Breached(ctx context.Context, password string) (count int, err error)
}

var (
	_ Source = (*Client)(nil)
	_ Source = (*Filter)(nil)
	_ Source = (*Tiers)(nil)
)

// TiersConfig wires [Tiers]. What the filter says is settled online unless it is
// told to be enough.
type TiersConfig struct {
	// Filter is asked first. Required.
	Filter Source
	// Online is asked about what the filter does not settle. Required.
	Online Source
	// Complete says that the filter holds all that Online knows: its "no" is
	// enough. Set it for a filter of the whole download, of any count, and
	// renew the file now and then. Defaults to false: a "no" is asked again.
	Complete bool
	// FilterConvicts says that the filter's "yes" is enough: set it for a filter
	// that holds a list of your own, which Online does not know. Defaults to
	// false: a "yes", which may be a false positive, is asked again.
	FilterConvicts bool
}

// Tiers asks a filter in memory first and a service about the rest, so that few
// look-ups or none leave the machine. Safe for concurrent use.
type Tiers struct{ cfg TiersConfig }

// NewTiers checks cfg.
func NewTiers(cfg TiersConfig) (*Tiers, error) {
	switch {
	case cfg.Filter == nil || cfg.Online == nil:
		return nil, errors.New("breach: tiers need a Filter and an Online source")
	case cfg.Complete && cfg.FilterConvicts:
		return nil, errors.New("breach: Complete and FilterConvicts leave nothing to ask Online: use the Filter alone")
	}
	return &Tiers{cfg}, nil
}

// Breached asks the tiers in order. When Online cannot be asked about a filter's
// "yes", that stands: it is right far more often than wrong. When it cannot be
// asked about a "no", its error is returned, and what follows is the caller's
// decision. A filter that fails settles nothing.
func (t *Tiers) Breached(ctx context.Context, password string) (count int, err error) {
	hit, err := t.cfg.Filter.Breached(ctx, password)
	switch {
	case err != nil:
		return t.cfg.Online.Breached(ctx, password)
	case hit > 0 && t.cfg.FilterConvicts, hit <= 0 && t.cfg.Complete:
		return max(hit, 0), nil
	}
	count, err = t.cfg.Online.Breached(ctx, password)
	if err != nil && hit > 0 {
		return hit, nil
	}
	return count, err
}
