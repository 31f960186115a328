package strength

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"
)

// list names where a word comes from.
type list uint8

const (
	listPasswords list = iota
	listEnglish
	listFemale
	listSurnames
	listFilm
	listMale
	listOwn // the user's own words
)

// String is the name that zxcvbn gives the list.
func (l list) String() string {
	return [...]string{"passwords", "english_wikipedia", "female_names", "surnames", "us_tv_and_film", "male_names", "user_inputs"}[l]
}

// packed holds the six lists; see data/README.md.
//
//go:embed data/words.txt.gz
var packed []byte

// words is the table of all lists, built on first use, so that a program that
// never estimates pays nothing but the bytes of the file.
var words = sync.OnceValue(func() *table { return newTable(unpack()) })

// table is a trie of the words. Its nodes are numbered breadth first, so that
// the children of node n are first[n] up to first[n+1] and lie side by side.
type table struct {
	first []uint32
	label []byte
	rank  []uint16 // 0: no word ends here
	list  []list
}

// child gives the node that c leads to, 0 if there is none: the root is no
// node's child.
func (t *table) child(n uint32, c rune) uint32 {
	if c >= 128 {
		return 0
	}
	at := bytes.IndexByte(t.label[t.first[n]:t.first[n+1]], byte(c))
	if at < 0 {
		return 0
	}
	return t.first[n] + uint32(at)
}

func unpack() []byte {
	var text bytes.Buffer
	text.Grow(1 << 20)
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		_, err = io.Copy(&text, r)
	}
	if err != nil {
		panic("strength: the word table is damaged: " + err.Error()) // it is part of the program
	}
	return text.Bytes()
}

// entry is a word on its way into the trie: where its rest begins, and what it
// is.
type entry struct {
	at   uint32
	rank uint16
	list list
}

func entries(text []byte) []entry {
	all := make([]entry, 0, 1<<17)
	in, rank := list(0), uint16(0)
	for at := 0; at < len(text); {
		end := at + bytes.IndexByte(text[at:], '\n')
		if text[at] != '#' {
			rank++
			all = append(all, entry{uint32(at), rank, in})
		} else if at > 0 {
			in, rank = in+1, 0
		}
		at = end + 1
	}
	return all
}

// newTable sorts the words into a trie, one level after the other: the words
// of a node are parted by their next byte, each part is a child. A line's end
// sorts before every other byte.
func newTable(text []byte) *table {
	const nodes = 1 << 18
	t := &table{make([]uint32, 0, nodes), make([]byte, 0, nodes), make([]uint16, 0, nodes), make([]list, 0, nodes)}
	all := entries(text)
	spare := make([]entry, len(all))
	t.add(0)
	begin := make([]uint32, 1, nodes) // where each node's words begin in all; they end where end says
	end := append(make([]uint32, 0, nodes), uint32(len(all)))
	for n := 0; n < len(t.label); n++ {
		t.first = append(t.first, uint32(len(t.label)))
		lo, hi := begin[n], end[n]
		part(all[lo:hi], spare, text)
		if lo < hi && text[all[lo].at] == '\n' {
			t.rank[n], t.list[n] = all[lo].rank, all[lo].list
			lo++
		}
		for lo < hi {
			c, k := text[all[lo].at], lo
			for k < hi && text[all[k].at] == c {
				all[k].at++
				k++
			}
			t.add(c)
			begin, end = append(begin, lo), append(end, k)
			lo = k
		}
	}
	t.first = append(t.first, uint32(len(t.label)))
	return t
}

func (t *table) add(c byte) {
	t.label = append(t.label, c)
	t.rank = append(t.rank, 0)
	t.list = append(t.list, 0)
}

// part sorts words by their next byte: by insertion where they are few, else by
// counting.
func part(all, spare []entry, text []byte) {
	if len(all) < 24 {
		for i := 1; i < len(all); i++ {
			for k := i; k > 0 && text[all[k].at] < text[all[k-1].at]; k-- {
				all[k], all[k-1] = all[k-1], all[k]
			}
		}
		return
	}
	var place [129]int
	for _, e := range all {
		place[text[e.at]+1]++
	}
	for c := 1; c < len(place); c++ {
		place[c] += place[c-1]
	}
	for _, e := range all {
		c := text[e.at]
		spare[place[c]] = e
		place[c]++
	}
	copy(all, spare)
}
