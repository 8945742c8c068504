package main

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"
)

// files keeps the files that were pushed. It chooses their names itself.
type files struct {
	root   *os.Root
	limits fileLimits
	answer time.Duration // in which an answer has to be written
	logger *slog.Logger
}

func openFiles(cfg config, logger *slog.Logger) (*files, error) {
	dir := filepath.Join(cfg.Data, "files")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f := &files{root, cfg.Files, cfg.Limits.Request, logger}
	if err := f.removeParts(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

const partSuffix = ".part" // of a push that is under way

// removeParts removes the parts of pushes that were under way when the program was
// killed.
func (f *files) removeParts() error {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), partSuffix) {
			err = errors.Join(err, f.root.Remove(entry.Name()))
		}
	}
	return err
}

func (f *files) close() error { return f.root.Close() }

type fileInfo struct {
	ID       uuid.UUID `json:"id"`
	Size     int64     `json:"size"`
	PushedAt time.Time `json:"pushedAt"`
}

// save keeps all of content, or nothing if confirm or reading content fails.
func (f *files) save(content io.Reader, confirm func() error) (_ fileInfo, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return fileInfo{}, err
	}
	part := id.String() + partSuffix
	file, err := f.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fileInfo{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.root.Remove(part))
		}
	}()
	_, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fileInfo{}, err
	}
	if err := confirm(); err != nil {
		return fileInfo{}, err
	}
	if err := f.root.Rename(part, id.String()); err != nil {
		return fileInfo{}, err
	}
	if err := f.syncFolder(); err != nil {
		return fileInfo{}, errors.Join(err, f.root.Remove(id.String()))
	}
	stat, err := f.root.Stat(id.String())
	if err != nil {
		return fileInfo{}, err
	}
	return fileInfo{id, stat.Size(), stat.ModTime().UTC()}, nil
}

// syncFolder makes the new name of a file last through a power failure.
func (f *files) syncFolder() error {
	if runtime.GOOS == "windows" {
		return nil // it does not sync folders
	}
	folder, err := f.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// open returns fs.ErrNotExist for anything that is not the text of an ID.
func (f *files) open(id string) (*os.File, error) {
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.String() != id {
		return nil, fs.ErrNotExist
	}
	return f.root.Open(id)
}

// list returns the files in the order in which they were pushed.
func (f *files) list() ([]fileInfo, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	list := []fileInfo{}
	for _, entry := range entries {
		id, err := uuid.Parse(entry.Name())
		if err != nil {
			continue // a push that is under way
		}
		stat, err := entry.Info()
		if err != nil {
			return nil, err
		}
		list = append(list, fileInfo{id, stat.Size(), stat.ModTime().UTC()})
	}
	return list, nil
}
