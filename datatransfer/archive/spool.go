package archive

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"io"
	"os"
	"runtime"
)

// A spool is a temporary file for data that has to wait. Its content is encrypted with
// a key that only the memory of this process has, because the archive that it belongs
// to may be encrypted too. The file has mode 0600 and, except on Windows, has already
// lost its name when newSpool returns, so that a killed process leaves nothing.
//
// Data is appended, and read again at any offset.
type spool struct {
	file   *os.File
	block  cipher.Block
	w      *bufio.Writer // encrypts into file
	size   int64
	unlink bool // close must remove the file
}

func newSpool(folder string) (*spool, error) {
	var key [32]byte
	rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(folder, "archive-*.tmp")
	if err != nil {
		return nil, err
	}
	s := &spool{file: file, block: block, unlink: true}
	if runtime.GOOS != "windows" && os.Remove(file.Name()) == nil {
		s.unlink = false
	}
	s.w = bufio.NewWriterSize(nil, bufferSize)
	s.w.Reset(&streamWriter{s.stream(0), file, make([]byte, bufferSize)})
	return s, nil
}

// A streamWriter is a cipher.StreamWriter that allocates nothing for a Write.
type streamWriter struct {
	stream cipher.Stream
	dst    io.Writer
	buf    []byte
}

func (w *streamWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(len(p), len(w.buf))
		w.stream.XORKeyStream(w.buf[:n], p[:n])
		if _, err := w.dst.Write(w.buf[:n]); err != nil {
			return written, err
		}
		p, written = p[n:], written+n
	}
	return written, nil
}

// stream returns the key stream from offset on: AES in counter mode, which encrypts
// each block of the file with its own number.
func (s *spool) stream(offset int64) cipher.Stream {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[8:], uint64(offset/aes.BlockSize))
	stream := cipher.NewCTR(s.block, counter[:])
	skip := make([]byte, offset%aes.BlockSize)
	stream.XORKeyStream(skip, skip)
	return stream
}

// Write appends p.
func (s *spool) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.size += int64(n)
	return n, err
}

// section returns a reader of n bytes from offset on, all of which must have been written.
func (s *spool) section(offset, n int64) (io.Reader, error) {
	if err := s.w.Flush(); err != nil {
		return nil, err
	}
	return &cipher.StreamReader{S: s.stream(offset), R: io.NewSectionReader(s.file, offset, n)}, nil
}

// reset makes the spool empty. The key stream must not be used twice, so the key is new.
func (s *spool) reset() error {
	var key [32]byte
	rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return err
	}
	if err := s.file.Truncate(0); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	s.block, s.size = block, 0
	s.w.Reset(&streamWriter{s.stream(0), s.file, make([]byte, bufferSize)})
	return nil
}

// close removes the file.
func (s *spool) close() error {
	err := s.file.Close()
	if s.unlink {
		err = os.Remove(s.file.Name())
	}
	return err
}
