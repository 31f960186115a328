// Package strength estimates how many guesses a password withstands. It is
// pure: no I/O, no clock, no state, and every input, however long or broken,
// is judged in bounded work.
//
// The model is that of zxcvbn (Wheeler, USENIX Security 2016): the password is
// cut into the parts that an attacker would try (words and names in order of
// frequency, their reversed and l33t spellings, keyboard walks, sequences,
// repeats, dates, years, and arbitrary characters), and the cheapest way to put
// it together is its strength. Added to it is what Korean customers type:
// Hangul by the syllable, Korean typed on a keyboard left in English mode
// (two-set layout: "dkssud" is 안녕), romanised words, names, telephone and
// resident numbers, birth dates, and common words of both.
//
// The ranked words are those of github.com/nbutton23/zxcvbn-go. Its own
// estimator is not called: it needs seconds for hostile input and rates
// repeats, reversed words and Hangul far too high. Importing its lists costs
// each program some 40 ms and 6 MB at start, whether it checks a password or
// not; lists of our own will replace them.
//
// An estimate is a guide for people who choose a password, not a proof: a
// password that scores 4 here may stand in a list of breached passwords.
package strength
