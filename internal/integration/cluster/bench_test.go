//go:build linux

package cluster_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// instance is a service to measure. Tokens that writer makes are used on svc.
type instance struct {
	name        string
	writer, svc *transfertoken.TokenService
}

// BenchmarkGalera measures what it costs to wait for the other nodes.
func BenchmarkGalera(b *testing.B) {
	need(b)
	g := newGalera(b)
	waiting, late := g.services(b, &transfertoken.Options{TouchInterval: -1}, causal), g.withoutCausalReads(b)
	measure(b, []instance{
		{"wsrep_sync_wait=3", waiting[0], waiting[1]},
		{"wsrep_sync_wait=0", late[0], late[1]},
	})
}

// BenchmarkStandby measures a primary whose writes wait for the standby, one whose
// writes do not, and the standby.
func BenchmarkStandby(b *testing.B) {
	need(b)
	p := newPair(b)
	table, salt := newTable(), transfertoken.GenerateSalt()
	at := func(p place) *transfertoken.TokenService {
		return newService(b, p.migrated(b, table), salt, &transfertoken.Options{TouchInterval: -1})
	}
	primary := p.nodes[p.primary]
	here, local := at(primary.on()), at(primary.on("synchronous_commit=local"))
	pooled := at(newPooler(b, p).on("primary"))
	measure(b, []instance{
		{"synchronous_commit=remote_apply", here, here},
		{"synchronous_commit=local", local, local},
		{"standby", here, at(p.standby().on())},
		{"PgBouncer", pooled, pooled},
	})
}

// measure measures Authorize on each instance, and a Create with a Delete, one call
// after the other.
func measure(b *testing.B, instances []instance) {
	for _, i := range instances {
		issued, err := i.writer.Create(b.Context(), newPushToken(uuid.NewString()))
		require.NoError(b, err)
		require.NoError(b, poll(func() error {
			_, err := i.svc.Authorize(b.Context(), issued.Secret.Reveal(), transfertoken.Push)
			return err
		}))
		b.Run("Authorize/"+i.name, func(b *testing.B) {
			for b.Loop() {
				_, err := i.svc.Authorize(b.Context(), issued.Secret.Reveal(), transfertoken.Push)
				require.NoError(b, err)
			}
		})
		if i.svc != i.writer && i.name == "standby" {
			continue
		}
		b.Run("CreateAndDelete/"+i.name, func(b *testing.B) {
			for b.Loop() {
				issued, err := i.writer.Create(b.Context(), newPushToken(uuid.NewString()))
				require.NoError(b, err)
				require.NoError(b, i.writer.Delete(b.Context(), issued.Token.ID, transfertoken.AnyRevision))
			}
		})
	}
}
