package sqlstore

import "context"

// maxAttempts bounds how often a call is tried that the database undid, or that
// failed for a duplicate which was gone when it was looked for.
const maxAttempts = 5

// attempt makes a call. If it fails, obstacle looks for the record that it may
// have failed for and returns ErrNameTaken, ErrSecretTaken or ErrConflict; it is
// told whether the database spoke of a duplicate. obstacle may be nil.
func (s *Store) attempt(ctx context.Context, call func() error, obstacle func(duplicate bool) error) error {
	for try := 1; ; try++ {
		err := call()
		if err == nil || contract(err) {
			return err
		}
		kind := s.kind(err)
		if obstacle != nil && kind != undone && ctx.Err() == nil {
			if found := obstacle(kind == duplicate); contract(found) {
				return found
			}
		}
		if try == maxAttempts || kind != duplicate && kind != undone {
			return s.failure(ctx, err)
		}
	}
}
