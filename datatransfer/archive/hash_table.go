package archive

import "hash/maphash"

// A hashTable maps texts to numbers. It keeps only their hashes, 8 bytes for each text,
// because an archive may name millions of records and files. The hash is keyed with a
// seed that no archive can know. Two of ten million texts share a hash with a
// probability of 1 to 370,000.
//
// The hashes are spread over segments, so that growing copies little at a time.
type hashTable struct {
	seed     maphash.Seed
	valued   bool // it keeps a number for each text
	segments [256]hashSegment
}

// A hashSegment is an open table with linear probing. The hash 0 stands for an empty
// slot.
type hashSegment struct {
	hashes []uint64
	values []int64
	count  int
}

func newHashTable(valued bool) *hashTable {
	return &hashTable{seed: maphash.MakeSeed(), valued: valued}
}

// hash returns the hash of the parts, which is never 0.
func (t *hashTable) hash(parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, part := range parts {
		h.WriteString(part)
		h.WriteByte(0)
	}
	return max(h.Sum64(), 1)
}

func (t *hashTable) segment(hash uint64) *hashSegment { return &t.segments[hash>>56] }

// find returns the slot of hash, or the empty one where it belongs.
func (s *hashSegment) find(hash uint64) int {
	i := int(hash) & (len(s.hashes) - 1)
	for s.hashes[i] != 0 && s.hashes[i] != hash {
		i = (i + 1) & (len(s.hashes) - 1)
	}
	return i
}

// has reports whether the table has hash.
func (t *hashTable) has(hash uint64) bool {
	s := t.segment(hash)
	return len(s.hashes) > 0 && s.hashes[s.find(hash)] == hash
}

// add adds hash and reports whether it was new.
func (t *hashTable) add(hash uint64) bool {
	s := t.segment(hash)
	if s.count >= len(s.hashes)*3/4 {
		t.grow(s)
	}
	i := s.find(hash)
	if s.hashes[i] == hash {
		return false
	}
	s.hashes[i] = hash
	s.count++
	return true
}

// value returns the number that belongs to hash, which the table has, for reading and
// writing. It is valid until the next add.
func (t *hashTable) value(hash uint64) *int64 {
	s := t.segment(hash)
	return &s.values[s.find(hash)]
}

// all calls yield with each hash.
func (t *hashTable) all(yield func(hash uint64) bool) {
	for i := range t.segments {
		for _, hash := range t.segments[i].hashes {
			if hash != 0 && !yield(hash) {
				return
			}
		}
	}
}

// grow doubles the slots of s.
func (t *hashTable) grow(s *hashSegment) {
	old := *s
	size := max(8, 2*len(old.hashes))
	s.hashes = make([]uint64, size)
	if t.valued {
		s.values = make([]int64, size)
	}
	for i, hash := range old.hashes {
		if hash == 0 {
			continue
		}
		slot := s.find(hash)
		s.hashes[slot] = hash
		if t.valued {
			s.values[slot] = old.values[i]
		}
	}
}
