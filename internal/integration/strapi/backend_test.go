package strapi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// backend is a Go backend with the types of app/, and a token for it.
type backend struct {
	*transfertest.MemoryInstance
	svc   *transfertoken.TokenService
	token transfertoken.Issued
	ahead atomic.Int64 // nanoseconds that the clock of svc is ahead
	pulls bool         // the client pulls, and does not push
	url   string
}

// backendWith returns a backend with the data of a source, which it closes. opts may name
// another Source or Destination than the memory.
func backendWith(t testing.TB, src datatransfer.Source, opts remote.HandlerOptions) *backend {
	t.Helper()
	schemas, err := src.Schemas(t.Context())
	require.NoError(t, err)
	b := &backend{MemoryInstance: &transfertest.MemoryInstance{Schemas: schemas}}
	require.NoError(t, b.Fill(t.Context(), src))
	require.NoError(t, src.Close())
	b.serve(t, opts)
	return b
}

func (b *backend) serve(t testing.TB, opts remote.HandlerOptions) {
	t.Helper()
	var err error
	b.svc, err = transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), &transfertoken.Options{
		Now: func() time.Time { return time.Now().Add(time.Duration(b.ahead.Load())) },
	})
	require.NoError(t, err)
	b.token, err = b.svc.Create(t.Context(), transfertoken.NewToken{
		Name: "cli", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days7,
	})
	require.NoError(t, err)
	if opts.Source == nil {
		opts.Source = b.Source
	}
	if opts.Destination == nil {
		opts.Destination = b.Destination
	}
	handler, err := remote.NewHandler(b.svc, &opts)
	require.NoError(t, err)
	listener := httptest.NewServer(handler)
	t.Cleanup(listener.Close)
	b.url = listener.URL
}

// fromFlags returns the flags of a transfer from the backend, and toFlags of one to it.
func (b *backend) fromFlags(more ...string) []string {
	return append([]string{"transfer", "--from", b.url, "--from-token", b.token.Secret.Reveal(), "--force"}, more...)
}

func (b *backend) toFlags(more ...string) []string {
	return append([]string{"transfer", "--to", b.url, "--to-token", b.token.Secret.Reveal(), "--force"}, more...)
}

// fromFlagsThatAsk and toFlagsThatAsk are without the token and without --force.
func (b *backend) fromFlagsThatAsk(more ...string) []string {
	return append([]string{"transfer", "--from", b.url}, more...)
}

func (b *backend) toFlagsThatAsk(more ...string) []string {
	return append([]string{"transfer", "--to", b.url}, more...)
}

// seededData returns the data of the seeded project, as Strapi exports them.
func seededData(t testing.TB) *transfertest.Snapshot {
	t.Helper()
	data, err := transfertest.ReadSnapshot(t.Context(), open(t, strapi.SeededArchive(t)))
	require.NoError(t, err)
	return data
}

// behindCoalescingProxy returns the URL of a proxy in front of another one. What the server
// sends within 20 ms reaches the client as one piece, so that a client reads a reply together
// with the frame that follows it.
func behindCoalescingProxy(t testing.TB, url string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	ctx := t.Context()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				client.Close()
				continue
			}
			context.AfterFunc(ctx, func() { client.Close(); server.Close() })
			go func() {
				io.Copy(server, client)
				server.Close()
			}()
			go func() {
				coalesce(client, server)
				client.Close()
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// coalesce copies from src to dst until one of them ends.
func coalesce(dst io.Writer, src net.Conn) {
	buffer := make([]byte, 1<<20)
	for {
		src.SetReadDeadline(time.Time{})
		n, err := src.Read(buffer)
		if err == nil {
			src.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			var more int
			more, err = io.ReadFull(src, buffer[n:])
			n += more
		}
		if _, failed := dst.Write(buffer[:n]); failed != nil {
			return
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}
