package rowsort

import (
	"bytes"
	"cmp"
	"iter"
)

// A Pair is a key with its values on two sides, in order. The slices are valid until the next Pair.
type Pair struct {
	Key         []byte
	Left, Right [][]byte
}

// Join returns every key of two sorters with its values in both. An error comes last. The values of one key must fit
// into memory.
func Join(left, right *Sorter) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		l, stopLeft := groups(left)
		defer stopLeft()
		r, stopRight := groups(right)
		defer stopRight()
		for {
			order := 0
			switch {
			case l.err != nil || r.err != nil:
				yield(Pair{}, cmp.Or(l.err, r.err))
				return
			case l.done && r.done:
				return
			case l.done:
				order = 1
			case r.done:
				order = -1
			default:
				order = bytes.Compare(l.key, r.key)
			}
			pair := Pair{}
			if order <= 0 {
				pair.Key, pair.Left = l.key, l.values
			}
			if order >= 0 {
				pair.Key, pair.Right = r.key, r.values
			}
			if !yield(pair, nil) {
				return
			}
			if order <= 0 {
				l.advance()
			}
			if order >= 0 {
				r.advance()
			}
		}
	}
}

// A group is the rows of one key.
type group struct {
	key    []byte
	values [][]byte
	done   bool
	err    error

	pull    func() (Row, error, bool)
	pending *Row // copied: the first row of the next group
}

// groups returns the first group of a sorter.
func groups(s *Sorter) (*group, func()) {
	pull, stop := iter.Pull2(s.Rows())
	g := &group{pull: pull}
	g.fetch()
	g.advance()
	return g, stop
}

func (g *group) fetch() {
	row, err, ok := g.pull()
	g.pending, g.err = nil, err
	if ok && err == nil {
		g.pending = &Row{Key: bytes.Clone(row.Key), Value: bytes.Clone(row.Value)}
	}
}

func (g *group) advance() {
	if g.pending == nil {
		g.done = true
		return
	}
	g.key, g.values = g.pending.Key, [][]byte{g.pending.Value}
	for g.fetch(); g.pending != nil && bytes.Equal(g.pending.Key, g.key); g.fetch() {
		g.values = append(g.values, g.pending.Value)
	}
}

// Found is a row and what another sorter has under its key.
type Found struct {
	Row
	Match []byte // the first value; nil if there is none
}

// Lookup returns each row of a sorter, in order, with its match in an index. A row is valid until the next one. An
// error comes last.
func Lookup(index, rows *Sorter) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		next, stop := iter.Pull2(index.Rows())
		defer stop()
		entry, err, more := next()
		for row, rowErr := range rows.Rows() {
			for rowErr == nil && err == nil && more && bytes.Compare(entry.Key, row.Key) < 0 {
				entry, err, more = next()
			}
			if err := cmp.Or(rowErr, err); err != nil {
				yield(Found{}, err)
				return
			}
			found := Found{Row: row}
			if more && bytes.Equal(entry.Key, row.Key) {
				found.Match = append([]byte{}, entry.Value...)
			}
			if !yield(found, nil) {
				return
			}
		}
	}
}
