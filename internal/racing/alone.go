package racing

import "testing"

// SkipAlone skips a test of one goroutine under the race detector, which would
// make a long calculation ten times as long and can find nothing in it. The
// package's tests have to be run without it as well, which .ci/run does for
// every package that calls this.
func SkipAlone(t *testing.T) {
	t.Helper()
	if On {
		t.Skip("one goroutine, and long: runs without the race detector")
	}
}
