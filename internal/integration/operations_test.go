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

// operations are all of them, on a token that exists.
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
			_, err := svc.Create(ctx, push("one more"))
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

// patience is how long a call may take before it counts as hanging. It is long
// because a busy machine may take that long.
const patience = 2 * time.Minute

// returns fails the test if a call does not come back.
func returns(t *testing.T, call func() error) error {
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

// granted returns a token of a service and a grant for it.
func granted(t *testing.T, svc *transfertoken.TokenService) (transfertoken.Issued, transfertoken.Grant) {
	t.Helper()
	issued, err := svc.Create(t.Context(), push("nightly"))
	require.NoError(t, err)
	grant, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
	require.NoError(t, err)
	return issued, grant
}
