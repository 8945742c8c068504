package archive_test

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// openError opens a tar of files, and returns the error, which must hold no content.
func openError(t *testing.T, files []file, opts *archive.ReadOptions) error {
	t.Helper()
	_, err := archive.Open(t.Context(), save(t, packTar(t, files)), opts)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "SECRET")
	return err
}

// requirePlace requires that an error names an entry, and a line if it has one.
func requirePlace(t *testing.T, err error, where string) {
	t.Helper()
	var placed *datatransfer.RecordError
	require.ErrorAs(t, err, &placed)
	require.Equal(t, where, placed.Where)
}

func TestNamesThatAnArchiveMustNotHaveAreRefused(t *testing.T) {
	for _, name := range []string{
		"../evil.txt", "./a/../b", "a/../../b", "/etc/passwd", "//x", "..", "entities/../../x.jsonl",
		`..\evil.txt`, `C:\evil.txt`, `\\server\share\x`, "entities/a\nb.jsonl", "entities/\xff.jsonl",
		"assets/uploads/..", "assets/uploads/.htaccess", "assets/uploads/CON.txt", "assets/uploads/a:b.txt",
		"assets/uploads/a?.txt", "assets/uploads/a.", "assets/metadata/.json", "assets/uploads/a\x01.txt",
	} {
		t.Run(fmt.Sprintf("%q", name), func(t *testing.T) {
			require.ErrorIs(t, openError(t, with(sampleFiles(t, "export.tar"), file{name: name}), nil), archive.ErrCorrupt)
		})
	}
}

func TestOnlyFilesAndFoldersAreRead(t *testing.T) {
	for kind, flag := range map[string]byte{
		"hard link": tar.TypeLink, "symbolic link": tar.TypeSymlink, "character device": tar.TypeChar,
		"block device": tar.TypeBlock, "pipe": tar.TypeFifo,
	} {
		t.Run(kind, func(t *testing.T) {
			err := openError(t, with(sampleFiles(t, "export.tar"), file{"assets/uploads/x.txt", "", func(h *tar.Header) {
				h.Typeflag, h.Linkname = flag, "metadata.json"
			}}), nil)
			require.ErrorIs(t, err, archive.ErrCorrupt)
			requirePlace(t, err, "assets/uploads/x.txt")
		})
	}
	t.Run("sparse file", func(t *testing.T) {
		// A file of 1 TiB that has no data, in the sparse format 1.0 of GNU tar.
		blockMap := "0\n" + strings.Repeat("\x00", 510)
		packed := packTar(t, []file{{"GNUSparseFile.0/x", blockMap, func(h *tar.Header) { h.Format = tar.FormatPAX }}})
		records := ""
		for _, r := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=entities/x.jsonl",
			"GNU.sparse.realsize=1099511627776"} {
			records += paxRecord(r)
		}
		extended := packTar(t, []file{{"PaxHeaders.0/x", records, nil}})
		extended[156] = 'x'
		fixChecksum(extended[:512])
		packed = append(extended[:1024], packed...)
		_, err := archive.Open(t.Context(), save(t, packed), nil)
		require.ErrorIs(t, err, archive.ErrCorrupt)
		require.ErrorContains(t, err, "sparse")
	})
	t.Run("links in a folder", func(t *testing.T) {
		folder := unpack(t, "testdata/export.tar")
		require.NoError(t, os.Symlink(filepath.Join(folder, "metadata.json"), filepath.Join(folder, "links", "more.jsonl")))
		_, err := archive.Open(t.Context(), folder, nil)
		require.ErrorIs(t, err, archive.ErrCorrupt)
		requirePlace(t, err, "links/more.jsonl")
	})
}

// paxRecord returns a record of an extended header, which begins with its own length.
func paxRecord(text string) string {
	for n := len(text) + 3; ; n++ {
		if record := fmt.Sprintf("%d %s\n", n, text); len(record) == n {
			return record
		}
	}
}

func fixChecksum(header []byte) {
	copy(header[148:156], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

func TestNoTwoNamesDifferInCaseOnly(t *testing.T) {
	files := sampleFiles(t, "export.tar")
	asset := func(name string) []file {
		renamed := edit(files, metadataFile, func(e *file) {
			e.name = "assets/metadata/" + name + ".txt.json"
			e.body = strings.Replace(e.body, `"client_0f0e94137b"`, `"`+name+`"`, 1)
		})
		return []file{renamed[2], {name: "assets/uploads/" + name + ".txt", body: "x"}}
	}
	for _, twins := range [][2]string{
		{"a", "A"}, {"A", "a"}, {"aB", "Ab"}, {"ä", "Ä"}, {"ς", "σ"}, {"\u212a", "k"}, {"k", "\u212a"},
	} {
		t.Run(twins[0]+" and "+twins[1], func(t *testing.T) {
			one := with(files, asset(twins[0])...)
			open(t, save(t, packTar(t, one)), nil)
			require.ErrorIs(t, openError(t, with(one, asset(twins[1])...), nil), archive.ErrCorrupt)
		})
	}
	require.ErrorIs(t, openError(t, with(files, file{name: "Entities/Entities_00001.JSONL"}), nil), archive.ErrCorrupt)
	require.ErrorIs(t, openError(t, with(files, file{name: uploadFile, body: "x"}), nil), archive.ErrCorrupt)
	require.ErrorIs(t, openError(t, with(files, files[2]), nil), archive.ErrCorrupt)
}

func TestRecordsThatAreNotOneAreRefusedWithTheirPlace(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for name, line := range map[string]string{
		"not JSON":              `{"type":"a","id":1,"data":{"SECRET"`,
		"an array":              `["SECRET"]`,
		"null":                  `null`,
		"two values":            `{"type":"a","id":1,"data":{}} {"SECRET":1}`,
		"a member twice":        `{"type":"a","id":1,"data":{"SECRET":1,"SECRET":2}}`,
		"invalid UTF-8":         "{\"type\":\"a\",\"id\":1,\"data\":{\"SECRET\":\"\xff\"}}",
		"no type":               `{"id":1,"data":{"x":"SECRET"}}`,
		"no ID":                 `{"type":"a","data":{"x":"SECRET"}}`,
		"data is null":          `{"type":"a","id":1,"data":null}`,
		"nested 100,000 deep":   `{"type":"a","id":1,"data":{"SECRET":` + deep + `}}`,
		"513 deep, and correct": `{"type":"a","id":1,"data":{"x":` + strings.Repeat("[", 511) + strings.Repeat("]", 511) + `}}`,
		"a type of 1,001 bytes": `{"type":"` + strings.Repeat("SECRET", 167) + `","id":1,"data":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			err := openError(t, edit(sampleFiles(t, "export.tar"), entitiesFile, func(e *file) {
				e.body += "\n" + line + "\n"
			}), nil)
			requirePlace(t, err, entitiesFile+", line 7")
		})
	}
}

func TestMetadataOfAnAssetThatImportRefusesIsRefused(t *testing.T) {
	for name, change := range map[string][2]string{
		"id is missing":         {`"id":1,`, ``},
		"id is 0":               {`"id":1,`, `"id":0,`},
		"id is no integer":      {`"id":1,`, `"id":1.5,`},
		"id is a string":        {`"id":1,`, `"id":"1",`},
		"size is negative":      {`"size":0.8`, `"size":-1`},
		"size is not finite":    {`"size":0.8`, `"size":1e999`},
		"size is null":          {`"size":0.8`, `"size":null`},
		"name is empty":         {`"name":"client.txt"`, `"name":""`},
		"hash is missing":       {`"hash":`, `"hush":`},
		"mime is a number":      {`"mime":"text/plain"`, `"mime":1`},
		"url is null":           {`"url":"/uploads/client_0f0e94137b.txt"`, `"url":null`},
		"ext is a number":       {`"ext":".txt"`, `"ext":1`},
		"type is a boolean":     {`{`, `{"type":true,`},
		"mainHash is an object": {`{`, `{"mainHash":{},`},
	} {
		t.Run(name, func(t *testing.T) {
			err := openError(t, edit(sampleFiles(t, "export.tar"), metadataFile, func(e *file) {
				changed := strings.Replace(e.body, change[0], change[1], 1)
				require.NotEqual(t, e.body, changed)
				e.body = changed
			}), nil)
			require.ErrorIs(t, err, archive.ErrCorrupt)
			requirePlace(t, err, metadataFile)
		})
	}
	t.Run("null, with the name of the file", func(t *testing.T) {
		err := openError(t, edit(sampleFiles(t, "export.tar"), metadataFile, func(e *file) { e.body = "null" }), nil)
		requirePlace(t, err, metadataFile)
	})
	t.Run("formats may be null", func(t *testing.T) {
		files := sampleFiles(t, "export.tar")
		require.Contains(t, files[2].body, `"formats":null`)
		open(t, save(t, packTar(t, files)), nil)
	})
}

// sparseArchive writes a tar whose entity file has size bytes of zeros, which take no
// room on the disk.
func sparseArchive(t *testing.T, size int64) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "archive.tar"))
	require.NoError(t, err)
	defer file.Close()
	w := tar.NewWriter(file)
	require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: entitiesFile, Size: size}))
	require.NoError(t, file.Truncate(512+size+1024))
	return file.Name()
}

func TestALineOfOneGigabyteIsRefusedWithoutBeingHeld(t *testing.T) {
	name := sparseArchive(t, 1<<30)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := archive.Open(t.Context(), name, nil)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, datatransfer.ErrTooLarge)
	requirePlace(t, err, entitiesFile+", line 1")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(128<<20), "bytes that were ever allocated")
}

func TestLimits(t *testing.T) {
	files := sampleFiles(t, "export.tar")
	name := save(t, packTar(t, files))
	packed := save(t, compress(t, packTar(t, files)))
	for _, test := range []struct {
		name    string
		archive string
		fits    archive.Limits
		exceeds archive.Limits
	}{
		{"record", name, archive.Limits{Record: 60_000}, archive.Limits{Record: 1000}},
		{"asset", name, archive.Limits{Asset: 100_000}, archive.Limits{Asset: 799}},
		{"total", name, archive.Limits{Total: 132_608}, archive.Limits{Total: 132_607}},
		{"entries", name, archive.Limits{Entries: 7}, archive.Limits{Entries: 6}},
		{"none", packed, archive.Limits{Record: -1, Asset: -1, Total: -1, Entries: -1, Ratio: -1},
			archive.Limits{Total: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			open(t, test.archive, &archive.ReadOptions{Limits: test.fits})
			_, err := archive.Open(t.Context(), test.archive, &archive.ReadOptions{Limits: test.exceeds})
			require.ErrorIs(t, err, datatransfer.ErrTooLarge)
			require.NotErrorIs(t, err, archive.ErrCorrupt)
		})
	}
	folder := unpack(t, "testdata/export.tar")
	open(t, folder, &archive.ReadOptions{Limits: archive.Limits{Entries: 7}})
	for _, exceeds := range []archive.Limits{{Entries: 6}, {Total: 1000}, {Asset: 799}, {Record: 1000}} {
		_, err := archive.Open(t.Context(), folder, &archive.ReadOptions{Limits: exceeds})
		require.ErrorIs(t, err, datatransfer.ErrTooLarge)
	}
}

func TestAGzipBombEndsEarly(t *testing.T) {
	bomb := packTar(t, []file{{entitiesFile, "", func(h *tar.Header) { h.Size = 0 }}})[:512]
	copy(bomb[124:136], "77777777777\x00") // 8 GiB
	fixChecksum(bomb)
	text := compress(t, append(bomb, make([]byte, 8<<20)...))
	limits := archive.Limits{Ratio: 500, Record: -1}
	_, err := archive.Open(t.Context(), save(t, text), &archive.ReadOptions{Limits: limits})
	require.ErrorIs(t, err, datatransfer.ErrTooLarge)
	require.ErrorContains(t, err, "compressed more than 500 times")
}

func TestTooManyTinyEntriesAreRefusedEarly(t *testing.T) {
	var files []file
	for i := range 5000 {
		files = append(files, file{name: fmt.Sprintf("x/%d", i)})
	}
	files = with(files, sampleFiles(t, "export.tar")...)
	err := openError(t, files, &archive.ReadOptions{Limits: archive.Limits{Entries: 1000}})
	require.ErrorIs(t, err, datatransfer.ErrTooLarge)
	require.ErrorContains(t, err, "more than 1000 entries")
	for i := range files[:5000] {
		files[i].change = func(h *tar.Header) { h.Typeflag = tar.TypeDir }
	}
	err = openError(t, files, &archive.ReadOptions{Limits: archive.Limits{Entries: 1000}})
	require.ErrorIs(t, err, datatransfer.ErrTooLarge)
}

func TestSomethingElseIsNotAnArchive(t *testing.T) {
	random := make([]byte, 4096)
	for i := range random {
		random[i] = byte(i * i >> 3)
	}
	for name, content := range map[string][]byte{
		"empty":               {},
		"text":                []byte(strings.Repeat("not an archive, ", 100)),
		"JSON":                []byte(`{"createdAt":"2026-11-25T00:00:00.000Z"}`),
		"zip":                 []byte("PK\x03\x04" + strings.Repeat("\x80zip", 500) + "!"),
		"gzip of text":        compress(t, []byte(strings.Repeat("text", 1000))),
		"gzip of nothing":     compress(t, nil),
		"tar of other things": packTar(t, []file{{name: "README.md", body: "hello"}}),
		"tar of nothing":      packTar(t, nil),
		"random bytes":        random,
		"one byte":            {0},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := archive.Open(t.Context(), save(t, content), nil)
			require.ErrorIs(t, err, archive.ErrNotArchive)
		})
	}
	t.Run("folder", func(t *testing.T) {
		_, err := archive.Open(t.Context(), t.TempDir(), nil)
		require.ErrorIs(t, err, archive.ErrNotArchive)
	})
	t.Run("missing", func(t *testing.T) {
		_, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "x"), nil)
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := archive.Open(ctx, "testdata/export.tar", nil)
	require.ErrorIs(t, err, context.Canceled)

	r := open(t, "testdata/rich.tar", nil)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range r.Entities(ctx) {
		if n++; n == 3 {
			cancel()
		}
		if n == 4 {
			require.ErrorIs(t, err, context.Canceled)
		}
	}
	require.Equal(t, 4, n)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	for asset, err := range r.Assets(ctx) {
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			break
		}
		cancel()
		_, err = io.ReadAll(asset.Body)
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestAClosedReaderFails(t *testing.T) {
	r, err := archive.Open(t.Context(), "testdata/export.tar", nil)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	_, err = r.Schemas(t.Context())
	require.ErrorIs(t, err, os.ErrClosed)
	for _, err := range r.Assets(t.Context()) {
		require.ErrorIs(t, err, os.ErrClosed)
	}
}

func TestAnArchiveThatChangesWhileItIsOpenIsRefused(t *testing.T) {
	name := save(t, packTar(t, sampleFiles(t, "export.tar")))
	r := open(t, name, nil)
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, append(text, make([]byte, 512)...), 0o600))
	for _, err := range r.Entities(t.Context()) {
		require.ErrorIs(t, err, archive.ErrCorrupt)
	}
}
