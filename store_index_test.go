package transfertoken_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// numbered is a record with the ID and name of id and the digest of digest.
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
			require.NoError(t, store.Rekey(t.Context(), numbered(id, 0).ID, numbered(0, held).Digest, numbered(0, digest).Digest, ""))
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
		require.Equal(t, transfertoken.ErrNotFound, err, "what was removed has no digest")
	}
}

// A record that stays is found at every moment, however the others come and go
// and whatever becomes of its own digest.
func TestMemoryStoreFindsWhatStaysWhileOthersComeAndGo(t *testing.T) {
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
				if r, err := store.FindByDigest(context.Background(), []transfertoken.Digest{numbered(0, i).Digest}); err != nil || r.Name != strconv.Itoa(i) {
					t.Errorf("record %d: %v", i, err)
					return
				}
				if r, err := store.FindByDigest(context.Background(), []transfertoken.Digest{current, former}); err != nil || r.Name != "0" {
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
