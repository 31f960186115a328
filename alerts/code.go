package alerts

import (
	"context"
	"fmt"
)

// SendCode implements [Queue], in the transaction that ctx carries. The code
// waits sealed, is tried often, and is wiped when it is delivered or expires. An
// account that does not exist costs the same.
func (d *Dispatcher) SendCode(ctx context.Context, m CodeMessage) error {
	rows, err := d.courier.PlanCode(m)
	if err != nil {
		return err
	}
	if err := d.enqueue(ctx, rows); err != nil {
		return fmt.Errorf("alerts: send code: %w", err)
	}
	return nil
}

// CodeChannels implements [Queue].
func (d *Dispatcher) CodeChannels() []string { return d.courier.CodeChannels() }
