package archive_test

import (
	"archive/tar"
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

const (
	entitiesFile      = "entities/entities_00001.jsonl"
	linksFile         = "links/links_00001.jsonl"
	schemasFile       = "schemas/schemas_00001.jsonl"
	configurationFile = "configuration/configuration_00001.jsonl"
	sampleAsset       = "client_0f0e94137b.txt"
	uploadFile        = "assets/uploads/" + sampleAsset
	metadataFile      = "assets/metadata/" + sampleAsset + ".json"
)

// A variant is an archive as somebody might make it, and what becomes of it. The answers
// of strapi import were recorded by running its reader, version 5.54.0.
type variant struct {
	name   string
	strapi string // the answer of strapi import
	pack   func(t *testing.T, files []file) []byte

	err     error               // ours; nil: it is read
	where   string              // the entry and line that our error names
	finding archive.FindingKind // that is noted
	change  func(*snapshot)     // makes of the sample what is read; nil: the sample itself is read
}

// repack returns a pack function that packs a tar of changed files.
func repack(change func(files []file) []file) func(*testing.T, []file) []byte {
	return func(t *testing.T, files []file) []byte { return packTar(t, change(files)) }
}

// reheader returns a pack function that changes each header.
func reheader(change func(*tar.Header)) func(*testing.T, []file) []byte {
	return repack(func(files []file) []file {
		for i := range files {
			files[i].change = change
		}
		return files
	})
}

// rewrite returns a pack function that changes the body of one file.
func rewrite(name string, change func(body string) string) func(*testing.T, []file) []byte {
	return repack(func(files []file) []file {
		return edit(files, name, func(e *file) { e.body = change(e.body) })
	})
}

func first(name string) func([]file) []file {
	return func(files []file) []file {
		moved := slices.IndexFunc(files, func(e file) bool { return e.name == name })
		return with(files[moved:moved+1], without(files, name)...)
	}
}

const asIs = "read"

var longHash = strings.Repeat("long", 40) // the path of its file does not fit into a header of ustar

var variants = []variant{
	{name: "metadata.json first", strapi: asIs, pack: repack(first("metadata.json"))},
	{name: "entries in the opposite order", strapi: asIs, pack: repack(func(files []file) []file {
		slices.Reverse(files)
		return files
	})},
	{name: "links before entities", strapi: asIs, pack: repack(first(linksFile))},
	{name: "split files in the wrong order", strapi: "read in the order of the tar", change: func(s *snapshot) {
		s.Entities = slices.Concat(s.Entities[1:], s.Entities[:1])
	}, pack: repack(
		func(files []file) []file {
			return slices.Concat(edit(files, entitiesFile, func(e *file) {
				e.name = "entities/entities_00002.jsonl"
				_, e.body, _ = strings.Cut(e.body, "\n")
			}), edit(files[1:2], entitiesFile, func(e *file) { e.body, _, _ = strings.Cut(e.body, "\n") }))
		})},

	{name: "./ before names", strapi: asIs, pack: reheader(func(h *tar.Header) { h.Name = "./" + h.Name })},
	{name: "GNU format", strapi: asIs, pack: reheader(func(h *tar.Header) { h.Format = tar.FormatGNU })},
	{name: "PAX format", strapi: asIs, pack: reheader(func(h *tar.Header) {
		h.Format, h.PAXRecords = tar.FormatPAX, map[string]string{"comment": "packed again"}
	})},
	{name: "folder entries", strapi: asIs, pack: repack(func(files []file) []file {
		folder := func(h *tar.Header) { h.Typeflag, h.Mode = tar.TypeDir, 0o755 }
		return with([]file{{"./", "", folder}, {"entities/", "", folder}, {"./assets/uploads/", "", folder}}, files...)
	})},
	{name: "backslash names", strapi: asIs, pack: reheader(func(h *tar.Header) {
		h.Name = strings.ReplaceAll(h.Name, "/", `\`)
	})},
	{name: "long PAX names", strapi: asIs, change: func(s *snapshot) {
		renamed := s.Assets[sampleAsset]
		metadata := renamed.Metadata.(map[string]any)
		metadata["hash"] = longHash
		delete(s.Assets, sampleAsset)
		s.Assets[longHash+".txt"] = renamed
		s.Entities[4].(map[string]any)["data"].(map[string]any)["hash"] = longHash
	}, pack: repack(func(files []file) []file {
		rename := func(e *file) {
			e.name = strings.Replace(e.name, "client_0f0e94137b", longHash, 1)
			e.body = strings.Replace(e.body, `"hash":"client_0f0e94137b"`, `"hash":"`+longHash+`"`, 1)
		}
		return edit(edit(edit(files, uploadFile, rename), metadataFile, rename), entitiesFile, rename)
	})},

	{name: "blank lines", strapi: asIs, pack: rewrite(entitiesFile, func(body string) string {
		return "\n\n" + strings.ReplaceAll(body, "\n", "\n \t\n\n")
	})},
	{name: "trailing newline", strapi: asIs, pack: rewrite(entitiesFile, func(body string) string { return body + "\n" })},
	{name: "CRLF", strapi: asIs, pack: rewrite(entitiesFile, func(body string) string {
		return strings.ReplaceAll(body, "\n", "\r\n") + "\r\n"
	})},
	{name: "BOM", strapi: "parse error at the entry",
		pack: rewrite(entitiesFile, func(body string) string { return "\ufeff" + body }),
		err:  archive.ErrCorrupt, where: entitiesFile + ", line 1"},

	{name: "no metadata.json", strapi: "not a valid Strapi data file",
		pack: repack(func(files []file) []file { return without(files, "metadata.json") }), err: archive.ErrNotArchive},
	{name: "null in metadata.json", strapi: "could not load metadata",
		pack: rewrite("metadata.json", func(string) string { return "null" }),
		err:  archive.ErrCorrupt, where: "metadata.json"},
	{name: "empty file", strapi: "not a valid Strapi data file",
		pack: func(*testing.T, []file) []byte { return nil }, err: archive.ErrNotArchive},
	{name: "truncated tar", strapi: "not a valid Strapi data file", pack: func(t *testing.T, files []file) []byte {
		packed := packTar(t, files)
		return packed[:len(packed)-4000]
	}, err: archive.ErrCorrupt},
	{name: "bytes after the gzip member", strapi: "not a valid Strapi data file",
		pack: func(t *testing.T, files []file) []byte {
			return append(compress(t, packTar(t, files)), "more"...)
		}, err: archive.ErrCorrupt},
	{name: "gzip cut in its last 20 bytes", strapi: "metadata is read, then unexpected end of file",
		pack: func(t *testing.T, files []file) []byte {
			packed := compress(t, packTar(t, files))
			return packed[:len(packed)-20]
		}, err: archive.ErrCorrupt},
	{name: "{} in metadata.json", strapi: asIs, change: func(s *snapshot) { s.Metadata = datatransfer.Metadata{} },
		pack: rewrite("metadata.json", func(string) string { return "{}" })},
	{name: "several gzip members", strapi: asIs, pack: func(t *testing.T, files []file) []byte {
		packed := packTar(t, files)
		return slices.Concat(compress(t, packed[:1000]), compress(t, nil), compress(t, packed[1000:]))
	}},

	{name: "no schemas", strapi: "could not load schemas",
		pack: repack(func(files []file) []file { return without(files, schemasFile) }), err: archive.ErrCorrupt},
	{name: "only schemas and metadata.json", strapi: "read, nothing imported", change: func(s *snapshot) {
		*s = snapshot{Metadata: s.Metadata, Schemas: s.Schemas, Assets: map[string]assetSnapshot{}}
	},
		pack: repack(func(files []file) []file {
			return without(files, entitiesFile, uploadFile, metadataFile, linksFile, configurationFile)
		})},
	{name: "another file in entities", strapi: "read as records", change: func(s *snapshot) {
		s.Entities = append(s.Entities, s.Entities[0])
	}, pack: repack(func(files []file) []file {
		record, _, _ := strings.Cut(files[1].body, "\n")
		return with(files, file{name: "entities/more.txt", body: record})
	})},
	{name: "a folder in entities", strapi: "ignored", finding: archive.IgnoredEntry, pack: repack(func(files []file) []file {
		return with(files, file{name: "entities/more/entities_00001.jsonl", body: "not looked at"})
	})},
	{name: "the same entry twice", strapi: "both are read, entities doubled", pack: repack(func(files []file) []file {
		return with(files, files[1])
	}), err: archive.ErrCorrupt, where: entitiesFile},

	{name: "symbolic link", strapi: "ignored", pack: repack(func(files []file) []file {
		return with(files, file{"entities/link.jsonl", "", func(h *tar.Header) {
			h.Typeflag, h.Linkname = tar.TypeSymlink, "/etc/passwd"
		}})
	}), err: archive.ErrCorrupt, where: "entities/link.jsonl"},
	{name: "a name that leaves the folder", strapi: "ignored", pack: repack(func(files []file) []file {
		return with(files, file{name: "assets/uploads/../../evil.txt"})
	}), err: archive.ErrCorrupt, where: "assets/uploads/../../evil.txt"},
	{name: "upload without metadata", strapi: "refused before anything was changed",
		pack: repack(func(files []file) []file { return without(files, metadataFile) }),
		err:  archive.ErrCorrupt, where: uploadFile},
	{name: "metadata without upload", strapi: "ignored", finding: archive.OrphanMetadata,
		change: func(s *snapshot) { s.Assets = map[string]assetSnapshot{} },
		pack:   repack(func(files []file) []file { return without(files, uploadFile) })},
	{name: "metadata without mime", strapi: "refused before anything was changed",
		pack: rewrite(metadataFile, func(body string) string { return strings.Replace(body, `"mime"`, `"mine"`, 1) }),
		err:  archive.ErrCorrupt, where: metadataFile},
	{name: "metadata of another file name", strapi: "refused before anything was changed",
		pack: rewrite(metadataFile, func(body string) string { return strings.Replace(body, `".txt"`, `".text"`, 1) }),
		err:  archive.ErrCorrupt, where: metadataFile},
	{name: "bad JSON in the last line", strapi: "error that names the entry, the import is rolled back",
		pack: rewrite(entitiesFile, func(body string) string { return body + "\n{\"type\":" }),
		err:  archive.ErrCorrupt, where: entitiesFile + ", line 7"},
}

func TestEveryVariantOfAnArchiveIsReadOrRefusedAsAWhole(t *testing.T) {
	require.Len(t, variants, 34)
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			t.Logf("strapi import: %s", v.strapi)
			name := save(t, v.pack(t, sampleFiles(t, "export.tar")))
			r, err := archive.Open(t.Context(), name, nil)
			if v.err != nil {
				t.Logf("ours: %v", err)
				require.ErrorIs(t, err, v.err)
				require.Nil(t, r)
				if v.where != "" {
					var placed *datatransfer.RecordError
					require.ErrorAs(t, err, &placed)
					require.Equal(t, v.where, placed.Where)
				}
				return
			}
			require.NoError(t, err)
			defer r.Close()
			if v.finding != "" {
				require.Equal(t, map[archive.FindingKind]int64{v.finding: 1}, r.Info().Counts)
			}
			want := takeSnapshot(t, open(t, "testdata/export.tar", nil))
			if v.change != nil {
				v.change(&want)
			}
			require.Equal(t, want, takeSnapshot(t, r))
		})
	}
}

func TestASecondReadingOfAnyOrderYieldsTheSame(t *testing.T) {
	files := sampleFiles(t, "rich.tar")
	want := takeSnapshot(t, open(t, "testdata/rich.tar", nil))
	orders := map[string]func(a, b file) int{
		"by name":          func(a, b file) int { return strings.Compare(a.name, b.name) },
		"by name, falling": func(a, b file) int { return strings.Compare(b.name, a.name) },
		"by length":        func(a, b file) int { return len(a.name) - len(b.name) },
	}
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			sorted := slices.Clone(files)
			slices.SortStableFunc(sorted, order)
			r := open(t, save(t, packTar(t, sorted)), nil)
			require.Zero(t, r.Info().Problems(), "%v", r.Info().Findings)
			require.Equal(t, want, takeSnapshot(t, r))
			require.Equal(t, want, takeSnapshot(t, r), "a Reader can be read again")
		})
	}
}

// A reading that was broken off between two stages leaves nothing of the next one out.
func TestAStageIsWholeAfterTheOneBeforeWasBrokenOff(t *testing.T) {
	files := sampleFiles(t, "rich.tar")
	isLinks := func(f file) bool { return strings.HasPrefix(f.name, "links/") }
	links := files[slices.IndexFunc(files, isLinks)]
	var mixed []file
	isFirst := true
	for _, f := range files {
		if isLinks(f) {
			continue
		}
		mixed = append(mixed, f)
		if isFirst && strings.HasPrefix(f.name, "assets/uploads/") {
			mixed, isFirst = append(mixed, links), false
		}
	}
	want := takeSnapshot(t, open(t, "testdata/rich.tar", nil))
	r := open(t, save(t, packTar(t, mixed)), nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var failure error
	for _, err := range r.Assets(ctx) {
		cancel()
		failure = err
	}
	require.ErrorIs(t, failure, context.Canceled)
	var got []datatransfer.Link
	for link, err := range r.Links(t.Context()) {
		require.NoError(t, err)
		got = append(got, link)
	}
	require.Len(t, got, len(want.Links))
}

// Metadata far from its file waits in a temporary file, which nobody can read but the
// process, and which is gone afterwards.
func TestMetadataThatWaitsForItsFileLeavesNothingBehind(t *testing.T) {
	files := sampleFiles(t, "rich.tar")
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	folder := t.TempDir()
	r, err := archive.Open(t.Context(), save(t, packTar(t, files)), &archive.ReadOptions{TempDir: folder})
	require.NoError(t, err)
	require.Len(t, takeSnapshot(t, r).Assets, 7)
	require.NoError(t, r.Close())
	require.Empty(t, list(t, folder))
}

func TestBytesAfterTheEndOfTheTarAreRefusedUnlessTheyAreZero(t *testing.T) {
	packed := packTar(t, sampleFiles(t, "export.tar"))
	open(t, save(t, append(bytes.Clone(packed), make([]byte, 9*512)...)), nil)
	_, err := archive.Open(t.Context(), save(t, append(bytes.Clone(packed), "more"...)), nil)
	require.ErrorIs(t, err, archive.ErrCorrupt)
}
