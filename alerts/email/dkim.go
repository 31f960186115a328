package email

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/wneessen/go-mail"

	"example.com/accountsec/alerts"
)

// DKIM says how mails are signed (RFC 6376), so that receivers can tell that
// they are the shop's and were not changed on the way. The zero value does not
// sign.
//
// A mail has one RSA signature, which every receiver knows, and after it one by
// Ed25519 (RFC 8463) if there is such a key. Each field is signed once more
// than it occurs, so that none can be added either.
type DKIM struct {
	// Domain vouches for the mails (d=). It is the domain of Sender.From or one
	// above it, not above Sender.Domain: only then does DMARC count the
	// signature. Defaults to the domain of Sender.From.
	Domain string
	// Keys are the private keys, at most eight, one of them RSA. Of each
	// algorithm the one signs whose NotBefore came last. Defaults to none.
	Keys []DKIMKey
}

// String names the domain and the keys.
func (d DKIM) String() string { return fmt.Sprintf("email.DKIM{%s %v}", d.Domain, d.Keys) }

// Format keeps every verb redacted.
func (d DKIM) Format(f fmt.State, _ rune) { fmt.Fprint(f, d.String()) } //nolint:errcheck

// LogValue is String.
func (d DKIM) LogValue() slog.Value { return slog.StringValue(d.String()) }

// DKIMKey is a private key and the name under which DNS has its public half.
//
// To change a key, publish the new one's record, add the new key with a
// NotBefore a day or two ahead, and roll that out: every instance changes over
// at that moment. Leave the old record in DNS for another week, while mails
// that it signed may still be on their way, then publish it with an empty p=.
type DKIMKey struct {
	// Selector names the key: <Selector>._domainkey.<Domain>. Required.
	Selector string
	// Signer is the key: an [*rsa.PrivateKey] of 2048 to 4096 bits, an
	// [ed25519.PrivateKey], or something that keeps one of them (a KMS) and is
	// safe for concurrent use. Required.
	Signer crypto.Signer
	// NotBefore is when the key begins to sign. Defaults to at once.
	NotBefore time.Time
}

// String hides the key.
func (k DKIMKey) String() string { return "email.DKIMKey{" + k.Selector + "}" }

// Format keeps every verb redacted.
func (k DKIMKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) } //nolint:errcheck

// LogValue is String.
func (k DKIMKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText hides the key from JSON.
func (k DKIMKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// signedFields are what a receiver shows, answers to, threads by, interprets or
// acts on (RFC 6376 §5.4.1 and §8.15, RFC 8058 §4). Fields that a mail lacks are
// signed as absent: some programs show the Sender beside From, and References put
// a mail into a conversation. A mail server that adds a Sender of its own breaks
// the signature. Resent-… are whoever's who passes a mail on.
var signedFields = []string{
	"From", "Sender", "Reply-To", "To", "Cc", "In-Reply-To", "References", "Subject", "Date", "Message-ID", "MIME-Version",
	"Content-Type", "Content-Transfer-Encoding", "Content-Language", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post",
}

const maxKeys = 8

// check reports what is wrong, and fills in the domain.
func (d *DKIM) check(s alerts.Sender, now time.Time) error {
	if len(d.Keys) == 0 {
		if d.Domain != "" {
			return errors.New("there is a Domain but no key")
		}
		return nil
	}
	if d.Domain == "" {
		d.Domain = hostOf(s.From)
	}
	for _, from := range s.Froms() {
		if !within(hostOf(from), d.Domain) || !within(d.Domain, s.Domain) {
			return fmt.Errorf("the Domain is neither %s nor above it within %s: DMARC would not count the signature", hostOf(from), s.Domain)
		}
	}
	if len(d.Keys) > maxKeys {
		return fmt.Errorf("more than %d keys", maxKeys)
	}
	d.Keys = slices.Clone(d.Keys)
	seen := map[string]bool{}
	for _, k := range d.Keys {
		if err := k.check(); err != nil {
			return err
		}
		if seen[strings.ToLower(k.Selector)] {
			return fmt.Errorf("the selector %s is there twice", k.Selector)
		}
		seen[strings.ToLower(k.Selector)] = true
	}
	if d.current("rsa", now) == nil {
		return errors.New("no RSA key signs yet, and many receivers know nothing else")
	}
	return nil
}

func hostOf(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }

// forOld is who signs until an announced change: the same keys, under the old
// domain where that is another. Their records belong below both.
func (d DKIM) forOld(s alerts.Sender, now time.Time) (DKIM, error) {
	if s.Change == nil || len(d.Keys) == 0 {
		return d, nil
	}
	old := s.Change.Old
	if !within(hostOf(old.From), d.Domain) || !within(d.Domain, old.Domain) {
		d.Domain = ""
	}
	err := d.check(old, now)
	return d, err
}

// dkimFor is who signs mails from an address: the sender's domain, or the old one
// while that is still the sender's.
func (n *Notifier) dkimFor(from string) *DKIM {
	if len(n.cfg.DKIM.Keys) > 0 && !within(hostOf(from), n.cfg.DKIM.Domain) {
		return &n.old
	}
	return &n.cfg.DKIM
}

func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

func (k DKIMKey) check() error {
	if !isHost(k.Selector) {
		return errors.New("a Selector is not a DNS name")
	}
	if k.Signer == nil {
		return fmt.Errorf("the key %s has no Signer", k.Selector)
	}
	switch pub := k.Signer.Public().(type) {
	case *rsa.PublicKey:
		if bits := pub.N.BitLen(); bits < 2048 || bits > 4096 {
			return fmt.Errorf("the key %s has %d bits; it takes 2048 to 4096", k.Selector, bits)
		}
	case ed25519.PublicKey:
	default:
		return fmt.Errorf("the key %s is neither RSA nor Ed25519", k.Selector)
	}
	return nil
}

// algorithm is the k= of the key's record.
func algorithm(pub crypto.PublicKey) string {
	switch pub.(type) {
	case *rsa.PublicKey:
		return "rsa"
	case ed25519.PublicKey:
		return "ed25519"
	}
	return ""
}

// current is the key of an algorithm that signs now, or nil.
func (d *DKIM) current(algo string, now time.Time) *DKIMKey {
	var best *DKIMKey
	for i := range d.Keys {
		k := &d.Keys[i]
		if algorithm(k.Signer.Public()) != algo || k.NotBefore.After(now) {
			continue
		}
		if best == nil || !k.NotBefore.Before(best.NotBefore) {
			best = k
		}
	}
	return best
}

const signatureField = "DKIM-Signature"

// sign adds the signatures to msg. go-mail 0.8 can sign by itself, but breaks
// the signature when its list of fields is folded, so the fields are signed as
// go-mail writes them and the signatures handed to it ready. It is done before
// the server is called: a key that cannot be reached sends nothing unsigned.
func (d *DKIM) sign(msg *mail.Msg, now time.Time) error {
	if len(d.Keys) == 0 {
		return nil
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		return err
	}
	var signatures []string
	for _, algo := range []string{"rsa", "ed25519"} {
		k := d.current(algo, now)
		if k == nil {
			continue
		}
		s, err := d.signature(k, raw.Bytes())
		if err != nil {
			return err
		}
		signatures = append(signatures, strings.TrimSpace(s))
	}
	// go-mail keeps one ready field per name; the second rides on the first.
	value := strings.TrimPrefix(strings.Join(signatures, "\r\n"), signatureField+":")
	msg.SetGenHeaderPreformatted(signatureField, strings.TrimSpace(value))
	return nil
}

func (d *DKIM) signature(k *DKIMKey, raw []byte) (string, error) {
	s, err := dkim.NewSigner(&dkim.SignOptions{
		Domain: d.Domain, Selector: k.Selector, Signer: k.Signer, Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: append(signedFields[:len(signedFields):len(signedFields)], signedFields...),
	})
	if err != nil {
		return "", err
	}
	_, err = s.Write(raw)
	if closeErr := s.Close(); err == nil { // always: the signer's goroutine ends there
		err = closeErr
	}
	if err != nil {
		return "", err
	}
	return s.Signature(), nil
}
