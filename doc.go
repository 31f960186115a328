// Package accountsec lets an online shop's customers protect their accounts:
// see the package table in README.md.
package accountsec
