package rowsort

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"io"
	"iter"
	"slices"
)

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
