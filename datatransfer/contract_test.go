package datatransfer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var errBoom = errors.New("boom")

// requireRolledBack requires that the last call is a rollback, and that there was no commit.
func requireRolledBack(t testing.TB, dst *destination) {
	t.Helper()
	require.Equal(t, "Rollback", dst.calls[len(dst.calls)-1])
	require.NotContains(t, dst.calls, "Commit")
}

func TestDestinationMustTakeTheWholeSequence(t *testing.T) {
	t.Parallel()
	for _, stage := range datatransfer.Stages() {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			dst := &destination{instead: map[datatransfer.Stage]func(func() error) error{
				stage: func(func() error) error { return nil },
			}}
			_, err := datatransfer.Run(t.Context(), noteSource(t), dst, nil)
			require.ErrorContains(t, err, "before it had taken everything")
			requireRolledBack(t, dst)
		})
	}
}

// stopsEarly is a destination that takes one entity and reports success.
type stopsEarly struct{ *destination }

func (d stopsEarly) WriteEntities(_ context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	for range seq {
		break
	}
	return nil
}

func TestDestinationMustNotStopEarly(t *testing.T) {
	t.Parallel()
	dst := &destination{}
	report, err := datatransfer.Run(t.Context(), noteSource(t), stopsEarly{dst}, nil)
	require.ErrorContains(t, err, "before it had taken everything")
	requireRolledBack(t, dst)
	require.Zero(t, report.Stages[0].Records, "nobody asked for a second, so the first was not taken")
}

func TestDestinationMustNotStartASequenceTwice(t *testing.T) {
	t.Parallel()
	dst := &destination{instead: map[datatransfer.Stage]func(func() error) error{
		datatransfer.StageEntities: func(all func() error) error { return errors.Join(all(), all()) },
	}}
	_, err := datatransfer.Run(t.Context(), noteSource(t), dst, nil)
	require.ErrorContains(t, err, "twice")
	require.Equal(t, []string{noteLine}, dst.entities)
	requireRolledBack(t, dst)
}

func TestDestinationCannotSwallowAnError(t *testing.T) {
	t.Parallel()
	for _, stage := range datatransfer.Stages() {
		for name, instead := range map[string]func(func() error) error{
			"returns nil":     func(all func() error) error { _ = all(); return nil },
			"returns another": func(all func() error) error { _ = all(); return errors.New("another") },
		} {
			t.Run(string(stage)+" "+name, func(t *testing.T) {
				t.Parallel()
				src := noteSource(t)
				src.fail = map[datatransfer.Stage]error{stage: errBoom}
				dst := &destination{instead: map[datatransfer.Stage]func(func() error) error{stage: instead}}
				_, err := datatransfer.Run(t.Context(), src, dst, nil)
				require.ErrorIs(t, err, errBoom)
				requireRolledBack(t, dst)
			})
		}
	}
}

// goesOn is a source that yields an error and then more, whatever the consumer says.
type goesOn struct{ *source }

func (s goesOn) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	return func(yield func(datatransfer.Entity, error) bool) {
		yield(s.entities[0], nil)
		yield(s.entities[0], errBoom)
		yield(s.entities[0], nil)
		yield(datatransfer.Entity{}, errors.New("another"))
	}
}

func TestSourceThatGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	dst := &destination{}
	_, err := datatransfer.Run(t.Context(), goesOn{noteSource(t)}, dst, nil)
	require.ErrorIs(t, err, errBoom)
	require.NotContains(t, err.Error(), "another")
	require.Equal(t, []string{noteLine}, dst.entities, "neither the record beside the error nor those after it arrive")
	requireRolledBack(t, dst)
}

// endsQuietly is a source that ends without an error when its context is cancelled.
type endsQuietly struct {
	*source
	cancel context.CancelFunc
}

func (s endsQuietly) Configuration(context.Context) iter.Seq2[datatransfer.Config, error] {
	return func(func(datatransfer.Config, error) bool) { s.cancel() }
}

func TestCancelledContextIsNoEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	dst := &destination{}
	_, err := datatransfer.Run(ctx, endsQuietly{noteSource(t), cancel}, dst, nil)
	require.ErrorIs(t, err, context.Canceled)
	requireRolledBack(t, dst)
}

// ignoresContext is a source that does not look at its context.
type ignoresContext struct {
	*source
	cancel context.CancelFunc
}

func (s ignoresContext) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	return func(yield func(datatransfer.Entity, error) bool) {
		for yield(s.entities[0], nil) {
			s.cancel()
		}
	}
}

func TestCancelEndsASourceThatIgnoresIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	dst := &destination{}
	report, err := datatransfer.Run(ctx, ignoresContext{noteSource(t), cancel}, dst, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, dst.entities, 1)
	require.EqualValues(t, 1, report.Stages[0].Records)
	requireRolledBack(t, dst)
}

func TestCancelAtBothEndsOfEveryStage(t *testing.T) {
	t.Parallel()
	for n := range 2 * len(datatransfer.Stages()) {
		ctx, cancel := context.WithCancel(t.Context())
		dst := &destination{}
		calls := 0
		opts := &datatransfer.Options{OnProgress: func(datatransfer.Progress) {
			if calls++; calls > n {
				cancel()
			}
		}}
		_, err := datatransfer.Run(ctx, noteSource(t), dst, opts)
		require.ErrorIs(t, err, context.Canceled)
		requireRolledBack(t, dst)
		cancel()
	}
}

func TestCancelWithinAFile(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	src := noteSource(t)
	src.assets[0].Body = io.MultiReader(strings.NewReader("he"), cancellingReader(cancel), strings.NewReader("llo"))
	dst := &destination{}
	report, err := datatransfer.Run(ctx, src, dst, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, 2, report.Stages[1].Bytes)
	require.Zero(t, report.Stages[1].Records)
	requireRolledBack(t, dst)
}

type cancellingReader func()

func (r cancellingReader) Read([]byte) (int, error) { r(); return 0, nil }

func TestCancelledBeforeItBegins(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dst := &destination{}
	_, err := datatransfer.Run(ctx, noteSource(t), dst, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{"Rollback"}, dst.calls)
}

func TestPanicIsRolledBackAndGoesOn(t *testing.T) {
	t.Parallel()
	for _, stage := range datatransfer.Stages() {
		dst := &destination{instead: map[datatransfer.Stage]func(func() error) error{
			stage: func(all func() error) error { _ = all(); panic(errBoom) },
		}}
		require.PanicsWithError(t, "boom", func() { _, _ = datatransfer.Run(t.Context(), noteSource(t), dst, nil) })
		requireRolledBack(t, dst)
	}
	dst := &destination{}
	opts := &datatransfer.Options{OnProgress: func(datatransfer.Progress) { panic(errBoom) }}
	require.PanicsWithError(t, "boom", func() { _, _ = datatransfer.Run(t.Context(), noteSource(t), dst, opts) })
	requireRolledBack(t, dst)
}

func TestFailedRollbackIsReportedBehindTheFirstError(t *testing.T) {
	t.Parallel()
	stuck := errors.New("stuck")
	dst := &destination{fail: map[string]error{"WriteLinks": errBoom, "Rollback": stuck}}
	_, err := datatransfer.Run(t.Context(), noteSource(t), dst, nil)
	require.ErrorIs(t, err, errBoom)
	require.ErrorIs(t, err, stuck)
	require.Regexp(t, "boom.*rollback.*stuck", err.Error())
}

func TestUnknownCommitPasses(t *testing.T) {
	t.Parallel()
	dst := &destination{fail: map[string]error{"Commit": datatransfer.ErrCommitUnknown}}
	_, err := datatransfer.Run(t.Context(), noteSource(t), dst, nil)
	require.ErrorIs(t, err, datatransfer.ErrCommitUnknown)
}

func TestAssetsAreChecked(t *testing.T) {
	t.Parallel()
	type list = []datatransfer.Asset
	sized := func(size int64, content string) datatransfer.Asset {
		a := asset("a.txt", content)
		a.Size = size
		return a
	}
	withMetadata := func(metadata string) datatransfer.Asset {
		a := asset("a.txt", "")
		a.Metadata = []byte(metadata)
		return a
	}
	withBody := func(body io.Reader) datatransfer.Asset {
		a := sized(6, "")
		a.Body = body
		return a
	}
	for _, test := range []struct {
		name   string
		assets func() list // a Body can be read once
		is     error       // nil: fine
		text   string
	}{
		{"size unknown", func() list { return list{sized(-1, "hello")} }, nil, ""},
		{"shorter than announced", func() list { return list{sized(6, "hello")} },
			datatransfer.ErrInvalid, "a.txt: invalid: 5 bytes, of 6"},
		{"longer than announced", func() list { return list{sized(4, "hello")} },
			datatransfer.ErrInvalid, "a.txt: invalid: more than the 4 bytes"},
		{"nothing announced", func() list { return list{sized(0, "hello")} },
			datatransfer.ErrInvalid, "more than the 0 bytes"},
		{"a negative size", func() list { return list{sized(-2, "")} }, datatransfer.ErrInvalid, "negative"},
		{"a name twice", func() list { return list{asset("a.txt", ""), asset("b.txt", ""), asset("a.txt", "")} },
			datatransfer.ErrInvalid, "another asset"},
		{"names that differ in case", func() list { return list{asset("ä.txt", ""), asset("Ä.TXT", "")} },
			datatransfer.ErrInvalid, "another asset"},
		{"a name that leaves the folder", func() list { return list{asset("../a", "")} },
			datatransfer.ErrInvalid, `"../a"`},
		{"metadata that is null", func() list { return list{withMetadata("null")} },
			datatransfer.ErrInvalid, "a.txt: metadata"},
		{"no metadata", func() list { return list{withMetadata("")} }, datatransfer.ErrInvalid, "a.txt: metadata"},
		{"formats that are null", func() list { return list{withMetadata(`{"formats":null}`)} }, nil, ""},
		{"no body", func() list { return list{withBody(nil)} }, datatransfer.ErrInvalid, "no body"},
		{"a body that fails", func() list {
			return list{withBody(io.MultiReader(strings.NewReader("hel"), failingReader{}))}
		}, errBoom, "a.txt"},
		{"a body that fails where its end should be", func() list {
			return list{withBody(io.MultiReader(strings.NewReader("123456"), failingReader{}))}
		}, errBoom, "a.txt"},
		{"a body of unknown size whose connection ends", func() list {
			a := withBody(io.MultiReader(strings.NewReader("hel"), iotest.ErrReader(fmt.Errorf("the disk: %w", io.EOF))))
			a.Size = -1
			return list{a}
		}, io.EOF, "a.txt: the disk"},
	} {
		for name, swallow := range map[string]func(func() error) error{
			"":             nil,
			" (swallowed)": func(all func() error) error { _ = all(); return nil },
		} {
			t.Run(test.name+name, func(t *testing.T) {
				t.Parallel()
				src := noteSource(t)
				src.assets = test.assets()
				dst := &destination{instead: map[datatransfer.Stage]func(func() error) error{
					datatransfer.StageAssets: swallow,
				}}
				_, err := datatransfer.Run(t.Context(), src, dst, nil)
				if test.is == nil {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, test.is)
				require.ErrorContains(t, err, test.text)
				requireRolledBack(t, dst)
			})
		}
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errBoom }

// readsBodies is a destination that reads the bodies of assets in its own way.
type readsBodies struct {
	*destination
	read func(datatransfer.Asset) error
}

func (d readsBodies) WriteAssets(_ context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	for asset, err := range seq {
		if err != nil {
			return err
		}
		if err := d.read(asset); err != nil {
			return err
		}
	}
	return nil
}

func TestDestinationMustReadWholeFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		size int64
		read func(datatransfer.Asset) error
		text string // "": fine
	}{
		{"size bytes and not the end", 5, func(a datatransfer.Asset) error {
			_, err := io.CopyN(io.Discard, a.Body, a.Size)
			return err
		}, ""},
		{"size bytes and not the end, which fails", 5, func(a datatransfer.Asset) error {
			_, err := io.CopyN(io.Discard, a.Body, a.Size)
			return err
		}, "boom"},
		{"to the end", -1, func(a datatransfer.Asset) error {
			_, err := io.Copy(io.Discard, a.Body)
			return err
		}, ""},
		{"nothing", 5, func(datatransfer.Asset) error { return nil }, "before it had read all of the file"},
		{"a part", -1, func(a datatransfer.Asset) error {
			_, err := a.Body.Read(make([]byte, 3))
			return err
		}, "before it had read all of the file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			src := noteSource(t)
			a := asset("a.txt", "hello")
			a.Size = test.size
			if test.text == errBoom.Error() {
				a.Body = io.MultiReader(a.Body, failingReader{})
			}
			src.assets = []datatransfer.Asset{a}
			dst := &destination{}
			report, err := datatransfer.Run(t.Context(), src, readsBodies{dst, test.read}, nil)
			if test.text == "" {
				require.NoError(t, err)
				require.EqualValues(t, 5, report.Stages[1].Bytes)
				return
			}
			require.ErrorContains(t, err, test.text)
			requireRolledBack(t, dst)
		})
	}
}
