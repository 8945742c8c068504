package tokentest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

func newClient(t *testing.T, srv *tokentest.Server) (*client, transfertoken.Token) {
	issued := srv.Service.Issue(t, transfertoken.FullAccess, transfertoken.Days30)
	return &client{srv.Client(), srv.URL, issued.Secret.Reveal()}, issued.Token
}

func TestServerRecordsWhatItReceived(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	c, token := newClient(t, srv)
	req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/push", strings.NewReader("first"))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+c.secret)
	req.Header.Set("Content-Type", "application/x-tar")
	res, err := srv.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.NoError(t, c.push(t.Context(), nil))

	pushes := srv.Pushes()
	require.Len(t, pushes, 2)
	require.Equal(t, "first", string(pushes[0].Data))
	require.Equal(t, token.ID, pushes[0].Token.ID)
	require.Equal(t, "application/x-tar", pushes[0].Header.Get("Content-Type"))
	require.NotContains(t, pushes[0].Header, "Authorization")
	require.NoError(t, pushes[0].Err)
	require.Empty(t, pushes[1].Data)
	require.Empty(t, srv.Pulls())
}

func TestServerSendsWhatIsSet(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	c, token := newClient(t, srv)
	large := []byte(strings.Repeat("0123456789", 1<<20))
	for _, data := range [][]byte{nil, {'x'}, []byte("odd"), large} {
		if data != nil {
			sent := slices.Clone(data)
			srv.SetPull(sent)
			clear(sent) // it was copied
		}
		got, err := c.pull(t.Context())
		require.NoError(t, err)
		require.Equal(t, string(data), string(got))
		pulls := srv.Pulls()
		last := pulls[len(pulls)-1]
		require.Equal(t, string(data), string(last.Data))
		require.Equal(t, token.ID, last.Token.ID)
	}
	require.Len(t, srv.Pulls(), 4)
}

func TestServerRecordsWhyATransferWasCutOff(t *testing.T) {
	failure := errors.New("disk on fire")
	for name, test := range map[string]struct {
		end  func(t *testing.T, svc *tokentest.Service, token transfertoken.Token)
		want error
	}{
		"revoked": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			svc.Revoke(t, token.ID)
		}, transfertoken.ErrUnauthorized},
		"expired": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			svc.Expire(t, token.ID)
		}, transfertoken.ErrExpired},
		"suspended": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			svc.Suspend(t, token.ID)
		}, transfertoken.ErrSuspended},
		"store failing": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			svc.Fail(failure)
		}, failure},
	} {
		t.Run(name, func(t *testing.T) {
			srv := tokentest.NewServer(t, nil)
			srv.SetPull([]byte("remote"))
			c, token := newClient(t, srv)
			gate := srv.Hold()
			result := make(chan error, 2)
			go func() { result <- c.push(t.Context(), []byte("local")) }()
			go func() { _, err := c.pull(t.Context()); result <- err }()
			<-gate.Reached()
			test.end(t, srv.Service, token)
			require.Error(t, <-result)
			require.Error(t, <-result)
			for _, transfer := range append(srv.Pushes(), srv.Pulls()...) {
				require.ErrorIs(t, transfer.Err, test.want)
				require.NotEqual(t, "remote", string(transfer.Data))
			}
		})
	}
}

func TestPullThatIsCutOffGivesHalf(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	srv.SetPull([]byte("remote"))
	c, token := newClient(t, srv)
	gate := srv.Hold()
	go func() { <-gate.Reached(); srv.Service.Revoke(t, token.ID) }()
	data, err := c.pull(t.Context())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, "rem", string(data))
	require.Equal(t, "rem", string(srv.Pulls()[0].Data))
}

func TestPushWhoseBodyNeverEndsIsCutOff(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	issued := srv.Service.Issue(t, transfertoken.Push, transfertoken.Days7)
	gate := srv.Hold()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nAuthorization: Bearer %s\r\n\r\npart",
		issued.Secret.Reveal())
	<-gate.Reached()
	gate.Open()
	srv.Service.Revoke(t, issued.Token.ID)
	answer, _ := io.ReadAll(conn) // until the server closes it
	require.Empty(t, answer)
	require.Equal(t, transfertoken.ErrUnauthorized, srv.Pushes()[0].Err)
}

func TestGateLetsThroughWhenOpened(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	c, _ := newClient(t, srv)
	gate := srv.Hold()
	result := make(chan error, 1)
	go func() { result <- c.push(t.Context(), []byte("late")) }()
	<-gate.Reached()
	require.Empty(t, srv.Pushes())
	gate.Open()
	gate.Open()
	require.NoError(t, <-result)
	require.Equal(t, "late", string(srv.Pushes()[0].Data))
	require.NoError(t, c.push(t.Context(), nil), "an open gate stays open")
}

// The token is good for longer, and the body unread: only the gate can end it.
func TestEndOfTheTestOpensTheGates(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	secret := svc.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
	result := make(chan error, 1)
	t.Run("", func(inner *testing.T) {
		srv := tokentest.NewServer(inner, &tokentest.Options{Service: svc})
		gate := srv.Hold()
		go func() { result <- (&client{http.DefaultClient, srv.URL, secret}).push(t.Context(), []byte("data")) }()
		<-gate.Reached()
	})
	<-result // whole or cut off, but at an end
}

func TestPullThatNobodyReadsIsCutOff(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	srv.SetPull(make([]byte, 64<<20))
	issued := srv.Service.Issue(t, transfertoken.Pull, transfertoken.Days7)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "GET /pull HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", issued.Secret.Reveal())
	_, err = io.ReadFull(conn, make([]byte, len("HTTP/1.1 200 OK")))
	require.NoError(t, err)
	srv.Service.Revoke(t, issued.Token.ID)
	srv.Close() // returns when the server is done with the request
	require.Equal(t, transfertoken.ErrUnauthorized, srv.Pulls()[0].Err)
}

// countingTB counts the lines of its log.
type countingTB struct {
	*testing.T
	lines atomic.Int64
}

func (tb *countingTB) Logf(string, ...any) { tb.lines.Add(1) }

// A *testing.T would panic.
func TestNothingIsLoggedAfterTheTest(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
	done := make(chan struct{})
	hijack := func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			<-r.Context().Done()
		}
	}
	tb := &countingTB{}
	t.Run("", func(inner *testing.T) {
		tb.T = inner
		srv := tokentest.NewServer(tb, &tokentest.Options{Service: svc, Push: http.HandlerFunc(hijack)})
		require.Error(t, (&client{http.DefaultClient, srv.URL, "x"}).push(t.Context(), nil))
		require.EqualValues(t, 1, tb.lines.Load(), "what is refused is logged")
		err := (&client{http.DefaultClient, srv.URL, issued.Secret.Reveal()}).push(t.Context(), nil)
		require.Equal(t, &refusal{http.StatusSwitchingProtocols, ""}, err)
	})
	svc.Revoke(t, issued.Token.ID)
	<-done
	require.EqualValues(t, 1, tb.lines.Load())
}

func TestServerCanBeDisabledAndEnabled(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	c, _ := newClient(t, srv)
	srv.Disable()
	require.Equal(t, &refusal{http.StatusNotImplemented, ""}, c.push(t.Context(), nil))
	srv.Enable()
	require.NoError(t, c.push(t.Context(), nil))
}

func TestServerWithProtocolAndServiceOfTheTest(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	srv := tokentest.NewServer(t, &tokentest.Options{
		Service:     svc,
		PushPattern: "PUT /archives/{name}",
		Push: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			grant, _ := httpauth.GrantFrom(r.Context())
			io.WriteString(w, r.PathValue("name")+" by "+grant.Token.Name)
		}),
		PullPattern: "GET /archives/",
	})
	require.Same(t, svc, srv.Service)
	srv.SetPull([]byte("archive"))
	c, token := newClient(t, srv)
	data, err := c.do(t.Context(), "PUT", "/archives/a", nil, http.StatusOK)
	require.NoError(t, err)
	require.Equal(t, "a by "+token.Name, string(data))
	data, err = c.do(t.Context(), "GET", "/archives/a", nil, http.StatusOK)
	require.NoError(t, err)
	require.Equal(t, "archive", string(data))
	require.Equal(t, &refusal{http.StatusNotFound, ""}, c.push(t.Context(), nil))
	svc.Clock.Advance(31 * 24 * time.Hour)
	_, err = c.do(t.Context(), "GET", "/archives/a", nil, http.StatusOK)
	require.EqualError(t, err, "the token has expired: ask for a new one")
}
