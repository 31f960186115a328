package activity

import "errors"

var (
	// ErrBadEvent reports an event that cannot be recorded: a malformed
	// account or id, an unknown type or outcome, a time in the future, or
	// details beyond the bounds of [Event.Detail]. The text says which.
	ErrBadEvent = errors.New("activity: event refused")
	// ErrBadFilter reports a filter that can select nothing sensible: reversed
	// dates, an unknown type, category, outcome or country.
	ErrBadFilter = errors.New("activity: filter refused")
	// ErrBadPage reports a negative page size, or two cursors at once.
	ErrBadPage = errors.New("activity: page refused")
	// ErrBadCursor reports a cursor that was not made by this log for this
	// account and this filter. The reader starts again from the first page.
	ErrBadCursor = errors.New("activity: cursor refused")
	// ErrNotOwner reports a viewer who asked for someone else's log.
	ErrNotOwner = errors.New("activity: only the owner may read this log")
	// ErrNotFound reports an event that does not exist, or not in this account.
	ErrNotFound = errors.New("activity: no such event")
	// ErrNoGrant reports a support agent without a running grant of the owner.
	ErrNoGrant = errors.New("activity: the owner has not granted this")
	// ErrChain reports a log that is not what was recorded. The text says where.
	ErrChain = errors.New("activity: the chain is broken")
)
