package transfertoken

import (
	"hash/maphash"
	"sync/atomic"
)

// digestIndex finds the records of a MemoryStore by their digests: a hash table
// with linear probing that is read without a lock, and written under the lock of
// the store. Its zero value is empty.
//
// A slot that was taken is never empty again, so that a reader who goes on until
// the first empty one misses nothing that was there before. What is removed
// leaves a mark, and the marks go when a new table is made.
type digestIndex struct {
	table atomic.Pointer[digestTable] // nil: nothing was ever added
	moves atomic.Uint64               // records that were replaced by one with another digest
}

type digestTable struct {
	seed  maphash.Seed
	slots []atomic.Pointer[Record] // as many as a power of two, at least half of them empty
	taken int                      // slots that are not empty
	count int                      // slots with a record, those with a mark left out
}

const minDigestSlots = 8

// removedMark is that mark. Its digest is zero, and that of no record.
var removedMark = new(Record)

// find returns the record with the digest, or nil.
func (x *digestIndex) find(d *Digest) *Record {
	t := x.table.Load()
	if t == nil {
		return nil
	}
	for i := t.first(d); ; i++ {
		r := t.slot(i).Load()
		if r == nil || r.Digest == *d && r != removedMark {
			return r
		}
	}
}

// findFirst returns the record of the first of digests that is there, or nil.
// With moved, nil says nothing: a record may have moved from a digest that came
// later to one that was looked at already.
func (x *digestIndex) findFirst(digests []Digest) (r *Record, moved bool) {
	moves := x.moves.Load()
	for i := range digests {
		if r := x.find(&digests[i]); r != nil {
			return r, false
		}
	}
	return nil, x.moves.Load() != moves
}

// add makes r found by its digest, which is that of no other record.
func (x *digestIndex) add(r *Record) {
	t := x.table.Load()
	if t == nil || t.taken == len(t.slots)/2 {
		t = t.remade()
		x.table.Store(t)
	}
	t.add(r)
}

// replace makes r found and stored no more, in this order.
func (x *digestIndex) replace(stored, r *Record) {
	if r.Digest == stored.Digest {
		x.table.Load().swap(stored, r)
		return
	}
	x.add(r)
	x.moves.Add(1)
	x.remove(stored)
}

// remove makes stored found no more.
func (x *digestIndex) remove(stored *Record) {
	t := x.table.Load()
	t.swap(stored, removedMark)
	t.count--
}

// first numbers the slot where the search for d begins. Numbers go round.
func (t *digestTable) first(d *Digest) uint64 { return maphash.Bytes(t.seed, d[:]) }

func (t *digestTable) slot(i uint64) *atomic.Pointer[Record] {
	return &t.slots[i&uint64(len(t.slots)-1)]
}

func (t *digestTable) add(r *Record) {
	i := t.first(&r.Digest)
	for t.slot(i).Load() != nil {
		i++
	}
	t.slot(i).Store(r)
	t.taken++
	t.count++
}

// swap puts r, which has the same digest or is the mark, in the place of stored.
func (t *digestTable) swap(stored, r *Record) {
	i := t.first(&stored.Digest)
	for t.slot(i).Load() != stored {
		i++
	}
	t.slot(i).Store(r)
}

// remade returns a table with the same records and without marks. At most a
// third of it is taken, so that making one costs little on average.
func (t *digestTable) remade() *digestTable {
	size := minDigestSlots
	if t == nil {
		return &digestTable{seed: maphash.MakeSeed(), slots: make([]atomic.Pointer[Record], size)}
	}
	for size < 3*t.count {
		size *= 2
	}
	next := &digestTable{seed: t.seed, slots: make([]atomic.Pointer[Record], size)}
	for i := range t.slots {
		if r := t.slots[i].Load(); r != nil && r != removedMark {
			next.add(r)
		}
	}
	return next
}
