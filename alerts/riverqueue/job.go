package riverqueue

import (
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

// message is a job's arguments: a delivery but for its payload. Account, channel
// and dedupe make a message unique. Times are in microseconds.
type message struct {
	ID      string `json:"id"`
	Account string `json:"account" river:"unique"`
	Channel string `json:"channel" river:"unique"`
	Dedupe  string `json:"dedupe" river:"unique"`
	About   string `json:"kind"`
	// Group is the delivery's where it has a standby, which asks by it, and Alone
	// where it has none. Spare, for that standby, is "yes".
	Group   string `json:"group,omitempty"`
	Alone   string `json:"alone,omitempty"`
	Spare   string `json:"spare,omitempty"`
	Urgent  bool   `json:"urgent,omitempty"`
	Created int64  `json:"created"`
	Expires int64  `json:"expires,omitempty"`

	// due is when the job is to be tried again, once an attempt failed. It goes
	// from [worker.Work] to [worker.NextRetry], which get the same job.
	due time.Time
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
	m := message{
		ID: d.ID, Account: d.Account, Channel: d.Channel, Dedupe: d.Dedupe, About: string(d.Kind), Urgent: d.Urgent,
		Created: sqldb.Micros(d.CreatedAt), Expires: sqldb.Micros(d.ExpiresAt),
	}
	if searched {
		m.Group = d.Group
	} else {
		m.Alone = d.Group
	}
	if d.State == alerts.Standby {
		m.Spare = spare
	}
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
