// Package zxcvbngo lets a [password.Policy] judge strength by
// github.com/nbutton23/zxcvbn-go, for those who are bound to it, and is the
// peer that password/strength is measured against. Prefer the latter.
//
// The peer ports zxcvbn 1, which adds up entropy, not zxcvbn 4, which counts
// guesses. Measured against zxcvbn 4.4.2 on the 395 passwords of
// password/strength/testdata/reference.jsonl: the same score for 192, a HIGHER
// one, which is the unsafe side, for 41; password/strength gives the same for
// all. The causes, read in its source and seen in its answers:
//
//   - no words spelt backwards, no repeats but of one character, no sequences
//     with a step: "isles" four times, "srefsnart1" and "dgjmpsvy" score 3 or 4;
//   - l33t substitutions are found and then cost nothing;
//   - 7,141 common passwords instead of 30,000, and no list of recent years;
//   - nothing Korean, and Hangul counts as random characters: most words of
//     three syllables score 4;
//   - no warnings, no suggestions: a customer is told a number.
//
// Its time is not bounded by itself: 64 characters of l33t symbols took it one
// second, 256 random ones half a minute. This package hands it [MaxRunes]
// characters, for which it took at most some 85 ms. A password counts only by
// them. Importing the package costs each program some 60 ms and 18 MB of
// allocations at start, whether it judges a password or not.
package zxcvbngo
