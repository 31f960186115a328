package activity_test

import (
	"testing"

	"example.com/accountsec/activity"
)

func TestDeviceLabel(t *testing.T) {
	for _, c := range [][3]string{
		{"en", "Chrome on Windows", "Chrome on Windows"}, {"ko", "Chrome on Windows", "Windows의 Chrome"},
		{"ko", "Firefox", "Firefox"}, {"ko", "", ""}, {"ko", "a\nb\u202e", "a b"},
	} {
		if got := activity.DeviceLabel(c[0], c[1]); got != c[2] {
			t.Errorf("%q in %s is %q, want %q", c[1], c[0], got, c[2])
		}
	}
}
