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
