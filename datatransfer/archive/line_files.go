package archive

import (
	"bytes"
	"fmt"
	"io"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// lineFiles writes records into the .jsonl files of a stage. A tar says how long a file is
// before the file, so the lines of one file are collected first: in memory, and in a
// temporary file once they are many.
type lineFiles struct {
	sink    sink
	limit   int64 // bytes of a file, unless one record has more
	tempDir string

	folder string
	number int
	record []byte
	buffer []byte
	spool  *spool // nil until it is needed
}

// jsonAppender is a record that can append its JSON in one line.
type jsonAppender interface {
	AppendJSON(b []byte) ([]byte, error)
}

const lineBuffer = 1 << 20

// begin begins the files of a folder.
func (l *lineFiles) begin(folder string) { l.folder, l.number = folder, 0 }

// add adds a record and returns the bytes of its JSON.
func (l *lineFiles) add(record jsonAppender) (int, error) {
	line, err := record.AppendJSON(l.record[:0])
	if err != nil {
		return 0, err
	}
	l.record = line
	if len(line) > datatransfer.MaxRecord {
		return 0, fmt.Errorf("%w: a record has %d bytes, of at most %d",
			datatransfer.ErrTooLarge, len(line), datatransfer.MaxRecord)
	}
	if size := l.size(); size > 0 && size+int64(len(line))+1 > l.limit {
		if err := l.end(); err != nil {
			return 0, err
		}
	}
	if len(l.buffer)+len(line)+1 > lineBuffer {
		if err := l.spill(); err != nil {
			return 0, err
		}
	}
	l.buffer = append(append(l.buffer, line...), '\n')
	return len(line), nil
}

// size returns the bytes of the file that is being collected.
func (l *lineFiles) size() int64 {
	size := int64(len(l.buffer))
	if l.spool != nil {
		size += l.spool.size
	}
	return size
}

// spill moves the buffer to the spool.
func (l *lineFiles) spill() error {
	if len(l.buffer) == 0 {
		return nil
	}
	if l.spool == nil {
		var err error
		if l.spool, err = newSpool(l.tempDir); err != nil {
			return err
		}
	}
	_, err := l.spool.Write(l.buffer)
	l.buffer = l.buffer[:0]
	return err
}

// end writes the file that is being collected, if it has a line.
func (l *lineFiles) end() error {
	size := l.size()
	if size == 0 {
		return nil
	}
	l.number++
	name := fmt.Sprintf("%s/%s_%05d.jsonl", l.folder, l.folder, l.number)
	body := io.Reader(bytes.NewReader(l.buffer))
	if l.spool != nil && l.spool.size > 0 {
		spilled, err := l.spool.section(0, l.spool.size)
		if err != nil {
			return err
		}
		body = io.MultiReader(spilled, body)
	}
	if err := l.sink.add(name, size, body); err != nil {
		return err
	}
	l.buffer = l.buffer[:0]
	if l.spool != nil && l.spool.size > 0 {
		return l.spool.reset()
	}
	return nil
}

// close removes the temporary file.
func (l *lineFiles) close() error {
	if l.spool == nil {
		return nil
	}
	s := l.spool
	l.spool = nil
	return s.close()
}
