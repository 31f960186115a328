package korean

// walk visits the entries that begin at a key, end with a character, and can be
// read in the script of the text: Hangul exactly as written, Latin letters in
// any case, digits.
func (f *finder) walk(t *trie, k int, visit func(e *entry, m int, s script)) {
	at := int32(root)
	for m := k; m < len(f.low); m++ {
		if at = t.step(at, f.low[m]); at == 0 {
			return
		}
		if !f.ends[m] {
			continue
		}
		for i := t.nodes[at].entry; i != 0; i = t.entries[i].next {
			e := &t.entries[i]
			if s, ok := f.reads(e, k, m); ok {
				visit(e, m, s)
			}
		}
	}
}

// reads tells in which script an entry stands at the keys from k to m.
func (f *finder) reads(e *entry, k, m int) (script, bool) {
	hangul, latin := f.of(k, m)
	switch {
	case hangul && latin:
		return 0, false
	case hangul:
		return scriptHangul, e.form == formEnglish || e.form == formTyped && string(f.raw[k:m+1]) == e.keys
	case e.form == formNumber:
		return scriptNone, true
	case e.form == formTyped:
		return scriptTyped, latin
	}
	return scriptRoman, latin && e.form != formEnglish
}

// wordsAt reports the words that begin at a key.
func (f *finder) wordsAt(k int) {
	f.walk(f.words, k, func(e *entry, m int, s script) {
		ways := shift(f.raw[k:m+1], e.keys)
		switch {
		case e.form == formEnglish:
			f.report(k, m, 2*e.rank, KoreanLayoutLatin, e.word)
		case s == scriptHangul:
			f.report(k, m, e.rank, HangulWord, e.word)
			f.piece(s, k, m, 2*e.rank)
		case s == scriptNone:
			f.report(k, m, e.rank, HangulWord, e.word)
			f.piece(s, k, m, 2*e.rank)
		case s == scriptRoman:
			f.report(k, m, e.rank*ways, Romanized, e.word)
			f.piece(s, k, m, 2*e.rank*ways)
		case !allJamo(e.word):
			if m-k+1 >= leastTyped {
				f.report(k, m, 2*e.rank*ways, QwertyHangul, e.word)
			}
			f.piece(s, k, m, 2*e.rank*ways)
		}
	})
}

func allJamo(word string) bool {
	for _, c := range word {
		if !isJamo(c) {
			return false
		}
	}
	return true
}

// leastName is the least number of Latin letters of a name.
const leastName = 5

// namesAt reports the names that begin at a key: surname and given name, a
// listed given name alone, and in Latin letters the given name first.
func (f *finder) namesAt(k int) {
	f.walk(f.surnames, k, func(s *entry, m int, _ script) {
		f.givenAt(m+1, s.form, func(n int, rank float64, word func() string) {
			f.name(k, n, s.form, s.rank*rank, func() string { return s.word + word() })
		})
	})
	f.walk(f.given, k, func(g *entry, m int, sc script) {
		if sc != scriptHangul || len(g.word) > len("가") {
			f.name(k, m, g.form, 2*g.rank, func() string { return g.word })
		}
		if g.form != formRoman {
			return
		}
		f.walk(f.surnames, m+1, func(s *entry, n int, _ script) {
			if s.form == formRoman {
				f.name(k, n, s.form, 2*s.rank*g.rank, func() string { return s.word + g.word })
			}
		})
	})
}

// givenAt visits given names, listed and put together, in one form.
func (f *finder) givenAt(k int, as form, visit func(m int, rank float64, word func() string)) {
	f.walk(f.given, k, func(g *entry, m int, _ script) {
		if g.form == as {
			visit(m, g.rank, func() string { return g.word })
		}
	})
	f.walk(f.firsts, k, func(a *entry, m int, _ script) {
		if a.form != as {
			return
		}
		f.walk(f.seconds, m+1, func(b *entry, n int, _ script) {
			if b.form == as {
				visit(n, max(givenRank, a.rank*b.rank), func() string { return a.word + b.word })
			}
		})
	})
}

// givenRank is the least rank of a given name that is not listed.
const givenRank = 300

func (f *finder) name(k, m int, as form, guesses float64, word func() string) {
	hangul, latin := f.of(k, m)
	if hangul && latin || latin && m-k+1 < leastName {
		return
	}
	s := scriptHangul
	if latin {
		guesses *= 2 * shift(f.raw[k:m+1], string(f.low[k:m+1]))
		s = scriptTyped
		if as == formRoman {
			s = scriptRoman
		}
	}
	f.report(k, m, guesses, KoreanName, word())
	f.piece(s, k, m, 2*guesses)
}
