package archive

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A tree gives out the files of an archive one after another.
type tree interface {
	// next returns the next file, or io.EOF. It ends the body of the entry before.
	next() (*entry, error)
	close() error
}

// An entry is one file of an archive.
type entry struct {
	name  string // as in the archive; only for messages
	kind  entryKind
	asset string // name of the asset, of assetMetadata and assetUpload
	size  int64
	body  io.Reader
}

// An entryKind says what a file of an archive holds. The stages stand in their order.
type entryKind int

const (
	archiveMetadata entryKind = iota
	schemaLines
	entityLines
	assetMetadata
	assetUpload
	linkLines
	configurationLines
	ignoredFile // a file that import does not look at
)

const metadataName = "metadata.json"

// stage returns the stage that the kind belongs to, or "".
func (k entryKind) stage() datatransfer.Stage {
	switch k {
	case entityLines:
		return datatransfer.StageEntities
	case assetMetadata, assetUpload:
		return datatransfer.StageAssets
	case linkLines:
		return datatransfer.StageLinks
	case configurationLines:
		return datatransfer.StageConfiguration
	}
	return ""
}

// newEntry returns the entry with the name that the archive gives it. Names may begin
// with "./", as tar -C writes them, and have backslashes, as on Windows. A name that
// leaves the folder, or that an asset must not have, is [ErrCorrupt].
func newEntry(name string) (*entry, error) {
	e := &entry{name: name, kind: ignoredFile}
	path, err := cleanName(name)
	if err != nil {
		return nil, entryError(e, err)
	}
	folder, file, nested := strings.Cut(path, "/")
	switch {
	case path == metadataName:
		e.kind = archiveMetadata
	case !nested:
	case folder == "assets":
		err = e.classifyAsset(file)
	case strings.Contains(file, "/"):
	case folder == "schemas":
		e.kind = schemaLines
	case folder == "entities":
		e.kind = entityLines
	case folder == "links":
		e.kind = linkLines
	case folder == "configuration":
		e.kind = configurationLines
	}
	if err != nil {
		return nil, entryError(e, err)
	}
	return e, nil
}

// classifyAsset sets kind and asset by the path below assets/.
func (e *entry) classifyAsset(path string) error {
	folder, file, _ := strings.Cut(path, "/")
	switch {
	case strings.Contains(file, "/"):
		return nil
	case folder == "uploads":
		e.kind, e.asset = assetUpload, file
	case folder == "metadata":
		name, isJSON := strings.CutSuffix(file, ".json")
		if !isJSON {
			return nil
		}
		e.kind, e.asset = assetMetadata, name
	default:
		return nil
	}
	return datatransfer.CheckAssetName(e.asset)
}

// cleanName returns the path of an entry with slashes and without "./" before it.
// Of a folder it is the path without the last slash, and "" of the archive itself.
func cleanName(name string) (string, error) {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fmt.Errorf("%w: the name has invalid or control characters", ErrCorrupt)
	}
	path := strings.ReplaceAll(name, `\`, "/")
	if path == "." {
		return "", nil
	}
	for strings.HasPrefix(path, "./") {
		path = path[2:]
	}
	path = strings.TrimSuffix(path, "/")
	if path == "" && name != "" && name[0] == '.' {
		return "", nil
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." {
			return "", fmt.Errorf("%w: the name may lead out of the archive", ErrCorrupt)
		}
	}
	if len(path) >= 2 && path[1] == ':' {
		return "", fmt.Errorf("%w: the name has the letter of a drive", ErrCorrupt)
	}
	return path, nil
}

// key returns a text that equal names share, also if they differ in case only.
func (e *entry) key() string {
	path, _ := cleanName(e.name)
	return foldCase(path)
}

// foldCase returns the same text for names that differ in case only.
func foldCase(name string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		if least < utf8.RuneSelf {
			return unicode.ToLower(least)
		}
		return least
	}, name)
}

// entryError returns err with the entry that it belongs to.
func entryError(e *entry, err error) error { return recordError(e, 0, err) }
