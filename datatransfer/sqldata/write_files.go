package sqldata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"sync"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// WriteAssets writes the files to the new folder. Their metadata is that of the rows, and is not kept twice.
func (d *destination) WriteAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	files := &fileWriter{buffer: make([]byte, copyBytes), syncing: make(chan struct{}, syncsAtOnce)}
	defer files.wait()
	return write(ctx, d, datatransfer.StageAssets, seq, func(a datatransfer.Asset) error {
		if err := datatransfer.CheckAssetName(a.Name); err != nil {
			return err
		}
		body := &assetBody{ctx: ctx, reader: a.Body}
		var err error
		if d.folder == nil {
			if d.start.Scope.NoFiles {
				return fmt.Errorf("%w: a file, and files are not replaced", datatransfer.ErrInvalid)
			}
			d.leaveOut(datatransfer.TypeFile, "")
			_, err = io.Copy(io.Discard, body)
		} else {
			err = files.write(d.folder.root, a.Name, body)
		}
		if err == nil && a.Size >= 0 && body.read != a.Size {
			err = fmt.Errorf("%w: the file has %d bytes, and %d were announced", datatransfer.ErrInvalid, body.read, a.Size)
		}
		return err
	}, files.wait)
}

const (
	copyBytes   = 256 << 10 // at once from a body to its file
	syncsAtOnce = 4
)

// A fileWriter writes files, and makes sure that they outlast a power cut: while files are synced, the next ones are
// written.
type fileWriter struct {
	buffer  []byte
	syncing chan struct{} // has an element for each file that is being synced
	syncs   sync.WaitGroup

	mu      sync.Mutex
	failure error // the first of the syncs
}

// write writes a new file and begins to sync it. It returns an error of body unchanged, or that of an earlier sync.
func (w *fileWriter) write(root *os.Root, name string, body *assetBody) error {
	if err := w.failed(); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: another file has this name, or differs only in case", datatransfer.ErrInvalid)
	}
	if err != nil {
		return fileError("a file cannot be made", err)
	}
	// A plain Writer, so that io.Copy reads body in parts whatever it is.
	_, err = io.CopyBuffer(struct{ io.Writer }{file}, body, w.buffer)
	if err != nil {
		file.Close()
		if body.err == nil {
			err = fileError("a file cannot be written", err)
		}
		return err
	}
	w.syncing <- struct{}{}
	w.syncs.Go(func() {
		w.fail(errors.Join(file.Sync(), file.Close()))
		<-w.syncing
	})
	return nil
}

// wait waits until all files are synced.
func (w *fileWriter) wait() error {
	w.syncs.Wait()
	return w.failed()
}

func (w *fileWriter) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure
}

// fail remembers the first error. nil is none.
func (w *fileWriter) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && w.failure == nil {
		w.failure = fileError("a file cannot be written", err)
	}
}

// An assetBody counts the bytes of a body, stops when its context ends, and remembers the error of the body.
type assetBody struct {
	ctx    context.Context
	reader io.Reader
	read   int64
	err    error
}

func (b *assetBody) Read(p []byte) (int, error) {
	if b.err = b.ctx.Err(); b.err != nil {
		return 0, b.err
	}
	n, err := b.reader.Read(p)
	b.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}
