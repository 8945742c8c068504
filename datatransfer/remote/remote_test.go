package remote_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// served is an instance that is reached through a handler on a loopback port.
type served struct {
	*transfertest.MemoryInstance
	url   string
	token string
}

func serveInstance(t testing.TB, opts remote.HandlerOptions) *served {
	t.Helper()
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	require.NoError(t, err)
	issued, err := svc.Create(t.Context(), transfertoken.NewToken{
		Name: "test", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days7,
	})
	require.NoError(t, err)
	instance := &transfertest.MemoryInstance{Schemas: transfertest.Generate(nil, 1).Schemas}
	opts.Source, opts.Destination = instance.Source, instance.Destination
	handler, err := remote.NewHandler(svc, &opts)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &served{instance, server.URL, issued.Secret.Reveal()}
}

// newInstance returns an instance with data of every kind.
func newInstance(t testing.TB) *transfertest.MemoryInstance {
	t.Helper()
	data := transfertest.Generate(nil, 1)
	instance := &transfertest.MemoryInstance{Schemas: data.Schemas}
	require.NoError(t, instance.Fill(t.Context(), data.Source()))
	return instance
}

func (s *served) Source(ctx context.Context) (datatransfer.Source, error) {
	return remote.Pull(ctx, s.url, s.token, nil)
}

func (s *served) Destination(ctx context.Context) (datatransfer.Destination, error) {
	return remote.Push(ctx, s.url, s.token, nil)
}

func TestRemoteInstanceKeepsTheContract(t *testing.T) {
	transfertest.Run(t, func(t testing.TB) transfertest.Instance {
		return serveInstance(t, remote.HandlerOptions{Limits: remote.HandlerLimits{Connections: -1, PerToken: -1}})
	})
}
