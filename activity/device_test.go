package activity_test

import (
	"testing"

	"example.com/accountsec/activity"
)

func TestFieldLabels(t *testing.T) {
	for _, c := range []struct{ lang, fields, want string }{
		{"ko", "name, phone", "이름, 전화번호"}, {"en-GB", "email,zone", "e-mail address, time zone"}, {"ko", "nickname,  name ", "nickname, 이름"}, {"ko", "", ""},
	} {
		if got := activity.FieldLabels(c.lang, c.fields); got != c.want {
			t.Errorf("%q: %q, want %q", c.fields, got, c.want)
		}
	}
}

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
