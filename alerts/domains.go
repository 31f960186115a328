package alerts

import (
	"errors"
	"math"
	"unicode"
)

// freeMail are providers at which anybody gets an address.
var freeMail = []string{
	"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "yahoo.co.jp", "yahoo.co.kr",
	"yahoo.co.uk", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "freenet.de",
	"t-online.de", "proton.me", "protonmail.com", "pm.me", "tutanota.com", "tuta.com", "fastmail.com", "zoho.com", "mail.com",
	"mail.ru", "inbox.ru", "yandex.ru", "yandex.com", "qq.com", "foxmail.com", "163.com", "126.com", "sina.com", "orange.fr", "laposte.net",
	"naver.com", "hanmail.net", "daum.net", "kakao.com", "nate.com", "korea.com", "empal.com", "dreamwiz.com", "hanmir.com",
	"lycos.co.kr", "chol.com", "paran.com",
}

// shorteners hide where a link leads.
var shorteners = []string{
	"bit.ly", "j.mp", "t.co", "goo.gl", "tinyurl.com", "ow.ly", "is.gd", "v.gd", "buff.ly", "rebrand.ly", "cutt.ly", "rb.gy",
	"shorturl.at", "t.ly", "lnkd.in", "me2.do", "naver.me", "han.gl", "vo.la", "url.kr", "buly.kr", "muz.so", "zrr.kr", "kko.to",
}

// mixesScripts tells whether a name could be read as another because letters
// that look alike stand side by side: Latin with Cyrillic, Greek or Cherokee,
// or any of those with one another. Hangul or Han beside Latin is how Korean
// names are written and cannot be confused. (After the single-script rule of
// Unicode TS 39 §5.2, without its whole-script tables.)
func mixesScripts(s string) bool {
	alike := []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee}
	used := map[int]bool{}
	for _, r := range s {
		for i, table := range alike {
			if unicode.Is(table, r) {
				used[i] = true
			}
		}
	}
	return len(used) > 1
}

var errPunycode = errors.New("alerts: malformed punycode")

// decodePunycode decodes a label without its "xn--" (RFC 3492 §6.2).
func decodePunycode(s string) (string, error) {
	const base, tMin, tMax, skew, damp, initialBias, initialN = 36, 1, 26, 38, 700, 72, 128
	var out []rune
	pos := 0
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '-' {
			out, pos = []rune(s[:i]), i+1
			break
		}
	}
	n, i, bias := rune(initialN), 0, initialBias
	for pos < len(s) {
		start, weight := i, 1
		for k := base; ; k += base {
			if pos == len(s) {
				return "", errPunycode
			}
			digit := punycodeDigit(s[pos])
			pos++
			if digit < 0 || digit > (math.MaxInt32-i)/weight {
				return "", errPunycode
			}
			i += digit * weight
			t := min(max(k-bias, tMin), tMax)
			if digit < t {
				break
			}
			if weight > math.MaxInt32/(base-t) {
				return "", errPunycode
			}
			weight *= base - t
		}
		count := len(out) + 1
		delta := (i - start) / 2
		if start == 0 {
			delta = (i - start) / damp
		}
		delta += delta / count
		k := 0
		for ; delta > (base-tMin)*tMax/2; k += base {
			delta /= base - tMin
		}
		bias = k + (base-tMin+1)*delta/(delta+skew)
		if i/count > unicode.MaxRune-int(n) {
			return "", errPunycode
		}
		n += rune(i / count)
		i %= count
		out = append(out[:i], append([]rune{n}, out[i:]...)...)
		i++
	}
	return string(out), nil
}

func punycodeDigit(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return int(c - 'a')
	case c >= '0' && c <= '9':
		return int(c-'0') + 26
	}
	return -1
}
