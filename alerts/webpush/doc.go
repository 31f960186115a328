// Package webpush delivers alerts to browsers that their owners have allowed to
// show notifications (RFC 8030, 8291 and 8292).
package webpush
