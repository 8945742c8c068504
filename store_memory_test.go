package transfertoken_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/storetest"
)

func TestMemoryStoreKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(testing.TB) transfertoken.Store { return transfertoken.NewMemoryStore() }, nil)
}

// numbered returns a record whose ID and name are made of id, and its digest of digest.
func numbered(id, digest int) (r transfertoken.Record) {
	r.Name, r.Revision = strconv.Itoa(id), 1
	binary.BigEndian.PutUint64(r.ID[8:], uint64(id)+1)
	binary.BigEndian.PutUint64(r.Digest[56:], uint64(digest)+1)
	return r
}

func TestMemoryStoreFindsEveryDigestThatIsThereAndNoOther(t *testing.T) {
	const digests, steps = 2_000, 40_000
	store := transfertoken.NewMemoryStore()
	random := rand.New(rand.NewPCG(1, 2))
	holder := map[int]int{} // digest → ID
	digestOf := map[int]int{}
	for step := range steps {
		// It grows to many records, shrinks to few and grows again.
		growing := step/(steps/4)%2 == 0
		id, digest := random.IntN(digests), random.IntN(digests)
		held, there := digestOf[id]
		_, taken := holder[digest]
		switch {
		case !there && growing && !taken:
			require.NoError(t, store.Create(t.Context(), numbered(id, digest)))
			holder[digest], digestOf[id] = id, digest
		case there && !growing && step%8 != 0:
			require.NoError(t, store.Delete(t.Context(), numbered(id, 0).ID, transfertoken.AnyRevision))
			delete(holder, held)
			delete(digestOf, id)
		case there && !taken:
			require.NoError(t,
				store.Rekey(t.Context(), numbered(id, 0).ID, numbered(0, held).Digest, numbered(0, digest).Digest, ""))
			delete(holder, held)
			holder[digest], digestOf[id] = id, digest
		}
		if step%(steps/16) != 0 {
			continue
		}
		for digest := range digests {
			r, err := store.FindByDigest(t.Context(), []transfertoken.Digest{numbered(0, digest).Digest})
			if id, taken := holder[digest]; taken {
				require.NoError(t, err)
				require.Equal(t, numbered(id, digest), r)
			} else {
				require.Equal(t, transfertoken.ErrNotFound, err)
			}
		}
		_, err := store.FindByDigest(t.Context(), []transfertoken.Digest{{}})
		require.Equal(t, transfertoken.ErrNotFound, err, "a deleted record has no digest")
	}
}

// A record that stays is found at every moment while others come and go, even if its
// own digest changes.
func TestMemoryStoreFindsRecordsThatStayWhileOthersComeAndGo(t *testing.T) {
	const stay, moving = 50, 0
	store := transfertoken.NewMemoryStore()
	for i := range stay {
		require.NoError(t, store.Create(t.Context(), numbered(i, i)))
	}
	former, current := numbered(0, moving).Digest, numbered(0, 1_000_000).Digest

	var done atomic.Bool
	var finders sync.WaitGroup
	defer finders.Wait()
	defer done.Store(true)
	for range 3 {
		finders.Go(func() {
			for i := 1; !done.Load(); i = i%(stay-1) + 1 {
				staying := []transfertoken.Digest{numbered(0, i).Digest}
				r, err := store.FindByDigest(context.Background(), staying)
				if err != nil || r.Name != strconv.Itoa(i) {
					t.Errorf("record %d: %v", i, err)
					return
				}
				both := []transfertoken.Digest{current, former}
				if r, err := store.FindByDigest(context.Background(), both); err != nil || r.Name != "0" {
					t.Errorf("the record that moves: %v", err)
					return
				}
			}
		})
	}
	for round := range 20 {
		var ids []uuid.UUID
		for i := range 1_000 {
			r := numbered(stay+i, stay+1_000*round+i)
			require.NoError(t, store.Create(t.Context(), r))
			require.NoError(t, store.Touch(t.Context(), numbered(1+i%(stay-1), 0).ID, start.AddDate(0, round, i)))
			require.NoError(t, store.Rekey(t.Context(), numbered(0, 0).ID, former, current, ""))
			require.NoError(t, store.Rekey(t.Context(), numbered(0, 0).ID, current, former, ""))
			ids = append(ids, r.ID)
		}
		for _, id := range ids {
			require.NoError(t, store.Delete(t.Context(), id, transfertoken.AnyRevision))
		}
	}
}

func TestTheZeroMemoryStoreIsReady(t *testing.T) {
	var store transfertoken.MemoryStore
	_, err := store.Get(t.Context(), uuid.New())
	require.Equal(t, transfertoken.ErrNotFound, err)
	_, err = store.FindByDigest(t.Context(), []transfertoken.Digest{{1}})
	require.Equal(t, transfertoken.ErrNotFound, err)
	page, err := store.List(t.Context(), transfertoken.ListOptions{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, page)
	require.NoError(t, store.Touch(t.Context(), uuid.New(), start))
	require.NoError(t, store.Rekey(t.Context(), uuid.New(), transfertoken.Digest{1}, transfertoken.Digest{2}, ""))
	require.Equal(t, transfertoken.ErrNotFound, store.Delete(t.Context(), uuid.New(), 0))
	require.Equal(t, transfertoken.ErrNotFound,
		store.Update(t.Context(), transfertoken.Record{Token: transfertoken.Token{Revision: 2}}))
	purged, err := store.PurgeExpired(t.Context(), start, 10)
	require.NoError(t, err)
	require.Empty(t, purged)

	f := newFixtureOn(t, &store, testSalt, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
}

func TestMemoryStoreForgetsDeletedRecords(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	record := func(i int) transfertoken.Record {
		return transfertoken.Record{
			Token: transfertoken.Token{
				ID:       uuid.UUID{14: byte(i >> 8), 15: byte(i)},
				Name:     strconv.Itoa(i),
				Revision: 1,
			},
			Digest: testSalt.Digest(strconv.Itoa(i)),
		}
	}
	ids := func() (ids []uuid.UUID) {
		page, err := store.List(t.Context(), transfertoken.ListOptions{Limit: 1000})
		require.NoError(t, err)
		for _, r := range page {
			ids = append(ids, r.ID)
		}
		return ids
	}
	var want []uuid.UUID
	for round := range 3 {
		for i := 600; i > 0; i-- {
			require.NoError(t, store.Create(t.Context(), record(i)), "again, in round %d", round)
		}
		want = want[:0]
		for i := 1; i <= 600; i++ {
			want = append(want, record(i).ID)
		}
		require.Equal(t, want, ids())
		require.NoError(t, store.Delete(t.Context(), record(300).ID, 1))
		require.Equal(t, slices.Concat(want[:299], want[300:]), ids())
		require.NoError(t, store.Create(t.Context(), record(300)), "in its old place")
		require.Equal(t, want, ids())
		for i := 1; i <= 600; i++ {
			require.NoError(t, store.Delete(t.Context(), record(i).ID, 1))
			_, err := store.FindByDigest(t.Context(), []transfertoken.Digest{record(i).Digest})
			require.Equal(t, transfertoken.ErrNotFound, err)
			if i%100 == 0 {
				require.Equal(t, want[i:], append([]uuid.UUID{}, ids()...))
			}
		}
	}
}

// heap returns the number of bytes on the heap.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestMemoryStoreGivesMemoryBack(t *testing.T) {
	const n = 20_000
	for name, empty := range map[string]func(store *transfertoken.MemoryStore){
		"Delete": func(store *transfertoken.MemoryStore) {
			for i := range n {
				require.NoError(t, store.Delete(t.Context(), numbered(i, i).ID, transfertoken.AnyRevision))
			}
		},
		"PurgeExpired": func(store *transfertoken.MemoryStore) {
			for purged := 1; purged > 0; {
				batch, err := store.PurgeExpired(t.Context(), start, transfertoken.MaxPageSize)
				require.NoError(t, err)
				purged = len(batch)
			}
		},
	} {
		store := transfertoken.NewMemoryStore()
		before := heap()
		for i := range n {
			r := numbered(i, i)
			r.ExpiresAt = start
			require.NoError(t, store.Create(t.Context(), r))
		}
		full := heap() - before
		empty(store)
		require.Less(t, heap()-before, full/4, name)
		require.NoError(t, store.Create(t.Context(), numbered(1, 1)), "and it is still alive")
	}
}

func TestMemoryStoreDoesNotGrowWhileRecordsComeAndGo(t *testing.T) {
	const stay, n = 100, 20_000
	store := transfertoken.NewMemoryStore()
	for i := range stay {
		require.NoError(t, store.Create(t.Context(), numbered(i, i)))
	}
	churn := func(from int) {
		for i := from; i < from+n; i++ {
			require.NoError(t, store.Create(t.Context(), numbered(i, i)))
			require.NoError(t, store.Delete(t.Context(), numbered(i, i).ID, transfertoken.AnyRevision))
		}
	}
	churn(stay)
	before := heap()
	churn(stay + n)
	require.Less(t, heap()-before, int64(n), "less than a byte for each record that came and went")
	page, err := store.List(t.Context(), transfertoken.ListOptions{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, page, stay)
}

// begun is a context that calls tell when it is first asked for its error.
type begun struct {
	context.Context
	once sync.Once
	tell func()
}

func (b *begun) Err() error {
	b.once.Do(b.tell)
	return b.Context.Err()
}

// A record moves from the last of very many digests to the first during the look-up.
func TestMemoryStoreLooksAtAllDigestsAtOneMoment(t *testing.T) {
	const n = 1 << 17
	digests := make([]transfertoken.Digest, n)
	for i := range digests {
		digests[i] = numbered(0, i).Digest
	}
	store := transfertoken.NewMemoryStore()
	r := numbered(1, n-1)
	for range 10 {
		require.NoError(t, store.Create(t.Context(), r))
		moved := make(chan error, 1)
		ctx := &begun{Context: t.Context(), tell: func() {
			go func() { moved <- store.Rekey(t.Context(), r.ID, digests[n-1], digests[0], "") }()
		}}
		got, err := store.FindByDigest(ctx, digests)
		require.NoError(t, err)
		require.Equal(t, r.ID, got.ID)
		require.NoError(t, <-moved)
		require.NoError(t, store.Delete(t.Context(), r.ID, transfertoken.AnyRevision))
	}
}

func TestMemoryStoreFindsByTheDigestThatARecordHas(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	digests := [2]transfertoken.Digest{testSalt.Digest("a"), testSalt.Digest("b")}
	id := uuid.New()
	require.NoError(t, store.Create(t.Context(),
		transfertoken.Record{Token: transfertoken.Token{ID: id, Name: "n", Revision: 1}, Digest: digests[0]}))

	var done atomic.Bool
	var finders sync.WaitGroup
	for range 3 {
		finders.Go(func() {
			for !done.Load() {
				for i := range digests {
					r, err := store.FindByDigest(t.Context(), digests[i:i+1])
					if err == nil && r.Digest != digests[i] {
						t.Error("a record was found by a digest that it does not have")
						return
					}
				}
			}
		})
	}
	for i := range 100_000 {
		require.NoError(t, store.Rekey(t.Context(), id, digests[i%2], digests[(i+1)%2], ""))
	}
	done.Store(true)
	finders.Wait()
}
