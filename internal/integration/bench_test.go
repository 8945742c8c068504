package integration

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// BenchmarkStore measures the stores with 1,000 and with 1,000,000 tokens.
func BenchmarkStore(b *testing.B) {
	for _, backend := range backends {
		b.Run(backend.name, func(b *testing.B) {
			backend.need(b)
			p := backend.place(b)
			if p.dialect == sqlstore.SQLite { // the default of 2 MB holds only a part of the index
				p = p.with(b, "_cache_size", "-20000").with(b, "_pragma", "cache_size(-20000)")
			}
			bench := bench{place: p, db: p.open(b), salt: transfertoken.GenerateSalt()}
			store := p.over(b, bench.db)
			require.NoError(b, store.Migrate(b.Context()))
			bench.svc = newService(b, store, bench.salt, &transfertoken.Options{AcceptForeign: true, TouchInterval: -1})
			for _, size := range []int{1000, 1_000_000} {
				p.fill(b, bench.size, size, func(number int) transfertoken.Digest { return bench.salt.Digest(secret(number)) })
				p.settle(b, bench.db)
				bench.size = size
				b.Run(fmt.Sprintf("%d/Authorize", size), bench.authorize)
				b.Run(fmt.Sprintf("%d/Page", size), bench.page)
				b.Run(fmt.Sprintf("%d/Create", size), bench.create)
			}
		})
	}
}

// secret is that of a token that fill has made, in a format that
// Options.AcceptForeign lets through.
func secret(number int) string { return fmt.Sprintf("secret-%032d", number) }

type bench struct {
	place
	db   *sql.DB
	svc  *transfertoken.TokenService
	salt transfertoken.Salt
	size int
}

// authorize takes turns with a prepared SELECT of the same columns, so that
// both meet the same noise. The tokens in use are warm, as they would be.
func (m *bench) authorize(b *testing.B) {
	raw, err := m.db.PrepareContext(b.Context(), "SELECT id, name, description, permissions, lifespan, created_by, hint, "+
		"created_at, updated_at, expires_at, last_used_at, revision, digest, salt_id FROM "+m.table+" WHERE digest = "+
		map[bool]string{true: "$1", false: "?"}[m.dialect == sqlstore.PostgreSQL])
	require.NoError(b, err)
	defer raw.Close()
	authorize := func(secret string) {
		if _, err := m.svc.Authorize(b.Context(), secret, transfertoken.Push); err != nil {
			b.Fatal(err)
		}
	}
	selectRaw := func(digest transfertoken.Digest) {
		var row plainRow
		if err := raw.QueryRowContext(b.Context(), digest[:]).Scan(row.dests()...); err != nil {
			b.Fatal(err)
		}
	}
	const inUse = 500
	var secrets [inUse]string
	var digests [inUse]transfertoken.Digest // of others: what one has read is faster for the other
	for i := range inUse {
		secrets[i] = secret(rand.IntN(m.size))
		digests[i] = m.salt.Digest(secret(rand.IntN(m.size)))
		authorize(secrets[i])
		selectRaw(digests[i])
	}
	var spent, spentRaw time.Duration
	n := 0
	for b.Loop() {
		i := n % inUse
		n++
		start := time.Now()
		authorize(secrets[i])
		middle := time.Now()
		selectRaw(digests[i])
		spentRaw += time.Since(middle)
		spent += middle.Sub(start)
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(n), "ns/op")
	b.ReportMetric(float64(spentRaw.Nanoseconds())/float64(n), "raw-ns/op")
	b.ReportMetric(float64(spent)/float64(spentRaw), "x-raw")
}

// settle does at once what the database does after a while with so many rows.
func (p place) settle(t testing.TB, db *sql.DB) {
	t.Helper()
	p.analyze(t, db)
	if p.dialect == sqlstore.SQLite {
		_, err := db.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
		require.NoError(t, err)
	}
}

// plainRow is what a program would scan the columns into.
type plainRow struct {
	id, digest                                           []byte
	name, description, lifespan, createdBy, hint, saltID string
	permissions, revision                                int64
	createdAt, updatedAt, expiresAt, lastUsedAt          sql.NullInt64
}

func (r *plainRow) dests() []any {
	return []any{
		&r.id, &r.name, &r.description, &r.permissions, &r.lifespan, &r.createdBy, &r.hint,
		&r.createdAt, &r.updatedAt, &r.expiresAt, &r.lastUsedAt, &r.revision, &r.digest, &r.saltID,
	}
}

// page reads 100 tokens from anywhere.
func (m *bench) page(b *testing.B) {
	tokens, err := m.svc.List(b.Context(), transfertoken.ListOptions{Limit: 1})
	require.NoError(b, err)
	first := tokens[0].ID
	var last uuid.UUID
	newest := "SELECT id FROM " + m.table + " ORDER BY id DESC LIMIT 1"
	require.NoError(b, m.db.QueryRowContext(b.Context(), newest).Scan(&last))
	for b.Loop() {
		after := between(first, last)
		if _, err := m.svc.List(b.Context(), transfertoken.ListOptions{After: after, Limit: 100}); err != nil {
			b.Fatal(err)
		}
	}
}

// between returns an ID within the milliseconds of two others.
func between(first, last uuid.UUID) uuid.UUID {
	millis := func(id uuid.UUID) (n int64) {
		for _, b := range id[:6] {
			n = n<<8 | int64(b)
		}
		return n
	}
	n := millis(first) + rand.Int64N(max(1, millis(last)-millis(first)))
	var id uuid.UUID
	for i := 5; i >= 0; i-- {
		id[i] = byte(n)
		n >>= 8
	}
	return id
}

func (m *bench) create(b *testing.B) {
	run := time.Now().UnixNano()
	n := 0
	for b.Loop() {
		n++
		if _, err := m.svc.Create(b.Context(), push(fmt.Sprintf("bench %d %d", run, n))); err != nil {
			b.Fatal(err)
		}
	}
}
