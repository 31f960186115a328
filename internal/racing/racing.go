// Package racing lets long calculations on one goroutine be left to the run of
// the tests without the race detector, which would make them ten times as long
// and can find nothing in them. For tests alone.
package racing

import "testing"

// SkipAlone skips a test of one goroutine under the race detector. The package's
// tests have to be run without it as well, which .ci/run does for every package
// that calls this.
func SkipAlone(t *testing.T) {
	t.Helper()
	if On {
		t.Skip("one goroutine, and long: runs without the race detector")
	}
}
