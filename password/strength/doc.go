// Package strength estimates how many guesses a password withstands. It is
// pure: no I/O, no clock, no state but tables that are read once, and every
// input, however long or broken, is judged in bounded time and memory.
//
// The model is that of zxcvbn 4.4.2 (Wheeler, USENIX Security 2016): the
// password is taken apart into what an attacker would try (words and names in
// order of frequency, their reversed and l33t spellings, walks on the keyboard,
// repeats, sequences, years, dates, and arbitrary characters), and the cheapest
// way to put it together is its strength. With [Config].Reference it gives
// zxcvbn's own scores, guesses and feedback: this package's tests hold it to
// 2,722 recorded passwords of up to 100 ASCII characters. Beyond ASCII it counts
// code points, where zxcvbn counts UTF-16 units.
//
// # What is added
//
// Without that field, which is the recommended model,
//
//   - every password that scores 2 or less has a warning, and one made of the
//     user's own data says so. zxcvbn gives none to a third of them;
//   - Korean is recognised: Hangul, Hangul typed with the keyboard in English
//     ("dkssud" is 안녕) and the other way round, romanised words, names, jamo,
//     phone numbers, birth dates, resident registration numbers;
//   - years after 2019 are recent.
//
// All of this can only lower an estimate.
//
// # Bounds
//
// The first 100 characters are judged. A longer password is worth no more than
// the weakest of its beginnings from 48 characters on, so that no padding hides
// what is weak, while 48 characters that are hard to guess score 4 alone. The
// worst of some thousand hostile inputs took 2 ms, with as many of the user's
// words as are used 3 ms.
// zxcvbn itself takes minutes for some inputs of a few hundred characters.
//
// # Cost
//
// The word lists (93,855 words, 382 KB packed) and the Korean ones are unpacked
// when the first password is judged, which took 40 ms on two shared cores,
// allocated 13 MB and keeps 4 MB. A program that imports the package and judges
// none pays nothing at its start.
//
// An estimate is a guide for people who choose a password, not a proof: a
// password that scores 4 here may stand in a list of breached passwords.
package strength
