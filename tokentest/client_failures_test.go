package tokentest_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// directions lets the tests of the client loop over what it does.
var directions = map[transfertoken.Permissions]func(c *client, ctx context.Context) error{
	transfertoken.Push: func(c *client, ctx context.Context) error { return c.push(ctx, []byte("some data")) },
	transfertoken.Pull: func(c *client, ctx context.Context) error { _, err := c.pull(ctx); return err },
}

func TestClientTellsEveryFailure(t *testing.T) {
	for need, transfer := range directions {
		for _, f := range tokentest.Failures(need) {
			t.Run(need.String()+"/"+f.Name, func(t *testing.T) {
				srv := tokentest.NewServer(t, nil)
				secret := f.Arrange(t, srv)
				err := transfer(&client{srv.Client(), srv.URL, secret}, t.Context())
				var refused *refusal
				require.ErrorAs(t, err, &refused)
				require.Equal(t, refusal{f.Status, f.Challenge}, *refused)
				require.NotContains(t, err.Error(), secret)
				require.Empty(t, srv.Pushes())
				require.Empty(t, srv.Pulls())
			})
		}
	}
}

func TestClientTransfers(t *testing.T) {
	srv := tokentest.NewServer(t, &tokentest.Options{TLS: true})
	srv.SetPull([]byte("remote"))
	token := srv.Service.Issue(t, transfertoken.FullAccess, transfertoken.Unlimited)
	c := &client{srv.Client(), srv.URL, token.Secret.Reveal()}
	require.NoError(t, c.push(t.Context(), []byte("local")))
	require.Equal(t, "local", string(srv.Pushes()[0].Data))
	data, err := c.pull(t.Context())
	require.NoError(t, err)
	require.Equal(t, "remote", string(data))
}

func TestClientNoticesThatItsTokenEndsDuringATransfer(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, svc *tokentest.Service, id uuid.UUID){
		"expired":   func(t *testing.T, svc *tokentest.Service, id uuid.UUID) { svc.Expire(t, id) },
		"suspended": func(t *testing.T, svc *tokentest.Service, id uuid.UUID) { svc.Suspend(t, id) },
		"revoked":   func(t *testing.T, svc *tokentest.Service, id uuid.UUID) { svc.Revoke(t, id) },
	} {
		for need, transfer := range directions {
			t.Run(need.String()+"/"+name, func(t *testing.T) {
				srv := tokentest.NewServer(t, nil)
				srv.SetPull([]byte("remote"))
				token := srv.Service.Issue(t, need, transfertoken.Days90)
				gate := srv.Hold()
				result := make(chan error, 1)
				go func() { result <- transfer(&client{srv.Client(), srv.URL, token.Secret.Reveal()}, t.Context()) }()
				<-gate.Reached()
				end(t, srv.Service, token.Token.ID)
				require.Error(t, <-result)
			})
		}
	}
}

func TestClientGivesUpOnASlowServer(t *testing.T) {
	for need, transfer := range directions {
		t.Run(need.String(), func(t *testing.T) {
			srv := tokentest.NewServer(t, nil)
			srv.SetPull([]byte("remote"))
			gate := srv.Hold()
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-gate.Reached(); cancel() }()
			token := srv.Service.Issue(t, need, transfertoken.Days7)
			err := transfer(&client{srv.Client(), srv.URL, token.Secret.Reveal()}, ctx)
			require.ErrorIs(t, err, context.Canceled)
		})
	}
}

func TestClientTellsThatNobodyIsThere(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	srv.Close()
	require.Error(t, (&client{http: srv.Client(), url: srv.URL}).push(t.Context(), nil))
}
