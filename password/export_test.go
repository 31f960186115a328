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
