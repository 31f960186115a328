package riverqueue

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"
	"github.com/tidwall/gjson"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/sqldb"
)

var errMalformed = errors.New("riverqueue: the job is malformed")

// maxLog is how many attempts a delivery's log shows.
const maxLog = 16

// outputOf reads a job's output. It is read for every attempt, and is most of a
// job: gjson, which River itself reads metadata by, takes a quarter of the time
// of encoding/json.
func outputOf(job *rivertype.JobRow) (out output, err error) {
	fields := gjson.GetManyBytes(job.Metadata, "output.payload", "output.end", "output.cause", "output.receipt")
	out = output{End: alerts.State(fields[1].Str), Cause: alerts.Cause(fields[2].Str), Receipt: fields[3].Int()}
	if out.Payload, err = base64.StdEncoding.DecodeString(fields[0].Str); err != nil {
		return output{}, errMalformed
	}
	return out, nil
}

// delivery makes a job a delivery again, its payload included.
func delivery(job *rivertype.JobRow, m *message) (alerts.Delivery, error) {
	out, err := outputOf(job)
	if err != nil {
		return alerts.Delivery{}, err
	}
	d := alerts.Delivery{
		ID: m.ID, Account: m.Account, Channel: m.Channel, Kind: alerts.Kind(m.About), Group: cmp.Or(m.Group, m.Alone), Dedupe: m.Dedupe,
		Urgent: m.Urgent, Spare: m.Spare != "", Payload: out.Payload, State: state(job, m, out), Attempts: job.Attempt,
		CreatedAt: sqldb.Time(m.Created), DueAt: job.ScheduledAt.UTC(), ExpiresAt: sqldb.Time(m.Expires), ReceiptAt: sqldb.Time(out.Receipt),
	}
	if job.FinalizedAt != nil {
		d.DoneAt = job.FinalizedAt.UTC()
	}
	return d, nil
}

// state is a job's state in the words of package alerts.
func state(job *rivertype.JobRow, m *message, out output) alerts.State {
	switch job.State {
	case rivertype.JobStateCompleted:
		if out.End != "" {
			return out.End
		}
		return alerts.Done
	case rivertype.JobStateCancelled, rivertype.JobStateDiscarded:
		return alerts.Dead
	case rivertype.JobStateRunning:
		return alerts.Leased
	case rivertype.JobStateScheduled:
		if m.Spare != "" && job.Attempt == 0 {
			return alerts.Standby
		}
	}
	return alerts.Pending
}

// describe adds what became of the attempts: River keeps why each failed, and
// the output says how it ended.
func describe(d alerts.Delivery, job *rivertype.JobRow) alerts.Delivery {
	out, _ := outputOf(job) // it was read before
	for i, e := range job.Errors {
		cause, text := reasonOf(e.Error)
		t := alerts.Tried{At: e.At.UTC(), State: alerts.Pending, Reason: cause}
		if i == len(job.Errors)-1 && d.State == alerts.Dead {
			t.State = alerts.Dead
		}
		if text != "" || cause != alerts.CauseRevived {
			d.LastError = text
		}
		d.Log = append(d.Log, t)
	}
	if !d.DoneAt.IsZero() && d.State != alerts.Dead {
		d.Log = append(d.Log, alerts.Tried{At: d.DoneAt, State: d.State, Reason: out.Cause})
		d.LastError = ""
	}
	d.Log = d.Log[max(0, len(d.Log)-maxLog):]
	return d
}

// failure is what River keeps of an attempt that failed: its cause for the owner
// and the text for operators.
func failure(o alerts.Outcome) error { return errors.New(string(o.Cause) + ": " + o.Reason) }

// reasonOf reads a failure back. What River says itself, of a worker that died,
// has the channel's time-out as its cause: nobody answered.
func reasonOf(text string) (alerts.Cause, string) {
	text = strings.TrimPrefix(text, "JobCancelError: ")
	cause, rest, ok := strings.Cut(text, ": ")
	if !ok || !slices.Contains(alerts.Causes(), alerts.Cause(cause)) {
		return alerts.CauseTimeout, text
	}
	return alerts.Cause(cause), rest
}

// attemptError is an entry for River's list of errors.
func attemptError(now time.Time, cause alerts.Cause, text string) (string, error) {
	data, err := json.Marshal(rivertype.AttemptError{At: now.UTC(), Error: string(cause) + ": " + text})
	return string(data), err
}
