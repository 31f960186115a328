package korean

// entry is what a key sequence may stand for.
type entry struct {
	word string // in Hangul or as in the list
	keys string // as typed with shift where shift is due
	rank float64
	form form
	next int32 // another entry with the same lower-case keys, 0 for none
}

// form says how a sequence of keys is to be read.
type form uint8

const (
	formTyped   form = iota // keys of Hangul on the two-set keyboard
	formRoman               // romanised by rule
	formLatin               // listed in Latin letters
	formNumber              // digits read as a word
	formEnglish             // Latin, for Hangul that came out by mistake
)

// trie finds all words that begin at one place in a single walk, which ends as
// soon as no word goes on. Children are linked lists: words are short and most
// walks end after three keys. Index 0 stands for none in every field.
type trie struct {
	top     [128]int32 // the children of the root, by key: most walks end here
	nodes   []node
	entries []entry
}

type node struct {
	child, next, entry int32
	label              byte
}

func newTrie() *trie { return &trie{nodes: make([]node, 2), entries: make([]entry, 1)} }

const root = 1

// step goes on by one key; 0 if no word does.
func (t *trie) step(at int32, key byte) int32 {
	if at == root {
		return t.top[key&127]
	}
	for n := t.nodes[at].child; n != 0; n = t.nodes[n].next {
		if t.nodes[n].label == key {
			return n
		}
	}
	return 0
}

// add puts a word in, under the lower case of its keys. The first of two equal
// entries stays, so lists are added with the likeliest first.
func (t *trie) add(e entry) {
	at := int32(root)
	for i := range len(e.keys) {
		key := lower(e.keys[i])
		n := t.step(at, key)
		if n == 0 {
			n = int32(len(t.nodes))
			t.nodes = append(t.nodes, node{label: key, next: t.nodes[at].child})
			if at == root {
				t.top[key&127] = n
			} else {
				t.nodes[at].child = n
			}
		}
		at = n
	}
	for old := t.nodes[at].entry; old != 0; old = t.entries[old].next {
		if t.entries[old].form == e.form && t.entries[old].keys == e.keys {
			return
		}
	}
	e.next = t.nodes[at].entry
	t.nodes[at].entry = int32(len(t.entries))
	t.entries = append(t.entries, e)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
