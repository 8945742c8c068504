package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A Reader reads an archive. It is a [datatransfer.Source], and is used by one goroutine at
// a time.
type Reader struct {
	limits  Limits
	tempDir string
	open    func() (tree, error) // the tree from its beginning
	release func() error
	changed func() error // returns an error if the archive was changed

	info    Info
	schemas datatransfer.Schemas
	spans   map[datatransfer.Stage]span
	files   *assetNames // with the flags of a checker; nil if there is no spool
	spool   *spool      // metadata that does not stand before its file; nil: none
	pass    *pass       // the reading that the next stage may go on with
	closed  bool
}

var (
	_ datatransfer.Source    = (*Reader)(nil)
	_ datatransfer.Estimator = (*Reader)(nil)
)

// A span is the part of an archive that has the entries of a stage.
type span struct{ first, last int64 }

// A pass is one reading of the tree.
type pass struct {
	tree     tree
	position int64 // of the next entry
}

// Open opens the file or folder with the name and reads all of it. It checks the
// encryption, the sums, each entry, each record and the limits before anything is handed
// on. It recognizes the format, compression and encryption by the content, not by the name.
// Nil opts are the zero options.
//
// An archive that must not be read is [ErrNotArchive], [ErrPassphrase], [ErrCorrupt] or
// [datatransfer.ErrTooLarge]. If the fault has a place, the error is also a
// [datatransfer.RecordError]. Files and rows that are merely missing do not end Open:
// [Reader.Info] lists them.
//
// The archive must not be changed while it is open. The caller must call Close.
func Open(ctx context.Context, name string, opts *ReadOptions) (*Reader, error) {
	if opts == nil {
		opts = new(ReadOptions)
	}
	r := &Reader{
		limits: opts.Limits.withDefaults(), tempDir: opts.TempDir,
		spans: make(map[datatransfer.Stage]span), files: newAssetNames(),
	}
	for _, stage := range datatransfer.Stages() {
		info := StageInfo{Stage: stage}
		if stage != datatransfer.StageAssets {
			info.ByType = make(map[string]datatransfer.Count)
		}
		r.info.Stages = append(r.info.Stages, info)
	}
	r.info.Counts = make(map[FindingKind]int64)
	stat, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	r.info.Modified = stat.ModTime()
	if stat.IsDir() {
		err = r.openFolder(name)
	} else {
		err = r.openFile(name, opts)
	}
	if err == nil {
		err = r.check(ctx)
	}
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// openFile prepares the reading of a tar.
func (r *Reader) openFile(name string, opts *ReadOptions) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	r.release = file.Close
	c, err := openContainer(file, opts)
	if err != nil {
		return err
	}
	r.open = func() (tree, error) { return newTarTree(c) }
	r.changed = c.unchanged
	r.info.Format, r.info.Encryption, r.info.Compressed = FormatTar, c.encryption, c.compressed
	r.info.Size = c.size
	return nil
}

// openFolder prepares the reading of a folder.
func (r *Reader) openFolder(name string) error {
	root, err := os.OpenRoot(name)
	if err != nil {
		return err
	}
	r.release = root.Close
	if _, err := root.Lstat(metadataName); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: the folder has no %s", ErrNotArchive, metadataName)
	}
	r.open = func() (tree, error) { return newDirTree(root, r.limits), nil }
	r.changed = func() error { return nil }
	r.info.Format, r.info.Encryption = FormatDir, None
	return nil
}

// check reads the whole archive and fills in the info.
func (r *Reader) check(ctx context.Context) error {
	t, err := r.open()
	if err != nil {
		return err
	}
	defer t.close()
	sum := sha256.New()
	tar, isTar := t.(*tarTree)
	if isTar {
		tar.plain.sum = sum
	}
	if err := newChecker(r).run(ctx, t); err != nil {
		return err
	}
	if r.spool == nil {
		r.files = nil // only spooled metadata has to be looked up
	}
	if isTar {
		r.info.Bytes, r.info.SHA256 = tar.plain.n, hex.EncodeToString(sum.Sum(nil))
	} else {
		r.info.Bytes = t.(*dirTree).bytes
		r.info.Size = r.info.Bytes
	}
	return r.changed()
}

// Info returns the description of the archive. The caller may keep it and change it.
func (r *Reader) Info() Info {
	info := r.info
	info.Stages = slices.Clone(info.Stages)
	for i := range info.Stages {
		info.Stages[i].ByType = maps.Clone(info.Stages[i].ByType)
	}
	info.Findings = slices.Clone(info.Findings)
	info.Counts = maps.Clone(info.Counts)
	return info
}

// Metadata returns the content of metadata.json.
func (r *Reader) Metadata(ctx context.Context) (datatransfer.Metadata, error) {
	return r.info.Metadata, r.usable(ctx)
}

// Schemas returns the schemas in the order of the archive.
func (r *Reader) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	if err := r.usable(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(r.schemas), nil
}

// Estimate returns the numbers of a stage, which are exact.
func (r *Reader) Estimate(ctx context.Context, stage datatransfer.Stage) (records, bytes int64, ok bool) {
	info := r.info.Stage(stage)
	return info.Records, info.Bytes, r.usable(ctx) == nil
}

// Close frees what the Reader holds, and removes its temporary file.
func (r *Reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	var err error
	if r.pass != nil {
		err = r.pass.tree.close()
	}
	if r.spool != nil {
		err = errors.Join(err, r.spool.close())
	}
	if r.release != nil {
		err = errors.Join(err, r.release())
	}
	return err
}

func (r *Reader) usable(ctx context.Context) error {
	if r.closed {
		return fmt.Errorf("archive: %w", os.ErrClosed)
	}
	return ctx.Err()
}

// entries returns the entries of a stage. It goes on with the reading of an earlier stage
// if that has not passed the first entry, and otherwise begins a new one.
func (r *Reader) entries(ctx context.Context, stage datatransfer.Stage) iter.Seq2[*entry, error] {
	return func(yield func(*entry, error) bool) {
		if err := r.usable(ctx); err != nil {
			yield(nil, err)
			return
		}
		span, ok := r.spans[stage]
		if !ok {
			return
		}
		p, err := r.takePass(span.first)
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.parkPass(p)
		for p.position <= span.last {
			e, err := p.tree.next()
			if err == nil {
				p.position++
				err = r.usable(ctx)
			}
			if err != nil {
				yield(nil, errChanged(err))
				return
			}
			e.body = contextReader{ctx, e.body}
			if e.kind.stage() == stage && !yield(e, nil) {
				return
			}
		}
		if err := r.changed(); err != nil {
			yield(nil, err)
		}
	}
}

// errChanged returns the error for an archive that ends earlier than when it was checked.
func errChanged(err error) error {
	if err == io.EOF {
		return fmt.Errorf("%w: it was changed while it was read", ErrCorrupt)
	}
	return err
}

// takePass returns a pass that has not gone beyond position.
func (r *Reader) takePass(position int64) (*pass, error) {
	p := r.pass
	r.pass = nil
	if p != nil && p.position <= position {
		return p, nil
	}
	if p != nil {
		if err := p.tree.close(); err != nil {
			return nil, err
		}
	}
	if err := r.changed(); err != nil {
		return nil, err
	}
	t, err := r.open()
	return &pass{tree: t}, err
}

// parkPass keeps p for the next stage.
func (r *Reader) parkPass(p *pass) {
	if r.pass != nil || r.closed {
		p.tree.close()
		return
	}
	r.pass = p
}
