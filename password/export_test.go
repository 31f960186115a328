package password

import "context"

// Hold takes the whole budget until it is released.
func (a *Argon2id) Hold(ctx context.Context) (release func()) {
	release, err := a.acquire(ctx, a.budget)
	if err != nil {
		panic(err)
	}
	return release
}

// OnTurn makes f be called for each hash of any kind that begins, with the
// memory that it has been given; the hash waits for it.
func (a *Argon2id) OnTurn(f func(kib int64)) { a.onTurn = f }

// ParsePHC gives what a PHC string holds, and the string written again.
func ParsePHC(variant, s string) (memory, time uint32, threads uint8, again string, err error) {
	p, salt, key, err := parsePHC(variant, s)
	return p.memory, p.time, p.threads, encodePHC(variant, p, salt, key), err
}

// StoredKiB is the memory that a stored hash would be given.
func (i *Importing) StoredKiB(hash string) (int64, error) {
	s, err := i.read(hash)
	return max(s.foreign.kib, int64(s.params.memory)), err
}

// Idle tells whether nothing is taken.
func (a *Argon2id) Idle(turns int64) bool {
	if !a.turns.TryAcquire(turns) {
		return false
	}
	defer a.turns.Release(turns)
	if !a.memory.TryAcquire(a.budget) {
		return false
	}
	a.memory.Release(a.budget)
	return true
}

// Distance is the search for what is nearly a part, without a bound that it may
// stop at.
func Distance(text, part string) int { return newNearSearch([]rune(text)).distance([]rune(part), -1) }

// Spellings counts what of a person is looked for.
func Spellings(who Person) int { return len(personal(who)) }
