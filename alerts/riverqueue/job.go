package riverqueue

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
)

// message is a job's arguments: a delivery but for its payload.
type message struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	// Key stands for account, channel and dedupe: one message each.
	Key string `json:"key" river:"unique"`
	// Group is set where the group has a standby, which asks by it; Spare, for
	// that standby, is "yes".
	Group string `json:"group,omitempty"`
	Spare string `json:"spare,omitempty"`
	// Rest is a [rest], as one value.
	Rest string `json:"rest"`

	// due is when the job is to be tried again, once an attempt failed. It goes
	// from [worker.Work] to [worker.NextRetry], which get the same job.
	due time.Time
}

// rest is what of a delivery nobody searches by. Times are in microseconds.
type rest struct {
	Channel string `json:"channel"`
	Kind    string `json:"kind"`
	Dedupe  string `json:"dedupe"`
	Group   string `json:"group,omitempty"`
	Urgent  bool   `json:"urgent,omitempty"`
	Created int64  `json:"created"`
	Expires int64  `json:"expires,omitempty"`
}

// Kind implements [river.JobArgs].
func (message) Kind() string { return "accountsec_message" }

const spare = "yes"

// output is what River calls a job's output, a part of its metadata: the payload
// while the job waits. The statement that ends the job puts in what stays.
type output struct {
	Payload []byte `json:"payload,omitempty"`
	// End is how a completed job ended, where that is not done, and Cause why.
	End   alerts.State `json:"end,omitempty"`
	Cause alerts.Cause `json:"cause,omitempty"`
	// Receipt is when a receipt came, in microseconds.
	Receipt int64 `json:"receipt,omitempty"`
}

type metadata struct {
	Output output `json:"output"`
}

// queueOf names a channel's queue. River allows single underscores only.
func queueOf(channel string) string {
	if strings.Contains(channel, "_") {
		return "x" + hex.EncodeToString([]byte(channel))
	}
	return channel
}

// params makes the job of a delivery; searched tells that a standby will ask
// for its group.
func (q *Queue) params(d alerts.Delivery, searched bool) (river.InsertManyParams, error) {
	m := message{ID: d.ID, Account: d.Account, Key: key(d)}
	if searched {
		m.Group = d.Group
	}
	if d.State == alerts.Standby {
		m.Spare = spare
	}
	r, err := json.Marshal(rest{
		Channel: d.Channel, Kind: string(d.Kind), Dedupe: d.Dedupe, Group: d.Group, Urgent: d.Urgent,
		Created: sqldb.Micros(d.CreatedAt), Expires: sqldb.Micros(d.ExpiresAt),
	})
	if err != nil {
		return river.InsertManyParams{}, err
	}
	m.Rest = string(r)
	meta, err := json.Marshal(metadata{output{Payload: d.Payload}})
	if err != nil {
		return river.InsertManyParams{}, err
	}
	opts := &river.InsertOpts{
		Queue: queueOf(d.Channel), Priority: 2, Metadata: meta,
		// The courier says when it is enough.
		MaxAttempts: math.MaxInt16,
		UniqueOpts:  river.UniqueOpts{ByArgs: true, ByState: rivertype.JobStates()},
	}
	if d.Urgent {
		opts.Priority = 1
	}
	if d.DueAt.After(q.now()) {
		opts.ScheduledAt = d.DueAt
	}
	return river.InsertManyParams{Args: m, InsertOpts: opts}, nil
}

// key is the same for repeats of a message, and for nothing else.
func key(d alerts.Delivery) string {
	parts, err := json.Marshal([]string{d.Account, d.Channel, d.Dedupe})
	if err != nil {
		panic(err) // strings
	}
	sum := sha256.Sum256(parts)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
