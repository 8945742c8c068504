package transfertoken

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// MemoryStore is a [Store] in memory: the embedded default, for tests and for
// tokens that may go with the process. The zero MemoryStore is empty and ready
// to use. It must not be copied. It is safe for concurrent use; finding a record
// by digest takes no lock unless one gets another digest at that moment.
type MemoryStore struct {
	mu       sync.RWMutex // all below but byDigest, which is only written under it
	byID     map[uuid.UUID]*memoryEntry
	byName   map[string]*memoryEntry
	byDigest digestIndex
	ordered  []*memoryEntry // by the bytes of the IDs; removed entries stay until there are many
	removed  int            // entries in ordered that are removed
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return new(MemoryStore) }

var errZeroRecord = invalid("record", "must have an ID and a digest that are not zero")

// memoryEntry holds the present record of one ID. A record is never changed but
// replaced, since it may be read without the lock.
type memoryEntry struct {
	id     uuid.UUID
	record *Record // nil: removed
}

// Create implements [Store].
func (m *MemoryStore) Create(ctx context.Context, r Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.ID == uuid.Nil || r.Digest.isZero() {
		return errZeroRecord
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName[r.Name] != nil {
		return ErrNameTaken
	}
	if m.byDigest.find(&r.Digest) != nil {
		return ErrSecretTaken
	}
	if m.byID[r.ID] != nil {
		return ErrConflict
	}
	if m.byID == nil {
		m.byID = make(map[uuid.UUID]*memoryEntry)
		m.byName = make(map[string]*memoryEntry)
	}
	e := &memoryEntry{id: r.ID, record: &r}
	m.byID[r.ID] = e
	m.byName[r.Name] = e
	m.byDigest.add(&r)
	m.insert(e)
	return nil
}

// Get implements [Store].
func (m *MemoryStore) Get(ctx context.Context, id uuid.UUID) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := m.byID[id]
	if e == nil {
		return Record{}, ErrNotFound
	}
	return *e.record, nil
}

// FindByDigest implements [Store].
func (m *MemoryStore) FindByDigest(ctx context.Context, digests []Digest) (Record, error) {
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	r, moved := m.byDigest.findFirst(digests)
	if moved {
		r = m.findStill(digests)
	}
	if r == nil {
		return Record{}, ErrNotFound
	}
	return *r, nil
}

// findStill finds while nothing moves.
func (m *MemoryStore) findStill(digests []Digest) *Record {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, _ := m.byDigest.findFirst(digests)
	return r
}

// List implements [Store].
func (m *MemoryStore) List(ctx context.Context, opts ListOptions) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	i, found := m.search(opts.After)
	if found {
		i++
	}
	page := make([]Record, 0, min(opts.Limit, len(m.ordered)-i))
	for _, e := range m.ordered[i:] {
		if len(page) == opts.Limit {
			break
		}
		if e.record != nil {
			page = append(page, *e.record)
		}
	}
	return page, nil
}

// Update implements [Store].
func (m *MemoryStore) Update(ctx context.Context, r Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[r.ID]
	if e == nil {
		return ErrNotFound
	}
	stored := e.record
	if stored.Revision != r.Revision-1 {
		return ErrConflict
	}
	if r.Digest.isZero() {
		return errZeroRecord
	}
	if other := m.byName[r.Name]; other != nil && other != e {
		return ErrNameTaken
	}
	if other := m.byDigest.find(&r.Digest); other != nil && other != stored {
		return ErrSecretTaken
	}
	r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
	m.replace(e, stored, &r)
	return nil
}

// Rekey implements [Store].
func (m *MemoryStore) Rekey(ctx context.Context, id uuid.UUID, from, to Digest, saltID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil {
		return nil
	}
	stored := e.record
	if stored.Digest != from {
		return nil
	}
	if to.isZero() {
		return errZeroRecord
	}
	if other := m.byDigest.find(&to); other != nil && other != stored {
		return ErrSecretTaken
	}
	r := *stored
	r.Digest, r.SaltID = to, saltID
	m.replace(e, stored, &r)
	return nil
}

// Touch implements [Store].
func (m *MemoryStore) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil {
		return nil
	}
	stored := e.record
	if !at.After(stored.LastUsedAt) {
		return nil
	}
	r := *stored
	r.LastUsedAt = at
	m.replace(e, stored, &r)
	return nil
}

// Delete implements [Store].
func (m *MemoryStore) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.byID[id]
	if e == nil {
		return ErrNotFound
	}
	stored := e.record
	if revision != AnyRevision && revision != stored.Revision {
		return ErrConflict
	}
	e.record = nil
	delete(m.byID, id)
	delete(m.byName, stored.Name)
	m.byDigest.remove(stored)
	m.compact()
	return nil
}

// replace makes r the record of e.
func (m *MemoryStore) replace(e *memoryEntry, stored, r *Record) {
	e.record = r
	m.byDigest.replace(stored, r)
	if r.Name != stored.Name {
		delete(m.byName, stored.Name)
		m.byName[r.Name] = e
	}
}

// search returns where id is or would be in ordered.
func (m *MemoryStore) search(id uuid.UUID) (int, bool) {
	return slices.BinarySearchFunc(m.ordered, id, func(e *memoryEntry, id uuid.UUID) int {
		return bytes.Compare(e.id[:], id[:])
	})
}

// insert puts e into ordered. IDs come nearly in order, so that it is nearly
// always at the end.
func (m *MemoryStore) insert(e *memoryEntry) {
	i, found := m.search(e.id)
	if found { // removed before
		m.ordered[i] = e
		m.removed--
		return
	}
	m.ordered = slices.Insert(m.ordered, i, e)
}

// compact drops removed entries when they are half of all, so that removing
// costs little on average and List skips no more than it has seen.
func (m *MemoryStore) compact() {
	m.removed++
	if m.removed*2 < len(m.ordered) {
		return
	}
	m.ordered = slices.DeleteFunc(m.ordered, func(e *memoryEntry) bool { return e.record == nil })
	m.removed = 0
}
