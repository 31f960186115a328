// Package axe holds axe-core, which finds faults of accessibility in a page that
// a browser shows. For tests alone; nothing else imports it.
package axe

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"
)

// axe-core 4.13.0, as published (MPL-2.0, LICENSE.axe), compressed.
//
//go:embed axe.min.js.gz
var packed []byte

// Run is JavaScript for a page that has run [Source]: a promise of its
// violations, one text each: rule, help, and where.
const Run = `axe.run(document, {resultTypes: ["violations"]}).then(r =>
	r.violations.map(v => v.id + ": " + v.help + " at " + v.nodes.map(n => n.target.join(" ")).join("; ")))`

// Source gives the script.
var Source = sync.OnceValues(unpack)

func unpack() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	script, err := io.ReadAll(r)
	return string(script), err
}
