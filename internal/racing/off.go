//go:build !race

package racing

// On tells whether the race detector is built in.
const On = false
