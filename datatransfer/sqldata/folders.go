package sqldata

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

const (
	firstFolder  = "files"
	folderPrefix = "files-"
)

// madeFolder matches the names of the folders that transfers make.
var madeFolder = regexp.MustCompile("^" + folderPrefix + "[a-z2-7]{26}$")

// A folder is one of the folders of files while it is used. As long as it is, nobody removes it.
type folder struct {
	name string
	root *os.Root
	lock *os.File
}

// errGone means that a folder does not exist, or is being removed.
var errGone = errors.New("sqldata: the folder of files is missing")

// openFolder opens a folder in dir. It returns errGone if it is not there.
func openFolder(dir, name string) (*folder, error) {
	parent, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fileError("the folder of files cannot be opened", err)
	}
	defer parent.Close()
	root, err := parent.OpenRoot(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errGone
	}
	if err != nil {
		return nil, fileError("the folder of files cannot be opened", err)
	}
	lock, err := root.Open(".")
	if err != nil {
		root.Close()
		return nil, fileError("the folder of files cannot be opened", err)
	}
	f := &folder{name, root, lock}
	if lockShared(lock) != nil || !isSame(parent, name, lock) {
		f.close()
		return nil, errGone
	}
	return f, nil
}

// isSame reports whether a name still belongs to an open folder.
func isSame(parent *os.Root, name string, open *os.File) bool {
	there, err := parent.Stat(name)
	if err != nil {
		return false
	}
	here, err := open.Stat()
	return err == nil && os.SameFile(there, here)
}

// makeFolder makes a new folder in dir. Nobody else may remove folders meanwhile.
func makeFolder(dir string) (*folder, error) {
	name := folderPrefix + strings.ToLower(rand.Text())
	if err := mkdir(dir, name); err != nil {
		return nil, err
	}
	return openFolder(dir, name)
}

func mkdir(dir, name string) error {
	parent, err := os.OpenRoot(dir)
	if err != nil {
		return fileError("the folder of files cannot be made", err)
	}
	defer parent.Close()
	if err := parent.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fileError("the folder of files cannot be made", err)
	}
	return nil
}

// sync makes sure that the folder and its name outlast a power cut.
func (f *folder) sync(dir string) error {
	parent, err := os.Open(dir)
	if err != nil {
		return fileError("the folder of files cannot be synced", err)
	}
	defer parent.Close()
	for _, open := range []*os.File{f.lock, parent} {
		if err := open.Sync(); err != nil && locksFolders { // other systems have no sync of folders
			return fileError("the folder of files cannot be synced", err)
		}
	}
	return nil
}

// close ends the use of a folder. A nil folder is none.
func (f *folder) close() {
	if f != nil {
		f.lock.Close()
		f.root.Close()
	}
}

// removeUnused removes a folder that is not the current one and never will be, unless somebody uses
// it. A folder that cannot be removed stays for the next transfer.
func removeUnused(dir, name string) {
	parent, err := os.OpenRoot(dir)
	if err != nil {
		return
	}
	defer parent.Close()
	lock, err := parent.Open(name)
	if err != nil {
		return
	}
	defer lock.Close()
	if lockExclusive(lock) == nil {
		_ = parent.RemoveAll(name)
	}
}

// removeLeftovers removes the folders that earlier transfers have left in dir. The caller holds the
// lock of the state table, so that no transfer that is still running has made one of them current
// meanwhile.
func removeLeftovers(dir, first, current string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fileError("the folder of files cannot be read", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() && name != current && (name == first || madeFolder.MatchString(name)) {
			removeUnused(dir, name)
		}
	}
	return nil
}

// fileError returns an error without the path that those of os have.
func fileError(what string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	return fmt.Errorf("sqldata: %s: %w", what, err)
}
