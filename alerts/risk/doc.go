// Package risk judges how much a sign-in looks like the account's owner. It is
// pure: no I/O, no clock, no randomness, the same answer for the same input.
//
//	model, err := risk.New(risk.Config{})
//	profile := risk.DecodeProfile(row)               // of the account, ≤ 4 KiB
//	a := model.Score(profile, population, attempt)   // before the sign-in is granted
//	…
//	model.Learn(profile, attempt, now)               // after full authentication only
//	row = profile.Encode()
//
// # Model
//
// The score is a logarithm of odds: a sum of terms, each of which says how much
// likelier one observation is for a thief than for the owner. That is the model
// of Freeman, Jain, Dürmuth, Biggio and Giacinto, "Who Are You? A Statistical
// Approach to Measuring User Authenticity" (NDSS 2016), eq. 7, with the
// hierarchies of features that Wiefling, Jørgensen, Thunem and Lo Iacono
// evaluated on 31 million sign-ins ("Pump Up Password Security!", ACM TOPS
// 2022): the network as address, prefix, autonomous system (AS) and country,
// the client as user agent, version, browser, operating system and class. For
// value x of a feature, seen c times in n earlier sign-ins of the owner and in
// the share q of everybody's,
//
//	term = weight · ln( q · (n + a) / (c + a·q) )
//
// so that a value which the owner never used weighs weight · ln((n+a)/a),
// however rare it is, one that is the owner's alone speaks most for the owner,
// and one that everybody uses says little. Four things differ from the paper.
// Levels are combined as a weighted sum of logarithms in place of the logarithm
// of a weighted sum, so that each level's share can be told to the owner. The
// smoothing a grows by one with every sign-in that came with a new value: to
// whom every address is new, another one says nothing. Counts decay. And the signed device cookie, which the paper has not, leads:
// see [Config].KnownDevice.
//
// # What it is careful about
//
// More familiar never raises a score; a value that was never seen never lowers
// it; NaN and infinities go in but do not come out. A profile that cannot be
// read is no knowledge, never trust. A virtual private network, a relay, a
// host or a satellite does not say where the person is: its place is neither an
// alarm nor learned, only the habit of using one is. Below [MinHistory] sign-ins
// nothing is graded higher than [LevelNotice]. Learning is the caller's to hold
// back until the owner has proven themselves: one who has only the password must
// not train the model.
//
// Profiles hold no addresses, names or user agents. They hold hashes of them,
// which are pseudonyms and not more: who has the database can find the /24
// behind a hash. Erase them with the account.
package risk
