package sqldata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// WriteAssets writes the files to the new folder. Their metadata is that of the rows, and is not kept twice.
func (d *destination) WriteAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
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
			err = writeFile(d.folder.root, a.Name, body)
		}
		if err == nil && a.Size >= 0 && body.read != a.Size {
			err = fmt.Errorf("%w: the file has %d bytes, and %d were announced", datatransfer.ErrInvalid, body.read, a.Size)
		}
		return err
	}, nil)
}

// writeFile writes a new file and makes sure that it outlasts a power cut. It returns an error of body unchanged.
func writeFile(root *os.Root, name string, body *assetBody) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: another file has this name, or differs only in case", datatransfer.ErrInvalid)
	}
	if err != nil {
		return fileError("a file cannot be made", err)
	}
	// A plain Writer, so that io.Copy reads body in parts whatever it is.
	_, err = io.Copy(struct{ io.Writer }{file}, body)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil && body.err == nil {
		err = fileError("a file cannot be written", err)
	}
	return err
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
