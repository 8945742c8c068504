package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"filippo.io/age"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A container is the file of an archive. It knows how to decrypt and decompress it,
// and does so as often as it is asked to.
type container struct {
	file       *os.File
	size       int64
	modified   time.Time
	limits     Limits
	keys       *keyring
	encryption Encryption
	compressed bool

	key    []byte // of Strapi's encryption
	offset int64  // length of Strapi's header
}

const (
	ageMagic    = "age-encryption.org/"
	tarBlock    = 512
	bufferSize  = 64 << 10
	ratioLeeway = 1 << 20 // decompressed bytes before the ratio counts
)

// openContainer finds out by its content what file is, and gets the key that it needs.
func openContainer(file *os.File, opts *ReadOptions) (*container, error) {
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: neither a file nor a folder", ErrNotArchive)
	}
	c := &container{
		file: file, size: stat.Size(), modified: stat.ModTime(), limits: opts.Limits.withDefaults(),
		keys: &keyring{ask: opts.Passphrase, identities: opts.Identities}, encryption: None,
	}
	head, err := readHead(io.NewSectionReader(file, 0, c.size))
	if err != nil {
		return nil, err
	}
	switch {
	case len(head) == 0:
		return nil, fmt.Errorf("%w: the file is empty", ErrNotArchive)
	case bytes.HasPrefix(head, []byte(ageMagic)):
		c.encryption = Age
	case bytes.HasPrefix(head, []byte(strapiMagic)):
		c.encryption = StrapiHeader
		err = c.deriveHeaderKey()
	case isGzip(head) || isTar(head):
	case isText(head) || c.size%16 != 0 && !strings.HasSuffix(file.Name(), ".enc"):
		return nil, fmt.Errorf("%w: neither tar nor gzip nor encrypted", ErrNotArchive)
	default:
		c.encryption = Strapi
		err = c.deriveKey()
	}
	if err != nil {
		return nil, err
	}
	return c, c.detectCompression()
}

// deriveHeaderKey reads Strapi's header and derives the key.
func (c *container) deriveHeaderKey() error {
	salt, size, err := readStrapiHeader(io.NewSectionReader(c.file, 0, c.size))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	passphrase, err := c.keys.secret()
	if err != nil {
		return err
	}
	c.offset = size
	c.key, err = strapiKey(passphrase, salt)
	return err
}

// deriveKey derives the key of a file that nothing identifies as encrypted.
func (c *container) deriveKey() error {
	if c.keys.ask == nil {
		return fmt.Errorf("%w, unless Strapi encrypted it: %w", ErrNotArchive, ErrPassphrase)
	}
	passphrase, err := c.keys.secret()
	if err != nil {
		return err
	}
	c.key, err = strapiKey(passphrase, nil)
	return err
}

// detectCompression reads the beginning of what was encrypted. It must be a tar, or
// gzip around one; this is how a wrong passphrase of Strapi's encryption shows.
func (c *container) detectCompression() error {
	decrypted, base, err := c.decrypted()
	if err != nil {
		return err
	}
	head, err := readHead(decrypted)
	wrongKey := (c.encryption == Strapi || c.encryption == StrapiHeader) && base.err == nil
	switch {
	case err != nil && wrongKey:
		return fmt.Errorf("%w, or the archive is damaged", ErrPassphrase)
	case err != nil:
		return c.explain(base, err)
	case isTar(head):
		return nil
	case isGzip(head):
		c.compressed = true
	case wrongKey:
		return fmt.Errorf("%w, or the archive is damaged", ErrPassphrase)
	default:
		return fmt.Errorf("%w: neither tar nor gzip within the encryption", ErrNotArchive)
	}
	plain, err := c.plain()
	if err == nil {
		head, err = readHead(plain)
	}
	switch {
	case err == nil && isTar(head):
		return nil
	case wrongKey:
		return fmt.Errorf("%w, or the archive is damaged", ErrPassphrase)
	case err == nil:
		return fmt.Errorf("%w: there is no tar within the gzip", ErrNotArchive)
	}
	return err
}

// decrypted opens the file from its beginning and decrypts it. base tells whether
// reading the file itself failed.
func (c *container) decrypted() (r io.Reader, base *baseReader, err error) {
	base = &baseReader{src: io.NewSectionReader(c.file, c.offset, c.size-c.offset)}
	switch c.encryption {
	case Age:
		r, err = age.Decrypt(bufio.NewReaderSize(base, bufferSize), c.keys)
		var noMatch *age.NoIdentityMatchError
		switch {
		case c.keys.err != nil:
			err = c.keys.err
		case errors.As(err, &noMatch):
			err = fmt.Errorf("%w: the archive is encrypted for another one", ErrPassphrase)
		case err != nil:
			err = c.explain(base, err)
		}
	case Strapi, StrapiHeader:
		r, err = newECBReader(base, c.key)
	default:
		r = base
	}
	return r, base, err
}

// plain opens the file from its beginning and returns a reader of the tar. Its errors
// are explained; more than the limits allow is [datatransfer.ErrTooLarge].
func (c *container) plain() (*plainReader, error) {
	decrypted, base, err := c.decrypted()
	if err != nil {
		return nil, err
	}
	p := &plainReader{container: c, base: base}
	if !c.compressed {
		p.src = bufio.NewReaderSize(decrypted, bufferSize)
		return p, nil
	}
	p.packed = &countingReader{src: decrypted}
	p.src, err = gzip.NewReader(bufio.NewReaderSize(p.packed, bufferSize))
	if err != nil {
		return nil, c.explain(base, err)
	}
	return p, nil
}

// explain returns err, which reading or decoding the file gave, as one that callers
// can tell apart.
func (c *container) explain(base *baseReader, err error) error {
	switch {
	case base.err != nil:
		return base.err
	case errors.Is(err, datatransfer.ErrTooLarge), errors.Is(err, ErrCorrupt), errors.Is(err, ErrNotArchive):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it ends too early", ErrCorrupt)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// unchanged returns an error if the file was changed since it was opened.
func (c *container) unchanged() error {
	stat, err := c.file.Stat()
	if err != nil {
		return err
	}
	if stat.Size() != c.size || !stat.ModTime().Equal(c.modified) {
		return fmt.Errorf("%w: the file was changed while it was read", ErrCorrupt)
	}
	return nil
}

// A baseReader remembers the error of the file, which is not a fault of the archive.
type baseReader struct {
	src io.Reader
	err error
}

func (r *baseReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

type countingReader struct {
	src io.Reader
	n   int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	r.n += int64(n)
	return n, err
}

// A plainReader reads the tar of a container and holds the limits.
type plainReader struct {
	container *container
	base      *baseReader
	packed    *countingReader // nil: the archive is not compressed
	src       io.Reader
	n         int64
	sum       hash.Hash // of what was read, if it is not nil
}

func (p *plainReader) Read(b []byte) (int, error) {
	n, err := p.src.Read(b)
	p.n += int64(n)
	if p.sum != nil {
		p.sum.Write(b[:n])
	}
	limits := &p.container.limits
	switch {
	case p.n > limits.Total:
		return 0, fmt.Errorf("%w: the archive has more than %d bytes", datatransfer.ErrTooLarge, limits.Total)
	case p.packed != nil && (p.n-ratioLeeway)/int64(limits.Ratio) > p.packed.n:
		return 0, fmt.Errorf("%w: the archive is compressed more than %d times", datatransfer.ErrTooLarge, limits.Ratio)
	}
	if err != nil && err != io.EOF {
		err = p.container.explain(p.base, err)
	}
	return n, err
}

// readHead returns the first bytes of r, as many as detection needs or less.
func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, tarBlock)
	n, err := io.ReadFull(r, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return head[:n], err
}

func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}) }

// isTar reports whether head is the header of an entry of a tar, or the zeros that end
// one. The sum over the header holds in every variant of the format.
func isTar(head []byte) bool {
	if len(head) < tarBlock {
		return false
	}
	var sum int64
	for i, c := range head {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += int64(c)
	}
	if sum == 8*' ' {
		return !bytes.ContainsFunc(head, func(r rune) bool { return r != 0 })
	}
	var want int64
	for _, c := range bytes.Trim(head[148:156], " \x00") {
		if c < '0' || c > '7' {
			return false
		}
		want = want*8 + int64(c-'0')
	}
	return sum == want
}

// isText reports whether head is text, which nothing encrypted is.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size == 1 && len(head) >= utf8.UTFMax || r < '\t' || r == 0x7f {
			return false
		}
		head = head[size:]
	}
	return true
}
