package strapi_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// deaths are the ways in which a token stops to be good, with what the command line shows.
var deaths = []struct {
	name, message string
	kill          func(t *testing.T, b *backend)
}{
	{"revoked", "Missing or invalid credentials", func(t *testing.T, b *backend) {
		require.NoError(t, b.svc.Delete(t.Context(), b.token.Token.ID, transfertoken.AnyRevision))
	}},
	{"expired", "Token expired", func(t *testing.T, b *backend) {
		b.ahead.Add(int64(8 * 24 * time.Hour))
	}},
	{"narrowed", "Forbidden", func(t *testing.T, b *backend) {
		rest := transfertoken.Pull
		if b.pulls {
			rest = transfertoken.Push
		}
		_, err := b.svc.Update(t.Context(), b.token.Token.ID, transfertoken.Changes{Permissions: &rest})
		require.NoError(t, err)
	}},
	{"regenerated", "Missing or invalid credentials", func(t *testing.T, b *backend) {
		_, err := b.svc.Regenerate(t.Context(), b.token.Token.ID, transfertoken.AnyRevision)
		require.NoError(t, err)
	}},
}

// The stages in which the token of a test dies, beside those of datatransfer.Stages.
const (
	beforeBegin  = "before begin"
	beforeCommit = "before commit"
)

// A token that dies during a push of the command line ends it: the command says why and fails,
// and the backend keeps its old data. Before the first and after the last record only the
// checks before Begin and before Commit can notice; within a stage only RecheckEvery can.
// The deaths are tried in turns, one in each stage.
func TestTokenDiesDuringACLIPush(t *testing.T) {
	t.Parallel()
	from := strapi.Seeded(t)
	old := outdated(seededData(t))
	stages := []string{beforeBegin}
	for _, stage := range datatransfer.Stages() {
		stages = append(stages, string(stage))
	}
	for n, stage := range append(stages, beforeCommit) {
		death := deaths[n%len(deaths)]
		t.Run(death.name+" in "+stage, func(t *testing.T) {
			var b *backend
			opts := remote.HandlerOptions{RecheckEvery: 10 * time.Millisecond}
			if stage == beforeBegin || stage == beforeCommit {
				opts.RecheckEvery = time.Hour
			}
			opts.Destination = func(ctx context.Context) (datatransfer.Destination, error) {
				dst, err := b.Destination(ctx)
				return &deadlyDestination{dst, stage, func() { death.kill(t, b) }}, err
			}
			b = backendWith(t, old.Source(), opts)
			before := b.Snapshot()
			result := from.RunShared(t, b.toFlags()...)
			require.Equal(t, 1, result.Code, result.Output)
			require.Contains(t, result.Output, death.message)
			transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
		})
	}
}

// A token that dies during a pull of the command line ends it as well: the command says why and
// fails. The project that pulls is left as Strapi leaves it, which is not tested here.
func TestTokenDiesDuringACLIPull(t *testing.T) {
	t.Parallel()
	to := strapi.New(t)
	stages := []string{beforeBegin}
	for _, stage := range datatransfer.Stages() {
		stages = append(stages, string(stage))
	}
	for n, stage := range stages {
		death := deaths[n%len(deaths)]
		t.Run(death.name+" in "+stage, func(t *testing.T) {
			var b *backend
			b = backendWith(t, seededData(t).Source(), remote.HandlerOptions{
				RecheckEvery: 10 * time.Millisecond,
				Source: func(ctx context.Context) (datatransfer.Source, error) {
					src, err := b.Source(ctx)
					return &deadlySource{src, stage, func() { death.kill(t, b) }}, err
				},
			})
			b.pulls = true
			result := to.RunShared(t, b.fromFlags()...)
			require.Equal(t, 1, result.Code, result.Output)
			require.Contains(t, result.Output, death.message)
		})
	}
}

// deadlyDestination kills the token at one moment. In a stage it then waits for the end of the
// transfer, which only the death can cause.
type deadlyDestination struct {
	datatransfer.Destination
	at   string
	kill func()
}

func (d *deadlyDestination) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	if d.at == beforeBegin {
		d.kill()
	}
	return d.Destination.Schemas(ctx)
}

func (d *deadlyDestination) WriteEntities(ctx context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return d.Destination.WriteEntities(ctx, killAfterFirst(ctx, seq, d.at == string(datatransfer.StageEntities), d.kill))
}

func (d *deadlyDestination) WriteAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	return d.Destination.WriteAssets(ctx, killAfterFirst(ctx, seq, d.at == string(datatransfer.StageAssets), d.kill))
}

func (d *deadlyDestination) WriteLinks(ctx context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return d.Destination.WriteLinks(ctx, killAfterFirst(ctx, seq, d.at == string(datatransfer.StageLinks), d.kill))
}

func (d *deadlyDestination) WriteConfiguration(ctx context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	here := d.at == string(datatransfer.StageConfiguration)
	err := d.Destination.WriteConfiguration(ctx, killAfterFirst(ctx, seq, here, d.kill))
	if d.at == beforeCommit {
		d.kill()
	}
	return err
}

// deadlySource is deadlyDestination for a Source.
type deadlySource struct {
	datatransfer.Source
	at   string
	kill func()
}

func (s *deadlySource) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	if s.at == beforeBegin {
		s.kill()
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return s.Source.Schemas(ctx)
}

func (s *deadlySource) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return killAfterFirst(ctx, s.Source.Entities(ctx), s.at == string(datatransfer.StageEntities), s.kill)
}

func (s *deadlySource) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return killAfterFirst(ctx, s.Source.Assets(ctx), s.at == string(datatransfer.StageAssets), s.kill)
}

func (s *deadlySource) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return killAfterFirst(ctx, s.Source.Links(ctx), s.at == string(datatransfer.StageLinks), s.kill)
}

func (s *deadlySource) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	return killAfterFirst(ctx, s.Source.Configuration(ctx), s.at == string(datatransfer.StageConfiguration), s.kill)
}

// killAfterFirst yields one record, kills, waits for the end of ctx and yields why it ended. It
// yields everything if it is not to happen here.
func killAfterFirst[T any](ctx context.Context, seq iter.Seq2[T, error], here bool, kill func()) iter.Seq2[T, error] {
	if !here {
		return seq
	}
	return func(yield func(T, error) bool) {
		for record, err := range seq {
			if !yield(record, err) || err != nil {
				return
			}
			break
		}
		kill()
		<-ctx.Done()
		var none T
		yield(none, context.Cause(ctx))
	}
}
