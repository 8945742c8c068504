package transfertest

import (
	"context"
	"sync"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A MemoryInstance is an instance that holds its data in memory. It keeps the contract
// of Source and Destination, for tests of what transfers data between them and as an
// example of an implementation.
//
// The zero MemoryInstance is empty and takes data of any type together with its schemas.
// Like Strapi, it gives each imported entity and component an ID that the instance has
// not used before, and leaves out links to entities that did not come along. Transfers at
// the same time do not wait for each other; the last one to commit wins. A MemoryInstance
// may be used by several goroutines at once, and must not be copied.
type MemoryInstance struct {
	// Schemas are the types of an instance that takes no others, like a backend with
	// tables. If they are nil, the instance takes any, and has the schemas that came with
	// its data. They must not be changed once the instance is in use.
	Schemas datatransfer.Schemas

	mu      sync.Mutex
	current *Snapshot        // never changed in place; nil: empty
	lastIDs map[string]int64 // by type
}

var _ Instance = (*MemoryInstance)(nil)

// Source returns a reading of the data of this moment. It never fails.
func (m *MemoryInstance) Source(context.Context) (datatransfer.Source, error) {
	return m.snapshot().Source(), nil
}

// Destination returns a replacing of the data. It never fails.
func (m *MemoryInstance) Destination(context.Context) (datatransfer.Destination, error) {
	return &memoryDestination{instance: m}, nil
}

// Fill replaces all data of m with that of src, which it does not close. The data is
// as before if it fails. An error of src is returned unchanged.
func (m *MemoryInstance) Fill(ctx context.Context, src datatransfer.Source) error {
	data, err := ReadSnapshot(ctx, src)
	if err != nil {
		return err
	}
	return feed{data: data}.transfer(ctx, &memoryDestination{instance: m})
}

// Snapshot returns a copy of the data of this moment.
func (m *MemoryInstance) Snapshot() *Snapshot { return m.snapshot().clone() }

// HoldsFilesInMemory returns true.
func (m *MemoryInstance) HoldsFilesInMemory() bool { return true }

func (m *MemoryInstance) snapshot() *Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.snapshotLocked()
}

func (m *MemoryInstance) snapshotLocked() *Snapshot {
	if m.current == nil {
		return &Snapshot{Schemas: m.Schemas}
	}
	return m.current
}

// nextID returns an ID that no entity or component of the type has had.
func (m *MemoryInstance) nextID(uid string, _ datatransfer.Ref) datatransfer.Ref {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lastIDs == nil {
		m.lastIDs = make(map[string]int64)
	}
	m.lastIDs[uid]++
	return datatransfer.IntRef(m.lastIDs[uid])
}

// replace puts what next makes of the data in its place.
func (m *MemoryInstance) replace(next func(old *Snapshot) (*Snapshot, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, err := next(m.snapshotLocked())
	if err == nil {
		m.current = data
	}
	return err
}
