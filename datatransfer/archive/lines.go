package archive

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A lineReader reads the lines of one file after another. It never holds more than one
// line, and never a line that is longer than a record may be.
type lineReader struct {
	limit int64
	src   *bufio.Reader
	entry *entry
	line  int64
	long  []byte // a line that is longer than the buffer of src
}

func newLineReader(limits Limits) *lineReader {
	return &lineReader{limit: limits.Record, src: bufio.NewReaderSize(nil, bufferSize)}
}

// reset makes e the file that lines come from.
func (l *lineReader) reset(e *entry) {
	l.entry, l.line = e, 0
	l.src.Reset(e.body)
}

// next returns the next line that is not blank, without white space around it, or
// io.EOF. The line is valid until the next call. Errors name the place.
func (l *lineReader) next() ([]byte, error) {
	for {
		line, err := l.read()
		if len(line) > 0 || err == nil {
			l.line++
		}
		if line = bytes.Trim(line, " \t\r\n"); len(line) > 0 && (err == nil || err == io.EOF) {
			return line, nil
		}
		if err == io.EOF {
			return nil, err
		}
		if err != nil {
			return nil, recordError(l.entry, l.line, err)
		}
	}
}

// read returns the next line, which may lack the line break if err is io.EOF.
func (l *lineReader) read() ([]byte, error) {
	l.long = l.long[:0]
	for {
		part, err := l.src.ReadSlice('\n')
		if int64(len(l.long)+len(part)-len("\r\n")) > l.limit {
			return part, fmt.Errorf("%w: the line has more than %d bytes", datatransfer.ErrTooLarge, l.limit)
		}
		if err != bufio.ErrBufferFull && len(l.long) == 0 {
			return part, err
		}
		l.long = append(l.long, part...)
		if err != bufio.ErrBufferFull {
			return l.long, err
		}
	}
}

// readSmall returns all of the file of e, which must be no longer than a record may be.
func readSmall(e *entry, limits Limits) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(e.body, min(limits.Record, 1<<62)+1))
	if err == nil && int64(len(text)) > limits.Record {
		err = fmt.Errorf("%w: the file has more than %d bytes", datatransfer.ErrTooLarge, limits.Record)
	}
	if err != nil {
		return nil, recordError(e, 0, err)
	}
	return text, nil
}
