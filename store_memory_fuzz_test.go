package transfertoken_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// modelStore is a simple model of MemoryStore.
type modelStore []transfertoken.Record

func (m *modelStore) index(same func(transfertoken.Record) bool) int {
	return slices.IndexFunc(*m, same)
}

func (m *modelStore) byID(id uuid.UUID) int {
	return m.index(func(r transfertoken.Record) bool { return r.ID == id })
}

func (m *modelStore) create(r transfertoken.Record) error {
	if r.ID == uuid.Nil || r.Digest == (transfertoken.Digest{}) || r.Revision < 1 {
		return transfertoken.ErrInvalid
	}
	switch {
	case m.index(func(o transfertoken.Record) bool { return o.Name == r.Name }) >= 0:
		return transfertoken.ErrNameTaken
	case m.find(r.Digest) >= 0:
		return transfertoken.ErrSecretTaken
	case m.byID(r.ID) >= 0:
		return transfertoken.ErrConflict
	}
	*m = append(*m, r)
	slices.SortFunc(*m, func(a, b transfertoken.Record) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return nil
}

func (m *modelStore) update(r transfertoken.Record) error {
	if r.Revision < 2 {
		return transfertoken.ErrInvalid
	}
	i := m.byID(r.ID)
	if i < 0 {
		return transfertoken.ErrNotFound
	}
	stored := (*m)[i]
	if stored.Revision != r.Revision-1 {
		return transfertoken.ErrConflict
	}
	if r.Digest == (transfertoken.Digest{}) {
		r.Digest, r.SaltID = stored.Digest, stored.SaltID
	}
	switch {
	case m.index(func(o transfertoken.Record) bool { return o.ID != r.ID && o.Name == r.Name }) >= 0:
		return transfertoken.ErrNameTaken
	case m.index(func(o transfertoken.Record) bool { return o.ID != r.ID && o.Digest == r.Digest }) >= 0:
		return transfertoken.ErrSecretTaken
	}
	r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
	(*m)[i] = r
	return nil
}

func (m *modelStore) rekey(id uuid.UUID, from, to transfertoken.Digest, saltID string) error {
	i := m.byID(id)
	if i < 0 || (*m)[i].Digest != from {
		return nil
	}
	if to == (transfertoken.Digest{}) {
		return transfertoken.ErrInvalid
	}
	if j := m.find(to); j >= 0 && j != i {
		return transfertoken.ErrSecretTaken
	}
	(*m)[i].Digest, (*m)[i].SaltID = to, saltID
	return nil
}

func (m *modelStore) find(d transfertoken.Digest) int {
	return m.index(func(r transfertoken.Record) bool { return r.Digest == d })
}

func (m *modelStore) touch(id uuid.UUID, at time.Time) {
	if i := m.byID(id); i >= 0 && (at.IsZero() || at.After((*m)[i].LastUsedAt)) {
		(*m)[i].LastUsedAt = at
	}
}

func (m *modelStore) delete(id uuid.UUID, revision int64) error {
	i := m.byID(id)
	if i < 0 {
		return transfertoken.ErrNotFound
	}
	if revision != 0 && revision != (*m)[i].Revision {
		return transfertoken.ErrConflict
	}
	*m = slices.Delete(*m, i, i+1)
	return nil
}

func (m *modelStore) expired(end time.Time) int {
	n := 0
	for _, r := range *m {
		if !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(end) {
			n++
		}
	}
	return n
}

func (m *modelStore) list(opts transfertoken.ListOptions) []transfertoken.Record {
	page := []transfertoken.Record{}
	for _, r := range *m {
		if len(page) < opts.Limit && bytes.Compare(r.ID[:], opts.After[:]) > 0 {
			page = append(page, r)
		}
	}
	return page
}

func FuzzMemoryStore(f *testing.F) {
	create := func(id byte) []byte { return []byte{0, id, id, id, 1} }
	f.Add(
		slices.Concat(create(1), create(2), []byte{1, 1, 3, 4, 2}, []byte{3, 1, 4, 5, 0}, []byte{5, 1, 0, 0, 0},
			create(1)),
	)
	f.Add(
		slices.Concat(create(3), create(1), create(2), []byte{6, 1, 0, 9, 2}, []byte{4, 2, 0, 0, 7},
			[]byte{4, 2, 0, 0, 3}),
	)
	f.Add(
		slices.Concat(create(1), []byte{1, 1, 1, 0, 2}, []byte{1, 1, 1, 1, 2}, []byte{1, 1, 1, 1, 2},
			[]byte{3, 1, 1, 0, 0}),
	)
	f.Add(
		slices.Concat(create(0), []byte{0, 1, 0, 0, 1}, []byte{0, 1, 1, 1, 1}, []byte{0, 1, 2, 2, 1},
			[]byte{5, 1, 0, 0, 9}),
	)
	f.Add(
		slices.Concat(create(1), create(2), create(5), []byte{4, 1, 0, 0, 0}, []byte{7, 0, 1, 0, 9},
			[]byte{7, 0, 0, 0, 2}, create(2)),
	)
	f.Add(slices.Concat(create(1), []byte{1, 1, 9, 0, 2}, []byte{3, 1, 0, 7, 2}, []byte{1, 1, 8, 0, 3}))
	var many []byte
	for i := range byte(15) {
		many = append(many, create(i)...)
	}
	for i := range byte(15) {
		many = append(many, 5, i, 0, 0, 0)
	}
	f.Add(append(many, many...))

	f.Fuzz(func(t *testing.T, program []byte) {
		store, model := transfertoken.NewMemoryStore(), modelStore{}
		id := func(b byte) uuid.UUID { return uuid.UUID{0: b % 3, 15: b % 16} }
		digest := func(b byte) transfertoken.Digest { return transfertoken.Digest{0: b % 2, 63: b % 16} }
		for len(program) >= 5 {
			op, a, b, c, d := program[0], program[1], program[2], program[3], program[4]
			program = program[5:]
			record := transfertoken.Record{
				Token: transfertoken.Token{
					ID: id(a), Name: strconv.Itoa(int(b % 16)), Revision: int64(d % 8),
					CreatedAt: start.Add(time.Duration(b) * time.Hour), LastUsedAt: time.UnixMilli(int64(c)),
				},
				Digest: digest(c),
				SaltID: strconv.Itoa(int(d)),
			}
			if c%4 > 0 {
				record.ExpiresAt = time.UnixMilli(int64(c))
			}
			step := fmt.Sprintf("op %d %v", op%8, record)
			switch op % 8 {
			case 0:
				requireSameError(t, model.create(record), store.Create(t.Context(), record), step)
			case 1:
				requireSameError(t, model.update(record), store.Update(t.Context(), record), step)
			case 2:
				got, err := store.Get(t.Context(), id(a))
				if i := model.byID(id(a)); i >= 0 {
					require.NoError(t, err)
					require.Equal(t, model[i], got, step)
				} else {
					require.Equal(t, transfertoken.ErrNotFound, err, step)
				}
			case 3:
				requireSameError(t, model.rekey(id(a), digest(b), digest(c), record.SaltID),
					store.Rekey(t.Context(), id(a), digest(b), digest(c), record.SaltID), step)
			case 4:
				at := start.Add(time.Duration(d))
				if d == 0 {
					at = time.Time{}
				}
				model.touch(id(a), at)
				require.NoError(t, store.Touch(t.Context(), id(a), at))
			case 5:
				requireSameError(t, model.delete(id(a), int64(d%8)), store.Delete(t.Context(), id(a), int64(d%8)), step)
			case 6:
				opts := transfertoken.ListOptions{After: id(a), Limit: int(d%8) + 1}
				got, err := store.List(t.Context(), opts)
				require.NoError(t, err)
				require.Equal(t, model.list(opts), got, step)
			case 7:
				end, limit := time.UnixMilli(int64(d)), int(b%8)+1
				want := min(limit, model.expired(end))
				purged, err := store.PurgeExpired(t.Context(), end, limit)
				require.NoError(t, err)
				require.Len(t, purged, want, step)
				for _, r := range purged {
					require.False(t, r.ExpiresAt.IsZero() || r.ExpiresAt.After(end), step)
					require.Equal(t, model[model.byID(r.ID)], r, step)
					require.NoError(t, model.delete(r.ID, transfertoken.AnyRevision))
				}
			}

			digests := []transfertoken.Digest{{}, digest(a), digest(b), digest(c)}
			got, err := store.FindByDigest(t.Context(), digests)
			want := slices.IndexFunc(digests, func(d transfertoken.Digest) bool { return model.find(d) >= 0 })
			if want >= 0 {
				require.NoError(t, err, step)
				require.Equal(t, model[model.find(digests[want])], got, step)
			} else {
				require.Equal(t, transfertoken.ErrNotFound, err, step)
			}
		}
		all, err := store.List(t.Context(), transfertoken.ListOptions{Limit: 1000})
		require.NoError(t, err)
		require.Equal(t, model.list(transfertoken.ListOptions{Limit: 1000}), all)
	})
}

func requireSameError(t *testing.T, want, got error, step string) {
	t.Helper()
	if want == transfertoken.ErrInvalid {
		require.ErrorIs(t, got, want, step)
		return
	}
	require.Equal(t, want, got, step)
}
