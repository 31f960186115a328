package riskeval

import (
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

// nobody is the id under which the data set keeps attempts on accounts that do
// not exist, two rows of five. As one account's history they would ruin every
// figure.
const nobody = "-4324475583306591935"

// Login is one row of the data set.
type Login struct {
	User    string
	Attempt risk.Attempt
	// Successful tells that the password was right, AttackIP that the address is
	// on a list of attackers', Takeover that it was found out to be a thief.
	Successful, AttackIP, Takeover bool
}

// columns are the names in the published file's first line. Index, region and
// the second spelling of the user agent are not needed.
var columns = []string{
	"Login Timestamp", "User ID", "Round-Trip Time [ms]", "IP Address", "Country", "City", "ASN", "User Agent String",
	"Browser Name and Version", "OS Name and Version", "Device Type", "Login Successful", "Is Attack IP", "Is Account Takeover",
}

// Logins reads the "Login Data Set for Risk-Based Authentication" (Wiefling et
// al., CC BY 4.0, doi 10.1145/3546069), a CSV file of 8.5 GB, row by row. Its
// columns may come in any order, others are passed over. Attempts on accounts
// that do not exist are left out. The set's addresses are made up, many of them
// private ones, which would be no evidence: 10.x.y.z is read as 11.x.y.z. It has
// no cookies and no positions. The first error ends the sequence.
func Logins(r io.Reader) iter.Seq2[Login, error] {
	return func(yield func(Login, error) bool) {
		rows := csv.NewReader(r)
		rows.ReuseRecord, rows.LazyQuotes = true, true
		header, err := rows.Read()
		if err != nil {
			yield(Login{}, fmt.Errorf("riskeval: first line: %w", err))
			return
		}
		var at [14]int
		for i, name := range columns {
			if at[i] = slices.Index(header, name); at[i] < 0 {
				yield(Login{}, fmt.Errorf("riskeval: no column %q", name))
				return
			}
		}
		for {
			row, err := rows.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Login{}, fmt.Errorf("riskeval: %w", err))
				return
			}
			if row[at[1]] == nobody {
				continue
			}
			login, err := parse(row, at)
			if err != nil {
				line, _ := rows.FieldPos(0)
				yield(Login{}, fmt.Errorf("riskeval: line %d: %w", line, err))
				return
			}
			if !yield(login, nil) {
				return
			}
		}
	}
}

func parse(row []string, at [14]int) (l Login, err error) {
	get := func(i int) string { return strings.Clone(row[at[i]]) }
	l.User = get(1)
	if l.Attempt.At, err = time.Parse("2006-01-02 15:04:05.999", get(0)); err != nil {
		return l, err
	}
	if text := get(2); text != "" {
		ms, err := strconv.ParseFloat(text, 64)
		if err != nil || !(ms >= 0 && ms < 1e9) {
			return l, fmt.Errorf("round-trip time %q", text)
		}
		l.Attempt.RTT = time.Duration(ms * float64(time.Millisecond))
	}
	if l.Attempt.Client.IP, err = netip.ParseAddr(get(3)); err != nil {
		return l, err
	}
	if b := l.Attempt.Client.IP.Unmap(); b.Is4() && b.As4()[0] == 10 {
		four := b.As4()
		l.Attempt.Client.IP = netip.AddrFrom4([4]byte{11, four[1], four[2], four[3]})
	}
	asn, err := strconv.ParseUint(get(6), 10, 32)
	if err != nil {
		return l, err
	}
	l.Attempt.Location = activity.Location{Country: get(4), City: get(5), ASN: uint(asn)}
	l.Attempt.Client.UserAgent = get(7)
	l.Attempt.Device = activity.Device{Browser: unversioned(get(8)), OS: unversioned(get(9)), Class: get(10)}
	for i, flag := range []*bool{&l.Successful, &l.AttackIP, &l.Takeover} {
		if *flag, err = strconv.ParseBool(get(11 + i)); err != nil {
			return l, err
		}
	}
	return l, nil
}

// unversioned drops the version from a name: "Chrome Mobile 81.0.4044".
func unversioned(s string) string {
	words := strings.Fields(s)
	for len(words) > 1 && strings.ContainsAny(words[len(words)-1], "0123456789") {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// RunLogins measures the model on the data set: on one account in every, which
// bounds the memory (the whole set has 3.3 million accounts at about a kilobyte
// each). The thieves are the takeovers, and the attempts from listed addresses
// that were none. The device's evidence is switched off, for want of cookies,
// and the client's counts in full.
func RunLogins(r io.Reader, every int, model risk.Config) (*Result, error) {
	if every < 1 {
		return nil, errors.New("riskeval: one account in less than one")
	}
	model.NewDevice, model.DeviceHabit, model.ClientOnNewDevice = risk.Off, risk.Off, 1
	m, err := risk.New(model)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	res := &Result{Source: fmt.Sprintf("Login data set, one account in %d", every), Kinds: []string{"takeover", "listed address"}, thieves: make([][]sample, 2)}
	type account struct {
		profile *risk.Profile
		seen    *habits
	}
	accounts, crowd := map[string]account{}, &risk.Population{}
	var first, last time.Time
	for l, err := range Logins(r) {
		if err != nil {
			return nil, err
		}
		if !chosen(l.User, every) {
			continue
		}
		if first.IsZero() {
			first = l.Attempt.At
		}
		last = l.Attempt.At
		a, ok := accounts[l.User]
		if !ok {
			a = account{&risk.Profile{}, &habits{}}
			accounts[l.User] = a
		}
		if a.profile.SignIns() > 0 {
			s := judge(m, crowd, a.profile, a.seen, l.Attempt)
			switch {
			case l.Takeover:
				res.thieves[0] = append(res.thieves[0], s)
			case l.AttackIP:
				res.thieves[1] = append(res.thieves[1], s)
			case l.Successful:
				res.owners = append(res.owners, s)
			}
		}
		if l.Successful && !l.Takeover && !l.AttackIP {
			m.Learn(a.profile, l.Attempt, l.Attempt.At)
			crowd.Learn(l.Attempt)
			a.seen.learn(l.Attempt)
		}
	}
	res.Years = float64(len(accounts)) * max(last.Sub(first), 0).Hours() / year.Hours()
	res.Elapsed = time.Since(start)
	return res, nil
}

func chosen(user string, every int) bool {
	h := fnv.New32a()
	io.WriteString(h, user)
	return h.Sum32()%uint32(every) == 0
}
