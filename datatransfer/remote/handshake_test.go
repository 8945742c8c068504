package remote_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// connects are the three ways to reach a remote.
var connects = map[string]func(ctx context.Context, url, token string) error{
	"Pull": func(ctx context.Context, url, token string) error {
		src, err := remote.Pull(ctx, url, token, nil)
		if err == nil {
			src.Close()
		}
		return err
	},
	"Push": func(ctx context.Context, url, token string) error {
		_, err := remote.Push(ctx, url, token, nil)
		return err
	},
	"Check": func(ctx context.Context, url, token string) error {
		return remote.Check(ctx, url, token, transfertoken.FullAccess, nil)
	},
}

func TestErrorsOfTheHandshakeAreToldApart(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	for _, c := range []struct {
		how  transfertest.Refusal
		want error
		text string
	}{
		{transfertest.RefuseUnauthorized, remote.ErrUnauthorized, "does not accept the token"},
		{transfertest.RefuseExpired, remote.ErrExpired, "has expired"},
		{transfertest.RefuseSuspended, remote.ErrSuspended, "is suspended"},
		{transfertest.RefuseForbidden, remote.ErrForbidden, "a push token"},
		{transfertest.RefuseDisabled, remote.ErrDisabled, "does it end in /admin?"},
		{transfertest.RefuseBusy, remote.ErrBusy, "busy"},
		{transfertest.RefuseWebPage, nil, "status 200"},
		{transfertest.RefuseNoUpgrade, nil, "may drop the upgrade to WebSocket"},
		{transfertest.RefuseBadGateway, nil, "status 502"},
	} {
		for name, connect := range connects {
			t.Run(fmt.Sprintf("%s/%s", c.how, name), func(t *testing.T) {
				r.Refuse(c.how)
				err := connect(t.Context(), r.URL, r.Token)
				require.ErrorContains(t, err, c.text)
				require.NotContains(t, err.Error(), r.Token)
				if c.want != nil {
					require.ErrorIs(t, err, c.want)
					return
				}
				var handshake *remote.HandshakeError
				require.ErrorAs(t, err, &handshake)
			})
		}
	}
	r.Refuse("")
	for name, connect := range connects {
		require.NoError(t, connect(t.Context(), r.URL+"/", r.Token), "%s, with a slash behind the address", name)
		err := connect(t.Context(), r.URL, "another-token")
		require.ErrorIs(t, err, remote.ErrUnauthorized)
		require.NotErrorIs(t, err, remote.ErrExpired)
		require.ErrorIs(t, connect(t.Context(), strings.TrimSuffix(r.URL, "/admin"), r.Token), remote.ErrDisabled, name)
	}
}

func TestTokenGoesToNoOtherHost(t *testing.T) {
	asked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(other.Close)
	r := transfertest.NewRemote(t, newInstance(t))
	for _, location := range []string{other.URL + "/admin", "/elsewhere"} {
		r.Redirect(location)
		for name, connect := range connects {
			var handshake *remote.HandshakeError
			require.ErrorAs(t, connect(t.Context(), r.URL, r.Token), &handshake, name)
			require.Equal(t, http.StatusFound, handshake.Status)
			require.Contains(t, handshake.Error(), "redirect")
		}
	}
	require.False(t, asked)
}

func TestAddressesAndTokensThatCannotBeRightAreRefusedBeforeAnythingIsSent(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	host := strings.TrimPrefix(r.URL, "http://")
	for _, c := range []struct{ url, token string }{
		{"", r.Token},
		{host, r.Token},
		{"ws://" + host, r.Token},
		{"file:///admin", r.Token},
		{"http:///admin", r.Token},
		{"http://name:password@" + host, r.Token},
		{r.URL + "?token=x", r.Token},
		{r.URL + "#x", r.Token},
		{"http://%zz/admin", r.Token},
		{r.URL, ""},
		{r.URL, r.Token + "\n"},
		{r.URL, " " + r.Token},
		{r.URL, "two words"},
		{r.URL, "tökens-are-ascii"},
		{r.URL, "line\r\nX-Header: injected"},
	} {
		for name, connect := range connects {
			err := connect(t.Context(), c.url, c.token)
			require.ErrorIs(t, err, datatransfer.ErrInvalid, "%s %q %q", name, c.url, c.token)
			if c.token != "" {
				require.NotContains(t, err.Error(), c.token)
			}
			require.NotContains(t, err.Error(), "password@")
		}
	}
	require.Zero(t, r.Handshakes())
	require.ErrorIs(t, remote.Check(t.Context(), r.URL, r.Token, 0, nil), datatransfer.ErrInvalid)
}

func TestWrongSchemeOfAnAddressIsTold(t *testing.T) {
	plain := transfertest.NewRemote(t, newInstance(t))
	address := strings.TrimPrefix(plain.URL, "http://")
	secure := httptest.NewTLSServer(nil)
	t.Cleanup(secure.Close)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	for name, connect := range connects {
		require.ErrorContains(t, connect(t.Context(), address, plain.Token), "must begin with http:// or https://", name)
		require.ErrorContains(t, connect(t.Context(), "https://"+address, plain.Token), "begin with http://", name)
		http := "http://" + strings.TrimPrefix(secure.URL, "https://") + "/admin"
		require.ErrorContains(t, connect(t.Context(), http, plain.Token), "needs https://", name)
	}
}

func TestRemoteThatCannotBeReachedIsNamed(t *testing.T) {
	server := httptest.NewServer(nil)
	url := server.URL
	server.Close()
	for name, connect := range connects {
		err := connect(t.Context(), url+"/admin", "some-token-of-the-tests")
		require.ErrorContains(t, err, strings.TrimPrefix(url, "http://"), name)
		require.NotErrorIs(t, err, remote.ErrInterrupted)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, connect := range connects {
		require.ErrorIs(t, connect(ctx, url+"/admin", "some-token-of-the-tests"), context.Canceled, name)
	}
}

func TestCheckChangesNothing(t *testing.T) {
	instance := newInstance(t)
	before := instance.Snapshot()
	r := transfertest.NewRemote(t, instance)
	require.NoError(t, remote.Check(t.Context(), r.URL, r.Token, transfertoken.Pull, nil))
	require.NoError(t, remote.Check(t.Context(), r.URL, r.Token, transfertoken.Push, nil))
	transfertest.RequireEqual(t, before.Source(), instance.Snapshot().Source())
	require.Equal(t, 2, r.Handshakes())
}
