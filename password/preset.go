package password

// NIST is the policy of NIST SP 800-63B-4 (July 2025) §3.1.1.2 for passwords
// that are the only factor: at least 15 code points, at least 64 accepted, no
// rules on kinds of characters, no regular change; common words and the owner's
// data refused. Its blocklist also wants passwords from breaches: set
// [Config].Breach. The least strength, [DefaultMinScore], is more than the
// standard asks for. Where a second factor always follows, 8 code points are
// enough: set MinLength to 8.
func NIST() Policy { return Policy{MinLength: 15, MaxLength: DefaultMaxLength} }

// KISA is the policy that Korean shops know from the Korea Internet & Security
// Agency's guide to choosing passwords (패스워드 선택 및 이용 안내서) and from
// article 4 of the former standard for technical and managerial protection of
// personal information (개인정보의 기술적·관리적 보호조치 기준): at least ten
// characters of two kinds, or eight of three, of capital and small letters,
// digits and signs; no sequences, no repeats and nothing personal. The guide as
// revised in 2019 is content with eight of two kinds or ten of one, which every
// password under this policy meets.
func KISA() Policy {
	return Policy{MinLength: 8, MaxLength: DefaultMaxLength, Classes: []ClassRule{{MinLength: 8, Classes: 3}, {MinLength: 10, Classes: 2}}}
}

// PCI is the policy of PCI DSS 4.0.1 §8.3.6: at least 12 characters, with
// letters and digits. Its §8.3.7, none of the last four passwords again, is
// [Config].History = 4. Its §8.3.9, and §8.3.10.1 for the customers of service
// providers, want a password that is the only factor changed every 90 days or
// the account's risk analysed as it is used: this package forces no change, so
// choose the second, or a second factor.
func PCI() Policy {
	return Policy{MinLength: 12, MaxLength: DefaultMaxLength, RequireLetter: true, RequireDigit: true}
}
