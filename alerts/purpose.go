package alerts

import (
	"fmt"
	"slices"
	"strings"

	"example.com/accountsec/internal/canon"
)

// Purpose is what an address of the sender is for.
type Purpose string

const (
	// ForSecurity is for what nobody may miss: codes and the mandatory kinds.
	ForSecurity Purpose = "security"
	// ForNotices is for the kinds that owners may mute.
	ForNotices Purpose = "notices"
	// ForOrders is for payments and where goods go.
	ForOrders Purpose = "orders"
)

// Purpose tells which of the sender's addresses a kind comes from.
func (k Kind) Purpose() Purpose {
	if k == PaymentAfterNewDevice {
		return ForOrders
	}
	if info, ok := k.Info(); ok && !info.Mandatory {
		return ForNotices
	}
	return ForSecurity
}

// locals are what may stand before the @: purposes, in lower case. Who reads
// "kim.minjun@" cannot know whether Kim speaks for the shop.
var locals = []string{
	"security", "alerts", "alert", "account", "accounts", "noreply", "no-reply", "notice", "notices", "notification",
	"notifications", "notify", "service", "support", "help", "care", "cs", "contact", "info", "privacy",
	"order", "orders", "payment", "payments", "billing", "delivery", "verify", "signin", "login",
}

// isNoReply tells an address that nobody reads.
func isNoReply(addr string) bool {
	local, _, _ := strings.Cut(addr, "@")
	return local == "noreply" || local == "no-reply"
}

// FromFor is the address that messages of a kind come from.
func (s Sender) FromFor(k Kind) string {
	if addr := s.Addresses[k.Purpose()]; addr != "" {
		return addr
	}
	return s.From
}

// Froms are all addresses that messages come from, From first. They are what
// owners are told to expect.
func (s Sender) Froms() []string {
	out := []string{s.From}
	for _, p := range []Purpose{ForSecurity, ForNotices, ForOrders} {
		if addr := s.Addresses[p]; addr != "" && !slices.Contains(out, addr) {
			out = append(out, addr)
		}
	}
	if s.Addresses[ForSecurity] != "" && s.Addresses[ForNotices] != "" && s.Addresses[ForOrders] != "" {
		return out[1:] // nothing comes from From itself
	}
	return out
}

// Reply is where answers go: ReplyTo, or SupportEmail, or From.
func (s Sender) Reply() string {
	for _, a := range []string{s.ReplyTo, s.SupportEmail} {
		if a != "" {
			return a
		}
	}
	return s.From
}

func (s Sender) checkAddresses() error {
	for p := range s.Addresses {
		if p != ForSecurity && p != ForNotices && p != ForOrders {
			return fmt.Errorf("%w: Addresses: %q is no purpose", ErrSender, canon.Line(string(p), maxKind))
		}
	}
	for _, f := range []struct {
		name, addr string
		domains    []string
	}{
		{"From", s.From, []string{s.Domain}},
		{"Addresses", s.Addresses[ForSecurity], []string{s.Domain}},
		{"Addresses", s.Addresses[ForNotices], []string{s.Domain}},
		{"Addresses", s.Addresses[ForOrders], []string{s.Domain}},
		{"ReplyTo", s.ReplyTo, s.domains()},
		{"SupportEmail", s.SupportEmail, s.domains()},
	} {
		if f.addr == "" && f.name != "From" {
			continue
		}
		if err := checkPurposeAddress(f.addr, f.domains); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrSender, f.name, err)
		}
	}
	return nil
}

func checkPurposeAddress(addr string, domains []string) error {
	local, host, ok := strings.Cut(addr, "@")
	switch {
	case !ok:
		return fmt.Errorf("%q is not an address", canon.Line(addr, maxKind))
	case !slices.Contains(locals, local):
		return fmt.Errorf("%q is no purpose (one of %s)", canon.Line(local, maxKind), strings.Join(locals, ", "))
	case !slices.ContainsFunc(domains, func(d string) bool { return within(host, d) }):
		return fmt.Errorf("is not in %s", domains[0])
	}
	return checkDomain(host)
}
