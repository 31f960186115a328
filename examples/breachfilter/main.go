// Command breachfilter turns a list of breached passwords into the file that
// breach.OpenFilter loads:
//
//	breachfilter -format hibp -min-count 10 -out breached.filter pwnedpasswords.txt
//
// It reads the files that are named, or the standard input. The lists:
//
//   - hibp: lines HASH:COUNT in ascending order, as the downloader of Have I
//     Been Pwned writes them (github.com/HaveIBeenPwned/PwnedPasswordsDownloader;
//     tens of gigabytes, more than a thousand million hashes). It takes some 40
//     bytes of memory for each hash of the largest 256th of the list: 160 MB for
//     a thousand million.
//   - hashes: lines HASH or HASH:COUNT in any order; 8 to 16 bytes a hash.
//   - passwords: one password a line, UTF-8, as the lists of common passwords
//     come; each also in the form that the library hashes (NFKC).
//
// A hash is the SHA-1 in forty hex digits. -min-count leaves out what was seen
// less often; lines without a count count as seen once.
//
// The file has 2.3 bytes a hash for lists of many millions, and up to 3 for
// some hundred thousand; the program that loads it needs the same in memory.
// One password in 65,536 that is not in the list is taken for breached. With
// -bits 8 the size is half, and the rate is one in 256: only for a filter whose
// hits are confirmed online. A thousand million hashes make 2.3 GB with 16 bits,
// 1.15 GB with 8; -min-count leaves what attackers try first.
//
// An existing file is replaced once the new one is whole.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.com/accountsec/password/breach"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "breachfilter:", err)
		}
		os.Exit(2)
	}
}

// options are the command's flags.
type options struct {
	format, out    string
	bits, minCount int
	files          []string
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("breachfilter", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.format, "format", "hibp", "what a line is: hibp, hashes or passwords")
	flags.StringVar(&o.out, "out", "", "the file to write")
	flags.IntVar(&o.bits, "bits", 16, "bits of a fingerprint: 16, one false positive in 65,536, or 8, one in 256")
	flags.IntVar(&o.minCount, "min-count", 1, "leave out what was seen less often")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.files = flags.Args()
	switch {
	case o.out == "":
		return o, errors.New("-out is missing")
	case formats[o.format] == nil:
		return o, fmt.Errorf("-format %q is none of hibp, hashes, passwords", o.format)
	case o.minCount < 1: // 0 would take the padding in
		return o, errors.New("-min-count is at least 1")
	case o.format == "passwords" && o.minCount != 1:
		return o, errors.New("-min-count has no meaning for a list of passwords, which has no counts")
	case o.format == "hibp" && len(o.files) > 1:
		return o, errors.New("-format hibp takes one file, in ascending order; for several, use -format hashes")
	}
	return o, nil
}

func run(args []string, stdin io.Reader, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	// Beside its place, so that the rename is one step.
	file, err := os.CreateTemp(filepath.Dir(o.out), ".breachfilter-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // gone if all went well
	hashes, err := build(o, file, stdin, stderr)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Chmod(file.Name(), 0o644); err != nil { // CreateTemp made it private
		return err
	}
	if err := os.Rename(file.Name(), o.out); err != nil {
		return err
	}
	info, err := os.Stat(o.out)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s: %d hashes, %d bytes, one false positive in %d\n", o.out, hashes, info.Size(), 1<<o.bits)
	return nil
}

// build reads the lists into a filter; it says how many hashes there are.
func build(o options, w *os.File, stdin io.Reader, stderr io.Writer) (int64, error) {
	b, err := breach.NewFilterBuilder(w, breach.FilterConfig{Bits: o.bits, MinCount: o.minCount, Sorted: o.format == "hibp"})
	if err != nil {
		return 0, err
	}
	l := &list{builder: b, format: formats[o.format], minCount: o.minCount, progress: stderr}
	if len(o.files) == 0 {
		if err := l.read("standard input", stdin); err != nil {
			return 0, err
		}
	}
	for _, name := range o.files {
		if err := l.open(name); err != nil {
			return 0, err
		}
	}
	if l.added == 0 {
		return 0, errors.New("the list is empty, or nothing in it reaches -min-count")
	}
	fmt.Fprintf(stderr, "%d lines read, %d taken; writing\n", l.lines, l.added)
	if err := b.Close(); err != nil {
		return 0, err
	}
	return b.Hashes(), w.Sync()
}
