package sqlstore_test

import (
	"database/sql/driver"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

func TestRecordsThatTheColumnsCannotHoldAreRefused(t *testing.T) {
	late := time.Unix(math.MaxInt64/1000, 0)
	early := time.Unix(math.MinInt64/1000, 0)
	for _, test := range []struct {
		name   string
		change func(*transfertoken.Record)
		fields []string
	}{
		{"NUL in the name", func(r *transfertoken.Record) { r.Name = "a\x00b" }, []string{"name"}},
		{"invalid UTF-8 in the name", func(r *transfertoken.Record) { r.Name = "\xff" }, []string{"name"}},
		{"surrogate in the name", func(r *transfertoken.Record) { r.Name = "\xed\xa0\x80" }, []string{"name"}},
		{"long name", func(r *transfertoken.Record) { r.Name = strings.Repeat("n", 256) }, []string{"name"}},
		{"NUL in the description", func(r *transfertoken.Record) { r.Description = "\x00" }, []string{"description"}},
		{"long description", func(r *transfertoken.Record) { r.Description = strings.Repeat("ä", 2001) },
			[]string{"description"}},
		{"long createdBy", func(r *transfertoken.Record) { r.CreatedBy = strings.Repeat("c", 256) },
			[]string{"createdBy"}},
		{"invalid lifespan", func(r *transfertoken.Record) { r.Lifespan = "\x00" }, []string{"lifespan"}},
		{"long lifespan", func(r *transfertoken.Record) {
			r.Lifespan = transfertoken.Lifespan(strings.Repeat("7", 256))
		}, []string{"lifespan"}},
		{"long hint", func(r *transfertoken.Record) { r.Hint = strings.Repeat("h", 256) }, []string{"hint"}},
		{"long salt ID", func(r *transfertoken.Record) { r.SaltID = strings.Repeat("5", 256) }, []string{"saltId"}},
		{"late expiry", func(r *transfertoken.Record) { r.ExpiresAt = late }, []string{"expiresAt"}},
		{"early expiry", func(r *transfertoken.Record) { r.ExpiresAt = early }, []string{"expiresAt"}},
		{"late creation", func(r *transfertoken.Record) { r.CreatedAt = late }, []string{"createdAt"}},
		{"late change", func(r *transfertoken.Record) { r.UpdatedAt = late }, []string{"updatedAt"}},
		{"late use", func(r *transfertoken.Record) { r.LastUsedAt = late }, []string{"lastUsedAt"}},
		{"revision zero", func(r *transfertoken.Record) { r.Revision = 0 }, []string{"revision"}},
		{"negative revision", func(r *transfertoken.Record) { r.Revision = -1 }, []string{"revision"}},
		{"all at once", func(r *transfertoken.Record) {
			r.Revision, r.Name, r.Hint, r.SaltID = 0, "\x00", "\x00", "\x00"
		},
			[]string{"revision", "name", "hint", "saltId"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, dialect := range dialects {
				var f fake
				store := f.store(t, dialect, nil)
				r := sample()
				test.change(&r)
				requireFields(t, store.Create(t.Context(), r), test.fields...)
				requireFields(t, store.Update(t.Context(), r), test.fields...)
				require.Empty(t, f.executed)
			}
		})
	}
}

func TestOtherBadArgumentsAskNothing(t *testing.T) {
	var f fake
	store := f.store(t, sqlstore.PostgreSQL, nil)
	ctx := t.Context()

	r := sample()
	r.ID = uuid.Nil
	requireFields(t, store.Create(ctx, r), "id")
	require.ErrorIs(t, store.Update(ctx, r), transfertoken.ErrNotFound)
	r = sample()
	r.Digest = transfertoken.Digest{}
	requireFields(t, store.Create(ctx, r), "digest")
	r = sample()
	r.Revision = 1
	requireFields(t, store.Update(ctx, r), "revision")
	_, err := store.Get(ctx, uuid.Nil)
	require.ErrorIs(t, err, transfertoken.ErrNotFound)
	for _, digests := range [][]transfertoken.Digest{nil, {}, {{}}, {{}, {}}} {
		_, err := store.FindByDigest(ctx, digests)
		require.ErrorIs(t, err, transfertoken.ErrNotFound)
	}
	for _, limit := range []int{0, -1, 1001} {
		_, err := store.List(ctx, transfertoken.ListOptions{Limit: limit})
		requireFields(t, err, "limit")
		_, err = store.PurgeExpired(ctx, time.Unix(1, 0), limit)
		requireFields(t, err, "limit")
	}
	_, err = store.PurgeExpired(ctx, time.Unix(math.MaxInt64/1000, 0), 1)
	requireFields(t, err, "end")
	purged, err := store.PurgeExpired(ctx, time.Time{}, 1)
	require.NoError(t, err)
	require.Empty(t, purged)
	id, digest := sample().ID, sample().Digest
	requireFields(t, store.Rekey(ctx, id, digest, transfertoken.Digest{}, "9f3a01bc"), "digest")
	requireFields(t, store.Rekey(ctx, id, digest, transfertoken.Digest{1}, "\x00"), "saltId")
	requireFields(t, store.Touch(ctx, id, time.Unix(math.MaxInt64/1000, 0)), "lastUsedAt")
	require.Empty(t, f.executed)
}

func TestExtremesThatFitAreStored(t *testing.T) {
	var stored []driver.Value
	f := fake{answer: func(_ string, args []driver.Value) ([][]driver.Value, error) {
		stored = args
		return [][]driver.Value{{}}, nil
	}}
	store := f.store(t, sqlstore.SQLite, nil)
	r := sample()
	r.Name = strings.Repeat("😀", 255)
	r.Description = strings.Repeat("😀", 2000)
	r.Permissions = 255
	r.Suspended = true
	r.CreatedAt = time.UnixMilli(0)
	r.UpdatedAt = time.Unix(math.MaxInt64/1000-1, 0)
	r.ExpiresAt = time.Unix(-math.MaxInt64/1000+1, 0)
	r.Revision = math.MaxInt64
	require.NoError(t, store.Create(t.Context(), r))
	require.Equal(t, []driver.Value{
		r.ID[:], r.Name, r.Description, int64(255), true, "30 days", "ops", "a1b2c3",
		int64(0), int64((math.MaxInt64/1000 - 1) * 1000), int64((-math.MaxInt64/1000 + 1) * 1000), nil,
		int64(math.MaxInt64), r.Digest[:], "9f3a01bc",
	}, stored)
}
