package archive

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/scrypt"
)

// Strapi encrypts a whole file with AES-128 in ECB mode and PKCS#7 padding. The key is
// scrypt(passphrase, salt) with an empty salt. There is no IV and no MAC. A proposed
// version puts a header with a salt before it.
const (
	strapiMagic     = "STRAPIEX"
	strapiVersion   = 1
	strapiSaltSize  = 16
	strapiMaxHeader = 4096 // of the fields; those that are known take 25 bytes

	strapiFieldSalt   = 1
	strapiFieldKDF    = 2 // value 0: scrypt
	strapiFieldCipher = 3 // value 0: AES-128-ECB
)

// strapiKey derives the key of Strapi's encryption.
func strapiKey(passphrase string, salt []byte) ([]byte, error) {
	defer freeKeyDerivation()
	return scrypt.Key([]byte(passphrase), salt, 16384, 8, 1, 16)
}

// readStrapiHeader reads the header that begins with strapiMagic and returns its salt
// and its length. The header is: the magic, a version byte, the length of the fields
// in two bytes, a byte of flags, and the fields. A field is a type byte, its length in
// two bytes, and its value. Unknown fields are skipped.
func readStrapiHeader(r io.Reader) (salt []byte, size int64, err error) {
	var fixed [len(strapiMagic) + 4]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return nil, 0, errors.New("the encryption header ends too early")
	}
	version, flags := fixed[8], fixed[11]
	length := binary.BigEndian.Uint16(fixed[9:])
	switch {
	case string(fixed[:8]) != strapiMagic:
		return nil, 0, errors.New("not an encryption header")
	case version != strapiVersion:
		return nil, 0, fmt.Errorf("unknown version %d of the encryption header", version)
	case flags != 0:
		return nil, 0, errors.New("unknown flags in the encryption header")
	case length > strapiMaxHeader:
		return nil, 0, errors.New("the encryption header is too long")
	}
	fields := make([]byte, length)
	if _, err := io.ReadFull(r, fields); err != nil {
		return nil, 0, errors.New("the encryption header ends too early")
	}
	size = int64(len(fixed) + len(fields))
	for len(fields) > 0 {
		if len(fields) < 3 {
			return nil, 0, errors.New("the encryption header ends within a field")
		}
		kind, length := fields[0], int(binary.BigEndian.Uint16(fields[1:]))
		fields = fields[3:]
		if length > len(fields) {
			return nil, 0, errors.New("the encryption header ends within a field")
		}
		value := fields[:length]
		fields = fields[length:]
		switch {
		case kind == strapiFieldSalt && (length != strapiSaltSize || salt != nil):
			return nil, 0, errors.New("the encryption header has a wrong salt")
		case kind == strapiFieldSalt:
			salt = value
		case kind == strapiFieldKDF && !bytes.Equal(value, []byte{0}):
			return nil, 0, errors.New("unknown key derivation")
		case kind == strapiFieldCipher && !bytes.Equal(value, []byte{0}):
			return nil, 0, errors.New("unknown cipher")
		}
	}
	if salt == nil {
		return nil, 0, errors.New("the encryption header has no salt")
	}
	return salt, size, nil
}

// An ecbReader decrypts what Strapi encrypted. It gives out the last block only after
// it has checked the padding.
type ecbReader struct {
	src   *bufio.Reader
	block cipher.Block
	buf   []byte
	plain []byte // the decrypted part of buf that was not read yet
	err   error
}

const ecbBufferSize = 64 << 10

// newECBReader returns a reader of the plaintext. The key has 16 bytes.
func newECBReader(src io.Reader, key []byte) (*ecbReader, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &ecbReader{src: bufio.NewReaderSize(src, ecbBufferSize), block: block, buf: make([]byte, ecbBufferSize)}, nil
}

func (r *ecbReader) Read(p []byte) (int, error) {
	for len(r.plain) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(p, r.plain)
	r.plain = r.plain[n:]
	return n, nil
}

// fill decrypts the next blocks into plain, or sets err.
func (r *ecbReader) fill() {
	n, err := io.ReadFull(r.src, r.buf)
	switch {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		r.err = err
		return
	case n == 0:
		r.err = errors.New("the encrypted data ends without padding")
		return
	case n%aes.BlockSize != 0:
		r.err = errors.New("the encrypted data does not end with a whole block")
		return
	}
	for b := r.buf[:n]; len(b) > 0; b = b[aes.BlockSize:] {
		r.block.Decrypt(b, b)
	}
	r.plain = r.buf[:n]
	if _, err := r.src.Peek(1); err == nil {
		return
	} else if err != io.EOF {
		r.plain, r.err = nil, err
		return
	}
	padding := int(r.buf[n-1])
	if padding == 0 || padding > aes.BlockSize ||
		!bytes.Equal(r.buf[n-padding:n], bytes.Repeat([]byte{byte(padding)}, padding)) {
		r.plain, r.err = nil, errors.New("the encrypted data has wrong padding")
		return
	}
	r.plain, r.err = r.buf[:n-padding], io.EOF
}

// An ecbWriter encrypts as Strapi does. Close writes the padding and must be called.
type ecbWriter struct {
	dst   io.Writer
	block cipher.Block
	buf   []byte // less than one block between calls
	err   error
}

func newECBWriter(dst io.Writer, key []byte) (*ecbWriter, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &ecbWriter{dst: dst, block: block, buf: make([]byte, 0, ecbBufferSize)}, nil
}

func (w *ecbWriter) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 && w.err == nil {
		n := copy(w.buf[len(w.buf):cap(w.buf)], p)
		w.buf, p, written = w.buf[:len(w.buf)+n], p[n:], written+n
		if len(w.buf) == cap(w.buf) {
			w.flush()
		}
	}
	return written, w.err
}

// flush encrypts and writes the whole blocks of buf.
func (w *ecbWriter) flush() {
	whole := len(w.buf) / aes.BlockSize * aes.BlockSize
	for b := w.buf[:whole]; len(b) > 0; b = b[aes.BlockSize:] {
		w.block.Encrypt(b, b)
	}
	if _, err := w.dst.Write(w.buf[:whole]); err != nil {
		w.err = err
		return
	}
	w.buf = w.buf[:copy(w.buf, w.buf[whole:])]
}

// Close writes the last block. It does not close the writer below.
func (w *ecbWriter) Close() error {
	if w.err != nil {
		return w.err
	}
	padding := aes.BlockSize - len(w.buf)%aes.BlockSize
	for range padding {
		w.buf = append(w.buf, byte(padding))
	}
	w.flush()
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("archive: the encrypted data is complete")
	return nil
}
