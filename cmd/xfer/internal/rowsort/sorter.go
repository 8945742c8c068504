// Package rowsort sorts more rows than memory holds.
package rowsort

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
)

// DefaultMemory is how many bytes of rows a Sorter keeps in memory by default.
const DefaultMemory = 8 << 20

// A Row is sorted by its key, and by its value among equal keys.
type Row struct{ Key, Value []byte }

// A Sorter collects rows and then iterates over them in order, any number of times. Up to Memory bytes stay in memory;
// beyond that, sorted runs go to a temporary file, which Close removes. The zero value is ready for use, by one
// goroutine.
type Sorter struct {
	Memory int    // 0 means DefaultMemory
	Dir    string // of the temporary file; "" means os.TempDir

	arena  []byte // the rows that are not in the file, encoded
	starts []uint32
	sorted bool
	file   *os.File
	runs   []span
}

// A span is the part of the file that holds a run.
type span struct{ offset, size int64 }

// Add adds a row. It keeps neither slice.
func (s *Sorter) Add(key, value []byte) error {
	size := len(key) + len(value) + 2*binary.MaxVarintLen32
	if limit := cmp.Or(s.Memory, DefaultMemory); len(s.arena) > 0 && len(s.arena)+size > limit {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.sorted = false
	s.starts = append(s.starts, uint32(len(s.arena)))
	s.arena = binary.AppendUvarint(s.arena, uint64(len(key)))
	s.arena = append(s.arena, key...)
	s.arena = binary.AppendUvarint(s.arena, uint64(len(value)))
	s.arena = append(s.arena, value...)
	return nil
}

// row decodes the row that starts at an index of the arena.
func (s *Sorter) row(start uint32) (Row, int) {
	at := int(start)
	field := func() []byte {
		size, n := binary.Uvarint(s.arena[at:])
		from := at + n
		at = from + int(size)
		return s.arena[from:at:at]
	}
	row := Row{Key: field()}
	row.Value = field()
	return row, at
}

func (s *Sorter) sort() {
	if s.sorted {
		return
	}
	slices.SortFunc(s.starts, func(a, b uint32) int {
		left, _ := s.row(a)
		right, _ := s.row(b)
		return left.compare(right)
	})
	s.sorted = true
}

func (r Row) compare(other Row) int {
	return cmp.Or(bytes.Compare(r.Key, other.Key), bytes.Compare(r.Value, other.Value))
}

// spill writes the rows in memory to the file, as one more run.
func (s *Sorter) spill() error {
	s.sort()
	if s.file == nil {
		file, err := os.CreateTemp(s.Dir, "xfer-sort-*")
		if err != nil {
			return err
		}
		s.file = file
	}
	run := span{}
	if n := len(s.runs); n > 0 {
		run.offset = s.runs[n-1].offset + s.runs[n-1].size
	}
	out := bufio.NewWriter(io.NewOffsetWriter(s.file, run.offset))
	for _, start := range s.starts {
		_, end := s.row(start)
		n, err := out.Write(s.arena[start:end])
		run.size += int64(n)
		if err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	s.runs = append(s.runs, run)
	s.arena, s.starts = s.arena[:0], s.starts[:0]
	return nil
}

// Close removes the temporary file. The Sorter can't be used afterwards.
func (s *Sorter) Close() error {
	s.arena, s.starts, s.runs = nil, nil, nil
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file = nil
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// Rows returns the rows in order. A row is valid until the next one. An error comes last.
func (s *Sorter) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s.sort()
		cursors := cursorHeap{}
		for _, run := range s.runs {
			section := io.NewSectionReader(s.file, run.offset, run.size)
			cursors = append(cursors, &cursor{next: readRows(bufio.NewReaderSize(section, 16<<10))})
		}
		cursors = append(cursors, &cursor{next: s.memoryRows()})
		for _, c := range cursors {
			if err := c.advance(); err != nil {
				yield(Row{}, err)
				return
			}
		}
		cursors = slices.DeleteFunc(cursors, func(c *cursor) bool { return c.done })
		heap.Init(&cursors)
		for len(cursors) > 0 {
			first := cursors[0]
			if !yield(first.row, nil) {
				return
			}
			if err := first.advance(); err != nil {
				yield(Row{}, err)
				return
			}
			if first.done {
				heap.Pop(&cursors)
			} else {
				heap.Fix(&cursors, 0)
			}
		}
	}
}

// A cursor stands at a row of a run.
type cursor struct {
	next func() (Row, error) // io.EOF after the last one
	row  Row
	done bool
}

func (c *cursor) advance() (err error) {
	c.row, err = c.next()
	if err == io.EOF {
		c.done, err = true, nil
	}
	return err
}

func (s *Sorter) memoryRows() func() (Row, error) {
	i := 0
	return func() (Row, error) {
		if i == len(s.starts) {
			return Row{}, io.EOF
		}
		row, _ := s.row(s.starts[i])
		i++
		return row, nil
	}
}

// readRows returns a function that decodes the rows of a run into one buffer.
func readRows(r *bufio.Reader) func() (Row, error) {
	var key, value []byte
	read := func(into []byte) ([]byte, error) {
		size, err := binary.ReadUvarint(r)
		if err != nil {
			return nil, err
		}
		into = slices.Grow(into[:0], int(size))[:size]
		_, err = io.ReadFull(r, into)
		return into, err
	}
	return func() (Row, error) {
		if _, err := r.Peek(1); err != nil {
			return Row{}, err // io.EOF, if nothing went wrong
		}
		var err error
		if key, err = read(key); err == nil {
			value, err = read(value)
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Row{Key: key, Value: value}, err
	}
}

type cursorHeap []*cursor

func (h cursorHeap) Len() int           { return len(h) }
func (h cursorHeap) Less(i, j int) bool { return h[i].row.compare(h[j].row) < 0 }
func (h cursorHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *cursorHeap) Push(c any)        { *h = append(*h, c.(*cursor)) }
func (h *cursorHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
