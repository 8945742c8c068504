package datatransfer

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"
	"strings"
)

// An assetChecker checks the assets of a transfer. It keeps a hash of each name and
// not the name, because there may be millions.
type assetChecker struct {
	seed  maphash.Seed
	names map[uint64]struct{}
}

func newAssetChecker() *assetChecker {
	return &assetChecker{seed: maphash.MakeSeed(), names: map[uint64]struct{}{}}
}

// check checks what an asset says of itself, and replaces its Body by one that checks
// the size.
func (c *assetChecker) check(t *transfer, s *stream, asset *Asset) (item, error) {
	failed := func(err error) (item, error) {
		return item{}, &RecordError{Stage: StageAssets, Where: clip(asset.Name), Err: err}
	}
	if err := CheckAssetName(asset.Name); err != nil {
		return item{}, err
	}
	key := maphash.String(c.seed, foldCase(asset.Name))
	if _, taken := c.names[key]; taken {
		return failed(invalidf("another asset has this name, or differs only in case"))
	}
	c.names[key] = struct{}{}
	if _, err := t.filter.parser.Object(asset.Metadata); err != nil {
		return failed(fmt.Errorf("metadata: %w", err))
	}
	if asset.Size < -1 {
		return failed(invalidf("the size is negative"))
	}
	if asset.Body == nil {
		return failed(invalidf("there is no body"))
	}
	body := &assetBody{stream: s, name: asset.Name, size: asset.Size, source: asset.Body}
	asset.Body = body
	t.media.arrived(asset.Name)
	return item{taken: body.finish}, nil
}

// foldCase returns a form of name that is the same for names that differ in case.
func foldCase(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// An assetBody passes the bytes of an asset on, counts them, and remembers the first
// error.
type assetBody struct {
	stream *stream
	name   string
	size   int64 // -1: unknown
	source io.Reader
	read   int64
	err    error // io.EOF after the last byte of an asset that is as long as it should be
}

func (b *assetBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if err := contextError(b.stream.transfer.ctx); err != nil {
		return 0, b.failed(err)
	}
	n, err := b.source.Read(p)
	if b.size >= 0 && b.read+int64(n) > b.size {
		return 0, b.failed(invalidf("more than the %d bytes that were announced", b.size))
	}
	b.read += int64(n)
	b.stream.report.Bytes += int64(n)
	b.stream.show()
	switch { // an error that wraps io.EOF is not the end
	case err == io.EOF && b.read < b.size:
		return n, b.failed(fmt.Errorf("%w: %d bytes, of %d that were announced", ErrInvalid, b.read, b.size))
	case err == io.EOF:
		b.err = io.EOF
		return n, io.EOF
	case err != nil:
		return n, b.failed(err)
	}
	return n, nil
}

// failed remembers an error, so that it ends the transfer also if the destination
// ignores it.
func (b *assetBody) failed(err error) error {
	b.err = &RecordError{Stage: StageAssets, Where: clip(b.name), Err: err}
	return b.stream.fail(b.err)
}

// finish checks that the destination has read all of the body. A destination that
// knows the size may stop after the last byte, before it has seen the end.
func (b *assetBody) finish() error {
	if b.err == nil {
		var next [1]byte
		n, err := io.ReadAtLeast(b, next[:], 1)
		if n > 0 {
			return b.failed(errUnread)
		}
		if err != nil && err != io.EOF {
			return err
		}
	}
	if b.err == io.EOF {
		return nil
	}
	return b.err
}

// mediaFiles follows which entities of the media library have no file.
type mediaFiles struct {
	seed     maphash.Seed
	expected map[uint64]struct{} // hashes of the names of files that have not come yet
	nameless int64
	found    int64 // how many entities have a file
}

func newMediaFiles() *mediaFiles {
	return &mediaFiles{seed: maphash.MakeSeed(), expected: map[uint64]struct{}{}}
}

// expect notes the file of an entity.
func (m *mediaFiles) expect(p *Parser, data json.RawMessage) {
	var hash, ext string
	err := p.record(data, func(name string, _ []byte) error {
		value, err := p.value()
		if err != nil || value[0] != '"' {
			return err
		}
		switch name {
		case "hash":
			hash, err = unquoteString(value)
		case "ext":
			ext, err = unquoteString(value)
		}
		return err
	})
	if err != nil || hash == "" {
		m.nameless++
		return
	}
	m.expected[maphash.String(m.seed, hash+ext)] = struct{}{}
}

// arrived notes a file.
func (m *mediaFiles) arrived(name string) {
	key := maphash.String(m.seed, name)
	if _, ok := m.expected[key]; ok {
		delete(m.expected, key)
		m.found++
	}
}

// missing returns how many entities have no file.
func (m *mediaFiles) missing() int64 { return m.nameless + int64(len(m.expected)) }
