package integration

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// ledger has the operations that a child has acknowledged.
type ledger struct {
	lanes    [lanes]account
	dead     []string    // secrets that were replaced or whose tokens were deleted
	gone     []uuid.UUID // deleted tokens
	sessions []string
	done     int
}

// account is the token of a lane. Its revision is 0 if there is no token.
type account struct {
	token   transfertoken.Token
	secret  string
	pending string // the operation that was begun and not acknowledged
}

func (l *ledger) enter(t *testing.T, r report) {
	t.Helper()
	require.Empty(t, r.Failed, "%s in the child", r.Op)
	if r.Session != "" {
		l.sessions = append(l.sessions, r.Session)
		return
	}
	a := &l.lanes[r.Lane]
	if !r.Done {
		a.pending = r.Op
		return
	}
	l.done++
	a.pending = ""
	if r.Op == "regenerate" || r.Op == "delete" {
		l.dead = append(l.dead, a.secret)
	}
	if r.Op == "delete" {
		l.gone = append(l.gone, a.token.ID)
	}
	if r.Secret != "" {
		a.secret = r.Secret
	}
	a.token = transfertoken.Token{}
	if r.Token != nil {
		a.token = *r.Token
	}
}

// check compares the ledger with the database after the child was killed.
func (l *ledger) check(t *testing.T, svc *transfertoken.TokenService) {
	t.Helper()
	for _, a := range l.lanes {
		if a.token.Revision > 0 {
			a.check(t, svc)
		}
	}
	for _, secret := range l.dead {
		requireRefused(t, svc, secret)
	}
	for _, id := range l.gone {
		_, err := svc.Get(t.Context(), id)
		require.ErrorIs(t, err, transfertoken.ErrNotFound)
	}
}

// check fails the test unless the token is as it was acknowledged, with or without
// the whole pending operation.
func (a account) check(t *testing.T, svc *transfertoken.TokenService) {
	t.Helper()
	token, err := svc.Get(t.Context(), a.token.ID)
	switch {
	case a.pending == "delete" && err != nil:
		require.ErrorIs(t, err, transfertoken.ErrNotFound)
		requireRefused(t, svc, a.secret)
		return
	case a.pending == "regenerate" && err == nil && token.Revision == a.token.Revision+1:
		require.Equal(t, a.token.Name, token.Name)
		requireRefused(t, svc, a.secret)
		return
	case a.pending == "update" && err == nil && token.Revision == a.token.Revision+1:
		require.NotEqual(t, a.token.Name, token.Name)
		require.Equal(t, a.token.Hint, token.Hint)
		require.Equal(t, a.token.ExpiresAt, token.ExpiresAt)
	default:
		require.NoError(t, err)
		require.Equal(t, a.token, token)
	}
	_, err = svc.Authorize(t.Context(), a.secret, token.Permissions)
	require.NoError(t, err)
}

func requireRefused(t *testing.T, svc *transfertoken.TokenService, secret string) {
	t.Helper()
	for _, need := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull} {
		_, err := svc.Authorize(t.Context(), secret, need)
		require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
	}
}
