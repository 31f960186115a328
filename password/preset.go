package password

// NIST is the policy of NIST SP 800-63B-4 §3.1.1.2 for passwords that are the
// only factor: at least 15 code points, no rules on kinds of characters, common
// words and the owner's data refused. The least strength, [DefaultMinScore],
// is more than the standard asks for. Where a second factor always follows, 8
// code points are enough: set MinLength to 8.
func NIST() Policy { return Policy{MinLength: 15, MaxLength: DefaultMaxLength} }

// KISA is the policy of the Korea Internet & Security Agency's guide to choosing
// passwords: at least ten characters of two kinds, or eight of three, of
// capital and small letters, digits and signs; no sequences, no repeats and
// nothing personal.
func KISA() Policy {
	return Policy{MinLength: 8, MaxLength: DefaultMaxLength, Classes: []ClassRule{{MinLength: 8, Classes: 3}, {MinLength: 10, Classes: 2}}}
}

// PCI is the policy of PCI DSS 4.0.1 §8.3.6: at least 12 characters, with
// letters and digits. Its §8.3.7 on former passwords is [Config].History = 4.
// Its §8.3.9 wants single-factor passwords changed every 90 days or risk
// assessed at sign-in: this package forces no change, so choose the second.
func PCI() Policy {
	return Policy{MinLength: 12, MaxLength: DefaultMaxLength, RequireLetter: true, RequireDigit: true}
}
