package korean

import "strings"

// role says what a key types: the places of its jamo among initials, medials
// and finals, each plus one, 0 for none.
type role struct{ ini, med, fin uint8 }

// roles of the 52 keys, lower case first; a capital that shift leaves
// unchanged counts as the plain letter.
var roles = func() (t [128]role) {
	set := func(k string, place func(*role) *uint8, i int) {
		if len(k) != 1 {
			return
		}
		*place(&t[k[0]]) = uint8(i + 1)
	}
	for i, k := range initials {
		set(k, func(r *role) *uint8 { return &r.ini }, i)
	}
	for i, k := range medials {
		set(k, func(r *role) *uint8 { return &r.med }, i)
	}
	for i, k := range finals {
		set(k, func(r *role) *uint8 { return &r.fin }, i)
	}
	for c := 'A'; c <= 'Z'; c++ {
		if t[c] == (role{}) {
			t[c] = t[c+'a'-'A']
		}
	}
	return t
}()

func roleOf(c rune) role {
	if c < 0 || c >= 128 {
		return role{}
	}
	return roles[c]
}

// doubleMedial joins two medials typed one after the other, given and
// returned as places plus one; 0 if they do not join.
func doubleMedial(a, b uint8) uint8 {
	switch [2]uint8{a, b} {
	case [2]uint8{9, 1}: // ㅗㅏ
		return 10
	case [2]uint8{9, 2}: // ㅗㅐ
		return 11
	case [2]uint8{9, 21}: // ㅗㅣ
		return 12
	case [2]uint8{14, 5}: // ㅜㅓ
		return 15
	case [2]uint8{14, 6}: // ㅜㅔ
		return 16
	case [2]uint8{14, 21}: // ㅜㅣ
		return 17
	case [2]uint8{19, 21}: // ㅡㅣ
		return 20
	}
	return 0
}

// doubleFinal does the same for finals.
func doubleFinal(a, b uint8) uint8 {
	switch [2]uint8{a, b} {
	case [2]uint8{2, 20}: // ㄱㅅ
		return 4
	case [2]uint8{5, 23}: // ㄴㅈ
		return 6
	case [2]uint8{5, 28}: // ㄴㅎ
		return 7
	case [2]uint8{9, 2}: // ㄹㄱ
		return 10
	case [2]uint8{9, 17}: // ㄹㅁ
		return 11
	case [2]uint8{9, 18}: // ㄹㅂ
		return 12
	case [2]uint8{9, 20}: // ㄹㅅ
		return 13
	case [2]uint8{9, 26}: // ㄹㅌ
		return 14
	case [2]uint8{9, 27}: // ㄹㅍ
		return 15
	case [2]uint8{9, 28}: // ㄹㅎ
		return 16
	case [2]uint8{18, 20}: // ㅂㅅ
		return 19
	}
	return 0
}

// syllableAt reads the syllable that keys begin with: an initial, the longest
// medial, and the longest final that leaves no medial without an initial after
// it. n is the number of keys read, 0 if there is no whole syllable.
func syllableAt(keys []rune) (c rune, n int) {
	if len(keys) < 2 {
		return 0, 0
	}
	ini, med := roleOf(keys[0]).ini, roleOf(keys[1]).med
	if ini == 0 || med == 0 {
		return 0, 0
	}
	n = 2
	if n < len(keys) {
		if d := doubleMedial(med, roleOf(keys[n]).med); d != 0 {
			med, n = d, n+1
		}
	}
	fin, taken := finalAt(keys[n:])
	return syllable(int(ini)-1, int(med)-1, fin), n + taken
}

// finalAt reads a final of up to two keys, but none that the next syllable
// needs for its initial.
func finalAt(keys []rune) (fin, n int) {
	needed := func(i int) bool { return i+1 < len(keys) && roleOf(keys[i+1]).med != 0 }
	if len(keys) == 0 || roleOf(keys[0]).fin == 0 || needed(0) {
		return 0, 0
	}
	one := roleOf(keys[0]).fin
	if len(keys) > 1 && !needed(1) {
		if two := doubleFinal(one, roleOf(keys[1]).fin); two != 0 {
			return int(two) - 1, 2
		}
	}
	return int(one) - 1, 1
}

// Compose reads keys as a two-set keyboard would: "dkssud" is "안녕". Keys that
// make no whole syllable stay as they are; syllables says how many were made
// and covered how many keys went into them. Capitals count as shifted where
// shift matters and as plain letters elsewhere. The time is linear in the
// number of keys, whatever they are.
func Compose(keys []rune) (text string, syllables, covered int) {
	var b strings.Builder
	for i := 0; i < len(keys); {
		c, n := syllableAt(keys[i:])
		if n == 0 {
			b.WriteRune(keys[i])
			i++
			continue
		}
		b.WriteRune(c)
		syllables++
		covered += n
		i += n
	}
	return b.String(), syllables, covered
}

// Typed gives what a keyboard left in Korean shows for Latin keys, lone jamo
// included: "hello" comes out as "ㅗ디ㅣㅐ". It is what [LatinKeys] undoes.
func Typed(keys string) string {
	r := []rune(keys)
	var b strings.Builder
	for i := 0; i < len(r); {
		c, n := syllableAt(r[i:])
		if n == 0 {
			c, n = loneAt(r[i:])
		}
		b.WriteRune(c)
		i += n
	}
	return b.String()
}

// loneAt reads keys that make no syllable: a medial of one or two keys, or one
// consonant. Other characters stay.
func loneAt(keys []rune) (rune, int) {
	k := roleOf(keys[0])
	if k.ini != 0 {
		return jamoOf(initials[k.ini-1]), 1
	}
	if k.med == 0 {
		return keys[0], 1
	}
	if len(keys) > 1 {
		if d := doubleMedial(k.med, roleOf(keys[1]).med); d != 0 {
			return jamoOf(medials[d-1]), 2
		}
	}
	return jamoOf(medials[k.med-1]), 1
}

// jamoOf finds the lone jamo that keys type.
func jamoOf(keys string) rune {
	for i, k := range lone {
		if k == keys {
			return firstJamo + rune(i)
		}
	}
	return 0
}
