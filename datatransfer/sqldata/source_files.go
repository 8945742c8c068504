package sqldata

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Assets yields the files that the rows of datatransfer.TypeFile name, each followed by its
// formats. A row without a file is left out, as is a file without a row. A file that several rows
// name comes once.
func (s *source) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return sequence(ctx, s, func(yield func(datatransfer.Asset) error) error {
		if s.folder == nil {
			return nil
		}
		seed, seen := maphash.MakeSeed(), make(map[uint64]struct{}) // hashes of names, of which there may be millions
		return s.readRows(ctx, s.byType[datatransfer.TypeFile], datatransfer.StageAssets, func(r row) error {
			files, err := filesOf(r)
			if err != nil {
				return recordError(datatransfer.StageAssets, datatransfer.TypeFile, r.ref, err)
			}
			for _, f := range files {
				key := maphash.String(seed, f.name)
				if _, again := seen[key]; again {
					continue
				}
				seen[key] = struct{}{}
				if err := s.yieldFile(ctx, f, yield); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// A namedFile is a file that a row names.
type namedFile struct {
	name     string
	metadata json.RawMessage
}

// filesOf returns the file of a row and its formats.
func filesOf(r row) ([]namedFile, error) {
	var data map[string]json.RawMessage
	if err := json.Unmarshal(r.data, &data); err != nil {
		return nil, err
	}
	data["id"] = json.RawMessage(r.ref)
	files := []namedFile{nameFile(data)}
	var formats map[string]map[string]json.RawMessage
	if json.Unmarshal(data["formats"], &formats) != nil {
		return files, nil // null, or no formats that could have files
	}
	for _, format := range slices.Sorted(maps.Keys(formats)) {
		members := formats[format]
		if members == nil {
			continue
		}
		members["type"], _ = json.Marshal(format)
		members["id"], members["mainHash"] = data["id"], data["hash"]
		files = append(files, nameFile(members))
	}
	return files, nil
}

// nameFile returns the file that members describe. Its name is "" if they describe none.
func nameFile(members map[string]json.RawMessage) namedFile {
	var hash, ext string
	if json.Unmarshal(members["hash"], &hash) != nil || hash == "" {
		return namedFile{}
	}
	_ = json.Unmarshal(members["ext"], &ext) // may be null
	metadata, err := json.Marshal(members)
	if err != nil || datatransfer.CheckAssetName(hash+ext) != nil {
		return namedFile{}
	}
	return namedFile{hash + ext, metadata}
}

// yieldFile yields a file if it is there.
func (s *source) yieldFile(ctx context.Context, f namedFile, yield func(datatransfer.Asset) error) error {
	if f.name == "" {
		return nil
	}
	open, err := s.folder.root.Open(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileError("a file cannot be opened", err)
	}
	defer open.Close()
	info, err := open.Stat()
	if err != nil {
		return fileError("a file cannot be opened", err)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	return yield(datatransfer.Asset{
		Name: f.name, Size: info.Size(), Metadata: f.metadata, Body: fileReader{ctx, open},
	})
}

// A fileReader reads a file until its context ends.
type fileReader struct {
	ctx  context.Context
	file *os.File
}

func (r fileReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fileError("a file cannot be read", err)
	}
	return n, err
}
