package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A dirTree gives out the files of a folder in the order in which archives are written.
// It holds the names of few files at a time: the files of assets come in the order that
// the system lists them in.
type dirTree struct {
	root    *os.Root
	limits  Limits
	steps   []func() ([]string, error) // each returns the paths of some files, and none at its end
	queue   []string
	file    *os.File
	folder  *os.File // that is being listed
	entries int
	bytes   int64
}

const dirBatch = 256 // names that are read at once

func newDirTree(root *os.Root, limits Limits) *dirTree {
	t := &dirTree{root: root, limits: limits}
	t.steps = []func() ([]string, error){
		t.sorted("schemas"), t.sorted("entities"), t.listed("assets/uploads", t.withMetadata),
		t.listed("assets/metadata", t.withoutUpload), t.sorted("links"), t.sorted("configuration"),
		t.others("assets", "uploads", "metadata"),
		t.others(".", "schemas", "entities", "assets", "links", "configuration"),
	}
	return t
}

func (t *dirTree) next() (*entry, error) {
	if err := t.closeFile(); err != nil {
		return nil, err
	}
	for len(t.queue) == 0 {
		if len(t.steps) == 0 {
			return nil, io.EOF
		}
		paths, err := t.steps[0]()
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			t.steps = t.steps[1:]
		}
		t.queue = paths
	}
	name := t.queue[0]
	t.queue = t.queue[1:]
	t.entries++
	if err := t.checkEntries(t.entries); err != nil {
		return nil, err
	}
	e, err := newEntry(name)
	if err != nil {
		return nil, err
	}
	if err := t.openEntry(e); err != nil {
		return nil, recordError(e, 0, err)
	}
	return e, nil
}

// openEntry opens the file of e, which must be a regular file and no link.
func (t *dirTree) openEntry(e *entry) error {
	listed, err := t.root.Lstat(e.name)
	if err != nil {
		return err
	}
	if !listed.Mode().IsRegular() {
		return fmt.Errorf("%w: a link, device or pipe, which archives must not have", ErrCorrupt)
	}
	file, err := t.root.Open(e.name)
	if err != nil {
		return err
	}
	t.file = file
	stat, err := file.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(stat, listed) {
		return fmt.Errorf("%w: the file was changed while it was read", ErrCorrupt)
	}
	e.size = stat.Size()
	t.bytes += e.size
	switch {
	case e.size > t.limits.Asset:
		return fmt.Errorf("%w: the file has more than %d bytes", datatransfer.ErrTooLarge, t.limits.Asset)
	case t.bytes > t.limits.Total:
		return fmt.Errorf("%w: the archive has more than %d bytes", datatransfer.ErrTooLarge, t.limits.Total)
	}
	e.body = &dirBody{file: file, left: e.size}
	return nil
}

// sorted returns a step that lists a folder with few files, in the order of their names.
func (t *dirTree) sorted(folder string) func() ([]string, error) {
	list := t.listed(folder, func(name string) ([]string, error) { return []string{folder + "/" + name}, nil })
	var all []string
	return func() ([]string, error) {
		for {
			some, err := list()
			if err != nil {
				return nil, err
			}
			if len(some) > 0 {
				all = append(all, some...)
				if err := t.checkEntries(len(all)); err != nil {
					return nil, err
				}
				continue
			}
			result := all
			all = nil
			slices.Sort(result)
			return result, nil
		}
	}
}

// listed returns a step that lists the files of a folder, which may be missing. paths
// returns the files that belong to a name.
func (t *dirTree) listed(folder string, paths func(name string) ([]string, error)) func() ([]string, error) {
	done := false
	return func() ([]string, error) {
		if done {
			return nil, nil
		}
		if t.folder == nil {
			file, err := t.openFolder(folder)
			if file == nil {
				done = true
				return nil, err
			}
			t.folder = file
		}
		for {
			found, err := t.folder.ReadDir(dirBatch)
			if err == io.EOF || err == nil && len(found) == 0 {
				err = t.folder.Close()
				t.folder, done = nil, true
				return nil, err
			}
			if err != nil {
				return nil, err
			}
			var batch []string
			for _, f := range found {
				var some []string
				if f.IsDir() {
					some, err = t.walk(path.Join(folder, f.Name()))
				} else {
					some, err = paths(f.Name())
				}
				if err != nil {
					return nil, err
				}
				batch = append(batch, some...)
			}
			if len(batch) > 0 {
				return batch, nil
			}
		}
	}
}

// openFolder opens a folder below the root, and returns nil if it is missing.
func (t *dirTree) openFolder(name string) (*os.File, error) {
	stat, err := t.root.Lstat(name)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !stat.IsDir() {
		return nil, fmt.Errorf("%w: %s is not a folder", ErrCorrupt, name)
	}
	return t.root.Open(name)
}

// withMetadata returns a file of an asset, and before it its metadata, if it is there.
func (t *dirTree) withMetadata(name string) ([]string, error) {
	upload, metadata := path.Join("assets/uploads", name), path.Join("assets/metadata", name+".json")
	there, err := t.exists(metadata)
	if err != nil || !there {
		return []string{upload}, err
	}
	return []string{metadata, upload}, nil
}

// withoutUpload returns metadata whose file is not there.
func (t *dirTree) withoutUpload(name string) ([]string, error) {
	metadata := path.Join("assets/metadata", name)
	e, err := newEntry(metadata)
	if err != nil {
		return nil, err
	}
	if e.kind == assetMetadata {
		there, err := t.exists(path.Join("assets/uploads", e.asset))
		if err != nil || there {
			return nil, err
		}
	}
	return []string{metadata}, nil
}

func (t *dirTree) exists(name string) (bool, error) {
	_, err := t.root.Lstat(name)
	if os.IsNotExist(err) {
		return false, nil
	}
	return err == nil, err
}

// others returns a step that lists a folder and what is below it, except for some folders.
func (t *dirTree) others(folder string, except ...string) func() ([]string, error) {
	done := false
	return func() ([]string, error) {
		if done {
			return nil, nil
		}
		done = true
		return t.walk(folder, except...)
	}
}

// walk returns the files of a folder and below it, except for what is in some folders. The
// folder may be missing.
func (t *dirTree) walk(folder string, except ...string) ([]string, error) {
	var found []string
	err := fs.WalkDir(t.root.FS(), folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case name == folder && os.IsNotExist(err):
			return nil
		case err != nil:
			return err
		case d.IsDir() && path.Dir(name) == folder && slices.Contains(except, d.Name()):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		found = append(found, name)
		return t.checkEntries(len(found))
	})
	return found, err
}

// checkEntries returns an error if n files are more than an archive may have.
func (t *dirTree) checkEntries(n int) error {
	if int64(n) > t.limits.Entries {
		return fmt.Errorf("%w: the archive has more than %d entries", datatransfer.ErrTooLarge, t.limits.Entries)
	}
	return nil
}

func (t *dirTree) closeFile() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	return err
}

func (t *dirTree) close() error {
	err := t.closeFile()
	if t.folder != nil {
		err = errors.Join(err, t.folder.Close())
	}
	return err
}

// A dirBody reads the file of an entry, which must have as many bytes as it had when it
// was opened.
type dirBody struct {
	file *os.File
	left int64
}

func (b *dirBody) Read(p []byte) (int, error) {
	n, err := b.file.Read(p)
	b.left -= int64(n)
	if b.left < 0 || err == io.EOF && b.left > 0 {
		return 0, fmt.Errorf("%w: the file was changed while it was read", ErrCorrupt)
	}
	return n, err
}
