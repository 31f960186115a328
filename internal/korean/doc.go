// Package korean knows what somebody who guesses Korean passwords would try:
// Hangul, Hangul typed with the keyboard in English and the other way round,
// romanised words, names, phone numbers, birth dates and resident numbers.
//
// It is pure: no I/O, no clock, no goroutine. All functions may be called
// concurrently, take hostile input, and are bounded in time by its length.
package korean
