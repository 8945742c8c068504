package archive

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// waitingMetadata is metadata whose file may be the next entry.
type waitingMetadata struct {
	entry *entry
	text  json.RawMessage
	row   datatransfer.Ref
}

// The number of an asset has these flags, and above them 1 + the offset of its metadata in
// the spool, or 0.
const (
	hasMetadata = 1 << iota
	hasUpload
	assetFlags = iota
)

// assetMetadata checks metadata, which then waits for the next entry.
func (c *checker) assetMetadata(e *entry) error {
	text, err := readSmall(e, c.limits)
	if err != nil {
		return err
	}
	metadata, row, err := c.metadata.check(e.asset, text)
	if err != nil {
		return err
	}
	if err := c.flag(e, hasMetadata); err != nil {
		return err
	}
	c.waiting = &waitingMetadata{e, metadata, row}
	if !c.disorder {
		c.contents.asset(e, row)
	}
	return nil
}

// assetUpload reads a file.
func (c *checker) assetUpload(e *entry) error {
	if c.waiting != nil && c.waiting.entry.asset == e.asset {
		c.waiting = nil
	} else if err := c.setAside(); err != nil {
		return err
	}
	if err := c.flag(e, hasUpload); err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, e.body)
	if err == nil && n != e.size {
		err = fmt.Errorf("%w: the file has %d bytes instead of %d", ErrCorrupt, n, e.size)
	}
	stage := c.r.info.stage(datatransfer.StageAssets)
	stage.Records++
	stage.Bytes += n
	return err
}

// flag notes that the asset of e has metadata or a file. An asset must have each once,
// and no two assets have names that differ in case only.
func (c *checker) flag(e *entry, flag int64) error {
	files := c.r.files
	if !files.has(e.asset) && !files.add(e.asset) {
		return fmt.Errorf("%w: another asset has a name that differs in case only", ErrCorrupt)
	}
	known := files.number(e.asset)
	if *known&flag != 0 {
		return fmt.Errorf("%w: the entry is there twice", ErrCorrupt)
	}
	*known |= flag
	return nil
}

// setAside puts the metadata that waits, if there is any, into the spool: its length, its
// text, and the name of the entry that it came from.
func (c *checker) setAside() error {
	w := c.waiting
	if w == nil {
		return nil
	}
	c.waiting = nil
	if c.r.spool == nil {
		var err error
		if c.r.spool, err = newSpool(c.r.tempDir); err != nil {
			return err
		}
	}
	*c.r.files.number(w.entry.asset) |= (c.r.spool.size + 1) << assetFlags
	return c.r.spool.putMetadata(w.entry.name, w.text)
}

// putMetadata appends metadata and the name of its entry.
func (s *spool) putMetadata(name string, text []byte) error {
	sizes := binary.BigEndian.AppendUint64(nil, uint64(len(name)))
	sizes = binary.BigEndian.AppendUint64(sizes, uint64(len(text)))
	for _, part := range [][]byte{sizes, []byte(name), text} {
		if _, err := s.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// metadata returns what putMetadata wrote at offset.
func (s *spool) metadata(offset int64) (name string, text json.RawMessage, err error) {
	src, err := s.section(offset, s.size-offset)
	if err != nil {
		return "", nil, err
	}
	var sizes [16]byte
	if _, err := io.ReadFull(src, sizes[:]); err != nil {
		return "", nil, err
	}
	both := make([]byte, binary.BigEndian.Uint64(sizes[:])+binary.BigEndian.Uint64(sizes[8:]))
	if _, err := io.ReadFull(src, both); err != nil {
		return "", nil, err
	}
	split := binary.BigEndian.Uint64(sizes[:])
	return string(both[:split]), both[split:], nil
}

// pairAssets returns an error for a file without metadata, and notes metadata without a file.
func (c *checker) pairAssets(ctx context.Context) error {
	for key := range c.r.files.table.all {
		switch known := *c.r.files.table.value(key); known & (hasMetadata | hasUpload) {
		case hasUpload:
			return c.r.nameUnpaired(ctx)
		case hasMetadata:
			name, _, err := c.r.spool.metadata(known>>assetFlags - 1)
			if err != nil {
				return err
			}
			c.r.info.note(OrphanMetadata, (&entry{name: name}).where(0), "")
		}
	}
	return nil
}
