package transfertoken

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// MemoryStore is a [Store] in memory, for tests and for tokens that may end with
// the process. The zero MemoryStore is empty and ready to use. It must not be
// copied. It is safe for concurrent use. It implements [Purger] and
// [Filterer].
type MemoryStore struct {
	mu   sync.RWMutex
	maps hidden[*memoryMaps] // nil if nothing was ever stored
	ids  []uuid.UUID         // sorted, for List; shrink drops those of deleted records
}

// memoryMaps holds the records of a MemoryStore, each under three keys.
type memoryMaps struct {
	byID     map[uuid.UUID]*Record
	byName   map[string]*Record
	byDigest map[Digest]*Record
}

var (
	_ Store    = (*MemoryStore)(nil)
	_ Purger   = (*MemoryStore)(nil)
	_ Filterer = (*MemoryStore)(nil)
)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return new(MemoryStore) }

var (
	errZeroRecord = invalid("record", "must have an ID and a digest that are not zero")
	errRevision   = invalid("revision", "must be at least 1, and at least 2 in an update")
)

// Create implements [Store].
func (m *MemoryStore) Create(ctx context.Context, r Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.ID == uuid.Nil || r.Digest.isZero() {
		return errZeroRecord
	}
	if r.Revision < 1 {
		return errRevision
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps := m.load()
	switch {
	case maps.byName[r.Name] != nil:
		return ErrNameTaken
	case maps.byDigest[r.Digest] != nil:
		return ErrSecretTaken
	case maps.byID[r.ID] != nil:
		return ErrConflict
	}
	if maps.byID == nil {
		maps = newMemoryMaps(0)
		m.maps = hide(maps)
	}
	maps.put(&r)
	if i, found := m.search(r.ID); !found {
		m.ids = slices.Insert(m.ids, i, r.ID) // nearly always at the end
	}
	return nil
}

// Get implements [Store].
func (m *MemoryStore) Get(ctx context.Context, id uuid.UUID) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	maps := m.load()
	if r := maps.byID[id]; r != nil {
		return *r, nil
	}
	return Record{}, ErrNotFound
}

// FindByDigest implements [Store].
func (m *MemoryStore) FindByDigest(ctx context.Context, digests []Digest) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	maps := m.load()
	for i := range digests {
		if r := maps.byDigest[digests[i]]; r != nil {
			return *r, nil
		}
	}
	return Record{}, ErrNotFound
}

// List implements [Store].
func (m *MemoryStore) List(ctx context.Context, opts ListOptions) ([]Record, error) {
	return m.list(ctx, ListOptions{After: opts.After, Limit: opts.Limit})
}

// ListFiltered implements [Filterer].
func (m *MemoryStore) ListFiltered(ctx context.Context, opts ListOptions) ([]Record, error) {
	return m.list(ctx, opts)
}

func (m *MemoryStore) list(ctx context.Context, opts ListOptions) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	maps := m.load()
	i, found := m.search(opts.After)
	if found {
		i++
	}
	page := make([]Record, 0, min(opts.Limit, len(m.ids)-i))
	for _, id := range m.ids[i:] {
		if len(page) == opts.Limit {
			break
		}
		if r := maps.byID[id]; r != nil && opts.matches(&r.Token) {
			page = append(page, *r)
		}
	}
	return page, nil
}

// Update implements [Store].
func (m *MemoryStore) Update(ctx context.Context, r Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.Revision < 2 {
		return errRevision
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps := m.load()
	stored := maps.byID[r.ID]
	if stored == nil {
		return ErrNotFound
	}
	if stored.Revision != r.Revision-1 {
		return ErrConflict
	}
	if r.Digest.isZero() {
		r.Digest, r.SaltID = stored.Digest, stored.SaltID
	}
	if other := maps.byName[r.Name]; other != nil && other != stored {
		return ErrNameTaken
	}
	if other := maps.byDigest[r.Digest]; other != nil && other != stored {
		return ErrSecretTaken
	}
	r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
	maps.replace(stored, r)
	return nil
}

// Rekey implements [Store].
func (m *MemoryStore) Rekey(ctx context.Context, id uuid.UUID, from, to Digest, saltID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps := m.load()
	stored := maps.byID[id]
	if stored == nil || stored.Digest != from {
		return nil
	}
	if to.isZero() {
		return errZeroRecord
	}
	if other := maps.byDigest[to]; other != nil && other != stored {
		return ErrSecretTaken
	}
	r := *stored
	r.Digest, r.SaltID = to, saltID
	maps.replace(stored, r)
	return nil
}

// Touch implements [Store].
func (m *MemoryStore) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps := m.load()
	stored := maps.byID[id]
	if stored != nil && (at.IsZero() || at.After(stored.LastUsedAt)) {
		stored.LastUsedAt = at
	}
	return nil
}

// Delete implements [Store].
func (m *MemoryStore) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps := m.load()
	stored := maps.byID[id]
	if stored == nil {
		return ErrNotFound
	}
	if revision != AnyRevision && revision != stored.Revision {
		return ErrConflict
	}
	maps.remove(stored)
	m.shrink()
	return nil
}

// PurgeExpired implements [Purger].
func (m *MemoryStore) PurgeExpired(ctx context.Context, end time.Time, limit int) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps := m.load()
	var purged []Record
	for _, r := range maps.byID {
		if len(purged) == limit {
			break
		}
		if !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(end) {
			purged = append(purged, *r)
			maps.remove(r)
		}
	}
	m.shrink()
	return purged, nil
}

// load returns the maps. They are nil if nothing was ever stored. The caller holds
// the lock.
func (m *MemoryStore) load() *memoryMaps {
	if maps := m.maps.value(); maps != nil {
		return maps
	}
	return new(memoryMaps)
}

// search returns the index of id in m.ids, or the index where it belongs. The
// caller holds the lock.
func (m *MemoryStore) search(id uuid.UUID) (int, bool) {
	return slices.BinarySearchFunc(m.ids, id, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
}

// shrink frees memory when three quarters of the records have been deleted. It
// makes new maps, because a Go map does not shrink. The caller holds the lock for
// writing.
func (m *MemoryStore) shrink() {
	stored := m.load().byID
	if len(m.ids) < 4*len(stored) {
		return
	}
	maps := newMemoryMaps(len(stored))
	ids := make([]uuid.UUID, 0, len(stored))
	for _, id := range m.ids {
		if r := stored[id]; r != nil {
			maps.put(r)
			ids = append(ids, id)
		}
	}
	m.maps, m.ids = hide(maps), ids
}

func newMemoryMaps(n int) *memoryMaps {
	return &memoryMaps{
		byID:     make(map[uuid.UUID]*Record, n),
		byName:   make(map[string]*Record, n),
		byDigest: make(map[Digest]*Record, n),
	}
}

func (m *memoryMaps) put(r *Record) {
	m.byID[r.ID] = r
	m.byName[r.Name] = r
	m.byDigest[r.Digest] = r
}

func (m *memoryMaps) remove(r *Record) {
	delete(m.byID, r.ID)
	delete(m.byName, r.Name)
	delete(m.byDigest, r.Digest)
}

// replace overwrites the stored record with r, which has the same ID.
func (m *memoryMaps) replace(stored *Record, r Record) {
	m.remove(stored)
	*stored = r
	m.put(stored)
}
