package mfa

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

// Lane is where an account's failures are counted: one for each method, and
// apart for strangers and for the owner's known devices, so that guessing in
// one closes no other.
type Lane struct {
	// Account and Name are its key.
	Account, Name string
	// Max is how many failures in a row stop it for good; 0: none do, and it is
	// forgotten a day after its last attempt.
	Max int
	// The n-th failure in a row closes it for min(Base·2^(n-Free), Longest)
	// when n >= Free.
	Free          int
	Base, Longest time.Duration
}

const (
	laneFree               = 5
	laneBase, laneLongest  = 30 * time.Second, 15 * time.Minute
	laneMemory             = 24 * time.Hour
	knownLane              = "|known"
	unknownSlots, devSlots = 64, 8
)

// lane gives the lane of an attempt. What can be guessed has one for all
// strangers, since only that bounds guessing from many networks; the last
// [KnownFailures] of [MaxFailures] are the known devices'. What cannot be guessed
// is slowed down for each network alone: an attacker closes nothing but the
// attacker's own way.
func lane(account, method string, guessable, known bool, c activity.Client) Lane {
	l := Lane{Account: account, Name: method, Free: laneFree, Base: laneBase, Longest: laneLongest}
	switch {
	case guessable && known:
		l.Name, l.Max = method+knownLane, KnownFailures
	case guessable:
		l.Max = MaxFailures - KnownFailures
	case known:
		l.Name = method + knownLane
	default:
		l.Name = method + "|" + canon.NetworkKey(c.IP)
	}
	return l
}

// Wait is how long the lane stays closed after its n-th failure in a row.
func (l Lane) Wait(n int) time.Duration {
	if n < l.Free {
		return 0
	}
	const maxShift = 20 // keeps Base<<shift inside int64 for any Base up to an hour
	return min(l.Base<<min(n-l.Free, maxShift), l.Longest)
}

// slot names the place of a challenge among the open ones of its account and
// purpose. A newer challenge takes the place of the older one in its slot only.
// A network has one slot, and a known device one that no stranger reaches; so a
// stranger's challenge ends none of a known device's, and seldom another
// network's: one in 64 has the same slot. The number of rows is bounded without
// counting them. A key would keep nobody from all 64 slots: 256 networks, which
// one customer of a provider may have, fill almost all of them by chance.
func slot(known bool, c activity.Client) string {
	if known {
		return "d" + strconv.Itoa(bucketOf(c.DeviceID, devSlots))
	}
	return "n" + strconv.Itoa(bucketOf(canon.NetworkKey(c.IP), unknownSlots))
}

func bucketOf(s string, n int) int {
	sum := sha256.Sum256([]byte(s))
	return int(binary.BigEndian.Uint32(sum[:]) % uint32(n))
}

// deviceKey is what is kept of a known device's id; "" for none.
func deviceKey(known bool, c activity.Client) string {
	if !known || c.DeviceID == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(c.DeviceID))
	return hex.EncodeToString(sum[:16])
}
