package archive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// plainKinds are the options of archives without encryption.
func plainKinds() map[string]archive.WriteOptions {
	return map[string]archive.WriteOptions{
		"tar": {Encryption: archive.None, NoCompress: true},
		"dir": {Encryption: archive.None, Format: archive.FormatDir},
	}
}

// sequence returns a sequence of records, and of an error at its end if there is one.
func sequence[T any](err error, records ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, record := range records {
			if !yield(record, nil) {
				return
			}
		}
		if err != nil {
			yield(*new(T), err)
		}
	}
}

// begin returns a Writer that has begun with the schemas of a sample.
func begin(t testing.TB, name string, opts archive.WriteOptions) *archive.Writer {
	t.Helper()
	w, err := archive.Create(name, &opts)
	require.NoError(t, err)
	schemas, err := open(t, "testdata/export.tar", nil).Schemas(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.Begin(t.Context(), datatransfer.Start{Schemas: schemas}))
	t.Cleanup(func() { require.NoError(t, w.Rollback(context.Background())) })
	return w
}

func asset(name string, size int64, body string) datatransfer.Asset {
	base, extension, _ := strings.Cut(name, ".")
	metadata := fmt.Sprintf(`{"id":1,"name":"n","hash":%q,"ext":%q,"mime":"m","size":1,"url":"/u"}`, base, "."+extension)
	return datatransfer.Asset{Name: name, Size: size, Metadata: json.RawMessage(metadata), Body: strings.NewReader(body)}
}

func TestCreateRefusesOptionsThatContradictEachOther(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	recipients := []age.Recipient{identity.Recipient()}
	for name, opts := range map[string]*archive.WriteOptions{
		"nil":                              nil,
		"zero":                             {},
		"age without passphrase":           {Encryption: archive.Age},
		"passphrase and recipients":        {Passphrase: "x", Recipients: recipients},
		"Strapi without passphrase":        {Encryption: archive.Strapi},
		"Strapi with recipients":           {Encryption: archive.Strapi, Passphrase: "x", Recipients: recipients},
		"passphrase without encryption":    {Encryption: archive.None, Passphrase: "x"},
		"recipients without encryption":    {Encryption: archive.None, Recipients: recipients},
		"an encrypted folder":              {Format: archive.FormatDir, Passphrase: "x"},
		"unknown format":                   {Format: 7, Encryption: archive.None},
		"unknown encryption":               {Encryption: 17, Passphrase: "x"},
		"encryption that is only read":     {Encryption: archive.StrapiHeader, Passphrase: "x"},
		"negative size of files":           {Encryption: archive.None, FileSize: -1},
		"negative size of files, a folder": {Encryption: archive.None, Format: archive.FormatDir, FileSize: -1},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			_, err := archive.Create(filepath.Join(folder, "x"), opts)
			require.Error(t, err)
			require.Empty(t, list(t, folder))
		})
	}
	for _, name := range []string{"", ".", "..", "/", filepath.Join(t.TempDir(), "missing", "x")} {
		_, err := archive.Create(name, &archive.WriteOptions{Encryption: archive.None})
		require.Error(t, err, name)
	}
}

func TestAnArchiveThatExistsIsReplacedOnlyWhenAskedAndOnlyAtCommit(t *testing.T) {
	for kind, opts := range plainKinds() {
		t.Run(kind, func(t *testing.T) {
			folder := t.TempDir()
			name := filepath.Join(folder, "x")
			small, rich := open(t, "testdata/export.tar", nil), open(t, "testdata/rich.tar", nil)
			name = write(t, name, opts, small)
			base := strings.TrimSuffix(name, ".tar")

			_, err := archive.Create(base, &opts)
			require.ErrorIs(t, err, fs.ErrExist)

			opts.Overwrite = true
			w := begin(t, base, opts)
			require.Len(t, list(t, folder), 2)
			require.Equal(t, takeSnapshot(t, small), takeSnapshot(t, open(t, name, nil)))
			require.NoError(t, w.Rollback(t.Context()))
			require.Equal(t, []string{filepath.Base(name)}, list(t, folder))
			require.Equal(t, takeSnapshot(t, small), takeSnapshot(t, open(t, name, nil)))

			require.Equal(t, name, write(t, base, opts, rich))
			require.Equal(t, []string{filepath.Base(name)}, list(t, folder))
			require.Equal(t, takeSnapshot(t, rich), takeSnapshot(t, open(t, name, nil)))
		})
	}
}

func TestAnArchiveThatAppearsWhileAnotherIsWrittenStays(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	w := begin(t, name, plainKinds()["tar"])
	require.NoError(t, os.WriteFile(w.Name(), []byte("somebody else's"), 0o600))
	require.ErrorIs(t, w.Commit(t.Context()), fs.ErrExist)
	text, err := os.ReadFile(w.Name())
	require.NoError(t, err)
	require.Equal(t, "somebody else's", string(text))
}

func TestOnlyTheOwnerMayReadAnArchive(t *testing.T) {
	for kind, opts := range plainKinds() {
		t.Run(kind, func(t *testing.T) {
			name := write(t, filepath.Join(t.TempDir(), "x"), opts, open(t, "testdata/export.tar", nil))
			require.NoError(t, filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
				require.NoError(t, err)
				info, err := d.Info()
				require.NoError(t, err)
				require.Zero(t, info.Mode().Perm()&0o077, path)
				return nil
			}))
		})
	}
}

func TestWhatAKilledWriterLeftIsReplaced(t *testing.T) {
	for kind, opts := range plainKinds() {
		t.Run(kind, func(t *testing.T) {
			folder := t.TempDir()
			name := filepath.Join(folder, "x")
			w, err := archive.Create(name, &opts)
			require.NoError(t, err)
			partial := w.Name() + ".partial"
			if kind == "dir" {
				require.NoError(t, os.MkdirAll(filepath.Join(partial, "entities"), 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(partial, "entities", "old.jsonl"), []byte("old"), 0o644))
			} else {
				require.NoError(t, os.WriteFile(partial, bytes.Repeat([]byte("old"), 1<<20), 0o644))
			}
			rich := open(t, "testdata/rich.tar", nil)
			_, err = datatransfer.Run(t.Context(), rich, w, nil)
			require.NoError(t, err)
			require.Equal(t, []string{filepath.Base(w.Name())}, list(t, folder))
			require.Equal(t, takeSnapshot(t, rich), takeSnapshot(t, open(t, w.Name(), nil)))
		})
	}
}

func TestAPartialFileThatIsSomethingElseStays(t *testing.T) {
	folder := t.TempDir()
	target := filepath.Join(folder, "target")
	require.NoError(t, os.WriteFile(target, []byte("precious"), 0o600))
	require.NoError(t, os.Symlink(target, filepath.Join(folder, "x.tar.partial")))
	w, err := archive.Create(filepath.Join(folder, "x"), &archive.WriteOptions{Encryption: archive.None, NoCompress: true})
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), open(t, "testdata/rich.tar", nil), w, nil)
	require.Error(t, err)
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, "precious", string(text))
}

// A folder of somebody's files must outlast a --force with the wrong name.
func TestAFolderThatIsNoArchiveIsNeverReplaced(t *testing.T) {
	for _, there := range []string{"x", "x.partial"} {
		t.Run(there, func(t *testing.T) {
			folder := t.TempDir()
			precious := filepath.Join(folder, there, "photos", "precious.jpg")
			require.NoError(t, os.MkdirAll(filepath.Dir(precious), 0o755))
			require.NoError(t, os.WriteFile(precious, []byte("precious"), 0o600))
			w, err := archive.Create(filepath.Join(folder, "x"), &archive.WriteOptions{
				Encryption: archive.None, Format: archive.FormatDir, Overwrite: true,
			})
			if err == nil {
				_, err = datatransfer.Run(t.Context(), open(t, "testdata/rich.tar", nil), w, nil)
			}
			require.ErrorContains(t, err, "photos")
			text, err := os.ReadFile(precious)
			require.NoError(t, err)
			require.Equal(t, "precious", string(text))
			require.Equal(t, []string{there}, list(t, folder))
		})
	}
}

func TestAnEmptyFolderIsReplacedWhenAsked(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.Mkdir(name, 0o755))
	opts := plainKinds()["dir"]
	opts.Overwrite = true
	write(t, name, opts, open(t, "testdata/rich.tar", nil))
}

// brokenSource is a Source that fails after some records.
type brokenSource struct {
	datatransfer.Source
	left *int
	fail func() error // called for the record that is not yielded
	each func()       // called for each record; nil: nothing
}

func breakOff[T any](s brokenSource, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for record, err := range seq {
			if *s.left--; *s.left < 0 {
				yield(*new(T), s.fail())
				return
			}
			if s.each != nil {
				s.each()
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

func (s brokenSource) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return breakOff(s, s.Source.Entities(ctx))
}
func (s brokenSource) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return breakOff(s, s.Source.Assets(ctx))
}
func (s brokenSource) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return breakOff(s, s.Source.Links(ctx))
}
func (s brokenSource) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	return breakOff(s, s.Source.Configuration(ctx))
}

func TestAFailureAtAnyRecordLeavesTheOldArchiveAndNothingElse(t *testing.T) {
	failure := errors.New("the source has failed")
	for kind, opts := range plainKinds() {
		t.Run(kind, func(t *testing.T) {
			folder := t.TempDir()
			rich := open(t, "testdata/rich.tar", nil)
			old := write(t, filepath.Join(folder, "x"), opts, open(t, "testdata/export.tar", nil))
			want := takeSnapshot(t, open(t, old, nil))
			opts.Overwrite, opts.FileSize = true, 500
			for n := range 84 {
				w, err := archive.Create(strings.TrimSuffix(old, ".tar"), &opts)
				require.NoError(t, err)
				src := brokenSource{Source: rich, left: &n, fail: func() error { return failure }}
				_, err = datatransfer.Run(t.Context(), src, w, nil)
				require.ErrorIs(t, err, failure)
				require.Equal(t, []string{filepath.Base(old)}, list(t, folder))
			}
			require.Equal(t, want, takeSnapshot(t, open(t, old, nil)))
		})
	}
}

func TestACancelledContextEndsTheWriting(t *testing.T) {
	folder := t.TempDir()
	opts := plainKinds()["tar"]
	rich := open(t, "testdata/rich.tar", nil)
	for n := range 84 {
		ctx, cancel := context.WithCancel(t.Context())
		w, err := archive.Create(filepath.Join(folder, "x"), &opts)
		require.NoError(t, err)
		src := brokenSource{Source: rich, left: &n, fail: func() error {
			cancel()
			return ctx.Err()
		}}
		_, err = datatransfer.Run(ctx, src, w, nil)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, list(t, folder))
	}
}

func TestTwoWritersOfOneArchiveNeverShareAFile(t *testing.T) {
	for kind, opts := range plainKinds() {
		t.Run(kind, func(t *testing.T) {
			opts.Overwrite = true
			name := filepath.Join(t.TempDir(), "x")
			first := begin(t, name, opts)
			second, err := archive.Create(name, &opts)
			require.NoError(t, err)
			schemas, err := open(t, "testdata/export.tar", nil).Schemas(t.Context())
			require.NoError(t, err)
			err = second.Begin(t.Context(), datatransfer.Start{Schemas: schemas})
			require.ErrorContains(t, err, "written by somebody else")
			require.NoError(t, second.Rollback(t.Context()))
			require.NoError(t, first.Commit(t.Context()))
			open(t, first.Name(), nil)
			begin(t, name, opts)
		})
	}
}

func TestAnAssetMustHaveTheSizeThatItAnnounces(t *testing.T) {
	for kind, opts := range plainKinds() {
		for name, test := range map[string]datatransfer.Asset{
			"short": asset("a.txt", 10, "123456789"), "long": asset("a.txt", 10, "12345678901"),
			"empty": asset("a.txt", 1, ""), "not empty": asset("a.txt", 0, "1"),
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				w := begin(t, filepath.Join(t.TempDir(), "x"), opts)
				err := w.WriteAssets(t.Context(), sequence(nil, test))
				require.ErrorIs(t, err, datatransfer.ErrInvalid)
				requirePlace(t, err, "a.txt")
				require.ErrorIs(t, w.Commit(t.Context()), datatransfer.ErrInvalid)
				_, err = os.Stat(w.Name())
				require.ErrorIs(t, err, os.ErrNotExist)
			})
		}
	}
}

func TestAnAssetOfUnknownSizeIsWritten(t *testing.T) {
	for kind, opts := range plainKinds() {
		t.Run(kind, func(t *testing.T) {
			folder := t.TempDir()
			w := begin(t, filepath.Join(folder, "x"), opts)
			body := strings.Repeat("0123456789", 100_000)
			require.NoError(t, w.WriteAssets(t.Context(), sequence(nil,
				asset("a.txt", -1, body), asset("b.txt", -1, ""), asset("c.txt", 3, "abc"))))
			require.NoError(t, w.Commit(t.Context()))
			require.Equal(t, []string{filepath.Base(w.Name())}, list(t, folder))
			bodies := map[string]string{}
			for a, err := range open(t, w.Name(), nil).Assets(t.Context()) {
				require.NoError(t, err)
				text, err := io.ReadAll(a.Body)
				require.NoError(t, err)
				require.EqualValues(t, len(text), a.Size)
				bodies[a.Name] = string(text)
			}
			require.Equal(t, map[string]string{"a.txt": body, "b.txt": "", "c.txt": "abc"}, bodies)
		})
	}
}

func TestAWriterRefusesWhatAReaderWouldRefuse(t *testing.T) {
	long := `"` + strings.Repeat("x", datatransfer.MaxRecord) + `"`
	noMime := asset("a.txt", 0, "")
	noMime.Metadata = json.RawMessage(`{"id":1,"name":"n","hash":"a","ext":".txt","size":1,"url":"/u"}`)
	for name, test := range map[string]struct {
		write func(*archive.Writer) error
		err   error
	}{
		"asset twice": {func(w *archive.Writer) error {
			return w.WriteAssets(t.Context(), sequence(nil, asset("a.txt", 0, ""), asset("a.txt", 0, "")))
		}, datatransfer.ErrInvalid},
		"asset with a twin": {func(w *archive.Writer) error {
			return w.WriteAssets(t.Context(), sequence(nil, asset("a.txt", 0, ""), asset("A.txt", 0, "")))
		}, datatransfer.ErrInvalid},
		"asset that leaves the folder": {func(w *archive.Writer) error {
			return w.WriteAssets(t.Context(), sequence(nil, asset("../a.txt", 0, "")))
		}, datatransfer.ErrInvalid},
		"metadata without mime": {func(w *archive.Writer) error {
			return w.WriteAssets(t.Context(), sequence(nil, noMime))
		}, datatransfer.ErrInvalid},
		"entity without type": {func(w *archive.Writer) error {
			return w.WriteEntities(t.Context(), sequence(nil, datatransfer.Entity{ID: "1", Data: []byte("{}")}))
		}, datatransfer.ErrInvalid},
		"entity that is not JSON": {func(w *archive.Writer) error {
			return w.WriteEntities(t.Context(), sequence(nil, datatransfer.Entity{Type: "a", ID: "1", Data: []byte("{")}))
		}, datatransfer.ErrInvalid},
		"entity that is too long": {func(w *archive.Writer) error {
			e := datatransfer.Entity{Type: "a", ID: "1", Data: []byte(`{"a":` + long + `}`)}
			return w.WriteEntities(t.Context(), sequence(nil, e))
		}, datatransfer.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t, filepath.Join(t.TempDir(), "x"), plainKinds()["tar"])
			require.ErrorIs(t, test.write(w), test.err)
			require.ErrorIs(t, w.Commit(t.Context()), test.err)
		})
	}
	w, err := archive.Create(filepath.Join(t.TempDir(), "x"), &archive.WriteOptions{Encryption: archive.None})
	require.NoError(t, err)
	require.ErrorIs(t, w.Begin(t.Context(), datatransfer.Start{}), datatransfer.ErrInvalid)

	schemas, err := open(t, "testdata/export.tar", nil).Schemas(t.Context())
	require.NoError(t, err)
	w, err = archive.Create(filepath.Join(t.TempDir(), "x"), &archive.WriteOptions{Encryption: archive.None})
	require.NoError(t, err)
	require.ErrorIs(t, w.Begin(t.Context(), datatransfer.Start{Schemas: append(schemas, schemas[0])}), datatransfer.ErrInvalid)
	require.NoError(t, w.Rollback(t.Context()))
}

func TestAStageThatHasPanickedIsNeverCommitted(t *testing.T) {
	w := begin(t, filepath.Join(t.TempDir(), "x"), plainKinds()["tar"])
	require.Panics(t, func() {
		_ = w.WriteLinks(t.Context(), func(func(datatransfer.Link, error) bool) { panic("in the source") })
	})
	require.Error(t, w.Commit(t.Context()))
	_, err := os.Stat(w.Name())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestAWriterIsUsedOnceAndInOrder(t *testing.T) {
	none := sequence[datatransfer.Link](nil)
	opts := plainKinds()["tar"]
	w, err := archive.Create(filepath.Join(t.TempDir(), "x"), &opts)
	require.NoError(t, err)
	require.Error(t, w.WriteLinks(t.Context(), none), "before Begin")
	require.Error(t, w.Commit(t.Context()), "before Begin")
	require.NoError(t, w.Rollback(t.Context()))

	w = begin(t, filepath.Join(t.TempDir(), "x"), opts)
	require.Error(t, w.Begin(t.Context(), datatransfer.Start{}), "Begin twice")
	require.NoError(t, w.WriteLinks(t.Context(), none))
	require.Error(t, w.WriteLinks(t.Context(), none), "a stage twice")
	require.Error(t, w.WriteEntities(t.Context(), sequence[datatransfer.Entity](nil)), "a stage too late")
	require.NoError(t, w.Commit(t.Context()))
	require.Error(t, w.Commit(t.Context()), "Commit twice")
	require.Error(t, w.WriteConfiguration(t.Context(), sequence[datatransfer.Config](nil)), "after Commit")
	require.NoError(t, w.Rollback(t.Context()))
	open(t, w.Name(), nil)
}

func TestALargeStageIsCollectedInATemporaryFileThatIsGoneAfterwards(t *testing.T) {
	folder, temp := t.TempDir(), t.TempDir()
	opts := plainKinds()["tar"]
	opts.TempDir, opts.FileSize = temp, 3<<20
	w := begin(t, filepath.Join(folder, "x"), opts)
	const records = 10_000
	data := json.RawMessage(`{"text":"` + strings.Repeat("x", 1000) + `"}`)
	require.NoError(t, w.WriteEntities(t.Context(), func(yield func(datatransfer.Entity, error) bool) {
		for i := range records {
			if !yield(datatransfer.Entity{Type: "api::note.note", ID: datatransfer.IntRef(int64(i + 1)), Data: data}, nil) {
				return
			}
		}
	}))
	require.NoError(t, w.Commit(t.Context()))
	require.Empty(t, list(t, temp))
	r := open(t, w.Name(), nil)
	stage := r.Info().Stage(datatransfer.StageEntities)
	require.EqualValues(t, records, stage.Records)
	require.EqualValues(t, 4, stage.Entries)
	n := int64(0)
	for e, err := range r.Entities(t.Context()) {
		require.NoError(t, err)
		n++
		require.Equal(t, datatransfer.IntRef(n), e.ID)
		require.Equal(t, string(data), string(e.Data))
	}
	require.EqualValues(t, records, n)
}
