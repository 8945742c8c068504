package integration

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// operation is a call of a service that needs the database.
type operation struct {
	name   string
	writes bool
	call   func(context.Context) error
}

// operations returns all operations, on a token that exists.
func operations(svc *transfertoken.TokenService, issued transfertoken.Issued, grant transfertoken.Grant) []operation {
	id, secret := issued.Token.ID, issued.Secret.Reveal()
	return []operation{
		{"Authorize", false, func(ctx context.Context) error {
			_, err := svc.Authorize(ctx, secret, transfertoken.Push)
			return err
		}},
		{"Recheck", false, grant.Recheck},
		{"Get", false, func(ctx context.Context) error {
			_, err := svc.Get(ctx, id)
			return err
		}},
		{"List", false, func(ctx context.Context) error {
			_, err := svc.List(ctx, transfertoken.ListOptions{})
			return err
		}},
		{"Salts", false, func(ctx context.Context) error {
			_, err := svc.Salts(ctx)
			return err
		}},
		{"Create", true, func(ctx context.Context) error {
			_, err := svc.Create(ctx, newPushToken("one more"))
			return err
		}},
		{"Update", true, func(ctx context.Context) error {
			name := "renamed"
			_, err := svc.Update(ctx, id, transfertoken.Changes{Name: &name})
			return err
		}},
		{"Regenerate", true, func(ctx context.Context) error {
			_, err := svc.Regenerate(ctx, id, transfertoken.AnyRevision)
			return err
		}},
		{"Delete", true, func(ctx context.Context) error {
			return svc.Delete(ctx, id, transfertoken.AnyRevision)
		}},
	}
}

// patience is the time after which a call counts as hanging. It is long for the sake
// of busy machines.
const patience = 2 * time.Minute

// awaitReturn makes a call and returns its error. It fails the test if the call
// hangs.
func awaitReturn(t *testing.T, call func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		require.Fail(t, "the call hangs")
		return nil
	}
}

// createGranted creates a token and returns it with a grant.
func createGranted(t *testing.T, svc *transfertoken.TokenService) (transfertoken.Issued, transfertoken.Grant) {
	t.Helper()
	issued, err := svc.Create(t.Context(), newPushToken("nightly"))
	require.NoError(t, err)
	grant, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
	require.NoError(t, err)
	return issued, grant
}
