package archive

import "io"

// NewECBReader and NewECBWriter let a fuzz target do without deriving a key each time.
func NewECBReader(src io.Reader, key []byte) (io.Reader, error)      { return newECBReader(src, key) }
func NewECBWriter(dst io.Writer, key []byte) (io.WriteCloser, error) { return newECBWriter(dst, key) }

// ReadStrapiHeader returns the salt and the length of a header.
func ReadStrapiHeader(r io.Reader) ([]byte, int64, error) { return readStrapiHeader(r) }
