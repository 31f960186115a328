package email

import (
	"errors"
	"strings"
)

var errAddress = errors.New("email: the recipient's address is not a plain local@domain in ASCII")

// checkAddress accepts the dot-atom form of RFC 5321 §4.1.2, which is every
// address in real use. The quoted form, in which commands and further
// addresses have been hidden, source routes and addresses beyond ASCII are
// refused.
func checkAddress(addr string) error {
	local, domain, ok := strings.Cut(addr, "@")
	if !ok || len(addr) > 254 || len(local) > 64 || !isHost(domain) || !strings.Contains(domain, ".") {
		return errAddress
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return !isAtom(r) }) {
			return errAddress
		}
	}
	return nil
}

func isAtom(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r < 0x80 && strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// isHost tells a host name (RFC 1123 §2.1).
func isHost(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
		}) {
			return false
		}
	}
	return true
}
