// Package korean knows what somebody who guesses Korean passwords would try:
// Hangul, Hangul typed with the keyboard in English and the other way round,
// romanised words, names, phone numbers, birth dates and resident numbers.
//
// It is pure: no I/O, no clock, no goroutine. All functions may be called
// concurrently, take hostile input, and are bounded in time by its length. The
// lists (see data/README.md) are read on first use, which takes some
// milliseconds; an importer that never asks pays nothing.
//
// # The model of guesses
//
// [Matches] gives for each part the number of tries after which a guesser who
// knows Korea gets to it, in the sense of zxcvbn: an estimator multiplies the
// parts and adds what their order costs.
//
//   - A word costs its rank in the list, which is the end of its rank bucket.
//   - Typed on QWERTY it costs twice that, since the guesser tries the word in
//     both layouts. Capitals are free where shift is due (땅 is "Ekd"), cost 2
//     where they are forgotten, at an end, or everywhere, and more when odd.
//   - A name costs surname rank × given-name rank; a given name that no list
//     holds costs the product of its two syllables' ranks among those that given
//     names begin and end with, at least 300. Latin letters double it, so does
//     the given name put first.
//   - Hangul that no list holds costs the product of its syllables' ranks among
//     all syllables; Hangul taken letter by letter would cost 11,172 each.
//   - Pieces side by side (김민준사랑해1004) are reported as one phrase too: the
//     product of their ranks, doubled for each word after the first.
//   - Jamo alone cost 5 (ㅋ, ㅎ, ㅠ, ㅜ, ㅇ) or 51 for each different one, times
//     how often it is repeated.
//   - A mobile number costs 8×10⁷, a birth date the 36,525 days of a century, four
//     times that with separators, month and day 366. A resident number counts a
//     million, whatever its digits, and is to be refused outright.
//   - Latin that came out as Hangul costs twice its rank in a short list. An
//     estimator with an English dictionary looks [LatinKeys] up in it as well.
package korean
