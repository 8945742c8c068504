package transfertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var sequenceChecks = []check{
	{
		"sequences-are-taken-once", sequencesAreTakenOnce,
		"a Write method uses its sequence once, and reads the bodies of assets to their end",
	},
	{
		"cancelled-reading", cancelledReading,
		"a sequence whose context is cancelled yields the error of the context, once and last",
	},
	{
		"reading-in-part", readingInPart,
		"a reader may break off a stage, or leave it out, and still read the others",
	},
	{"bodies-in-part", bodiesInPart, "a reader may leave the bodies of files unread, in part or at all"},
	{"records-stay-valid", recordsStayValid, "a record that was yielded does not change afterwards"},
	{
		"close-a-source", closeSource,
		"Close returns nil any number of times, and after it the methods of the source fail",
	},
}

// stageOf returns the records of one stage of a source, without their types.
func stageOf(ctx context.Context, src datatransfer.Source, stage datatransfer.Stage) iter.Seq2[any, error] {
	switch stage {
	case datatransfer.StageEntities:
		return eraseType(src.Entities(ctx))
	case datatransfer.StageAssets:
		return eraseType(src.Assets(ctx))
	case datatransfer.StageLinks:
		return eraseType(src.Links(ctx))
	}
	return eraseType(src.Configuration(ctx))
}

func eraseType[T any](seq iter.Seq2[T, error]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for record, err := range seq {
			if !yield(record, err) {
				return
			}
		}
	}
}

func sequencesAreTakenOnce(t *trial) {
	data := t.sample(1)
	uses := make(map[datatransfer.Stage]int)
	unread := make(map[string]int64)
	f := feed{
		data:  data,
		begun: func(stage datatransfer.Stage) { uses[stage]++ },
		asset: func(a datatransfer.Asset) datatransfer.Asset {
			unread[a.Name] = a.Size
			a.Body = countingReader{a.Body, func(n int) { unread[a.Name] -= int64(n) }}
			return a
		},
	}
	t.must(f.transfer(t.ctx, t.destination()), "a transfer of everything")
	for _, stage := range datatransfer.Stages() {
		if uses[stage] != 1 {
			t.Errorf("the sequence of %s was used %d times", stage, uses[stage])
		}
	}
	for name, size := range unread {
		if size != 0 {
			t.Errorf("of the file %q %d bytes were not read", name, size)
		}
	}
}

// countingReader tells how much is read.
type countingReader struct {
	io.Reader
	count func(n int)
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.count(n)
	return n, err
}

// cancelledReading cancels before the sequence and after its first record.
func cancelledReading(t *trial) {
	data := t.sample(1)
	t.replace(data)
	for _, stage := range datatransfer.Stages() {
		for after := range 2 {
			if after >= data.size(stage) {
				continue
			}
			src := t.source()
			ctx, cancel := context.WithCancel(t.ctx)
			if after == 0 {
				cancel()
			}
			var errs []error
			records := 0
			for _, err := range stageOf(ctx, src, stage) {
				if err != nil {
					errs = append(errs, err)
					continue
				}
				if records++; len(errs) > 0 {
					t.Fatalf("%s: a record came after the error", stage)
				}
				if records == after {
					cancel()
				}
			}
			cancel()
			if len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
				t.Fatalf("%s: the context was cancelled after %d of %d records; %d records came and these errors: %v",
					stage, after, data.size(stage), records, errs)
			}
			t.must(src.Close(), "Close of a source")
		}
	}
	t.holds("after readings that were cancelled", data)
}

func readingInPart(t *trial) {
	data := t.sample(1)
	t.replace(data)
	for _, part := range datatransfer.Stages() {
		for most := range 2 {
			src := t.source()
			for _, stage := range datatransfer.Stages() {
				if stage == part && most == 0 {
					continue
				}
				records := 0
				for _, err := range stageOf(t.ctx, src, stage) {
					t.must(err, fmt.Sprintf("reading %s, with %s in part", stage, part))
					if records++; stage == part {
						break
					}
				}
				if stage != part && records != data.size(stage) {
					t.Fatalf("with %s read in part, %s had %d records, want %d", part, stage, records, data.size(stage))
				}
			}
			t.must(src.Close(), "Close of a source")
		}
	}
	t.holds("after readings in part", data)
}

func bodiesInPart(t *trial) {
	data := t.withFiles(1)
	t.replace(data)
	for whole := range data.Files {
		got := new(Snapshot)
		src := t.source()
		for asset, err := range src.Assets(t.ctx) {
			t.must(err, "reading files")
			file := File{Name: asset.Name, Metadata: encode(nil)}
			switch i := len(got.Files); {
			case i == whole:
				file.Content, err = io.ReadAll(asset.Body)
			case i%2 == 1:
				_, err = io.CopyN(io.Discard, asset.Body, min(1, asset.Size))
			}
			t.must(err, "reading a file")
			got.Files = append(got.Files, file)
		}
		t.must(src.Close(), "Close of a source")
		want := new(Snapshot)
		for _, f := range data.Files {
			file := File{Name: f.Name, Metadata: encode(nil)}
			if len(got.Files) > whole && f.Name == got.Files[whole].Name {
				file.Content = f.Content
			}
			want.Files = append(want.Files, file)
		}
		t.yields(fmt.Sprintf("with only file %d read to its end", whole+1), got.Source(), want)
	}
}

// recordsStayValid compares the text of each record when it came with its text at the end.
func recordsStayValid(t *trial) {
	t.replace(t.sample(1))
	src := t.source()
	for _, stage := range datatransfer.Stages() {
		var records []any
		var texts []string
		for record, err := range stageOf(t.ctx, src, stage) {
			t.must(err, "reading "+string(stage))
			if asset, ok := record.(datatransfer.Asset); ok {
				asset.Body = nil
				record = asset
			}
			records = append(records, record)
			texts = append(texts, fmt.Sprintf("%q", record))
		}
		for i, record := range records {
			if fmt.Sprintf("%q", record) != texts[i] {
				t.Fatalf("record %d of %s was changed after it was yielded", i+1, stage)
			}
		}
	}
	t.must(src.Close(), "Close of a source")
}

func closeSource(t *trial) {
	data := t.sample(1)
	t.replace(data)
	for _, read := range []bool{false, true} {
		src := t.source()
		if read {
			t.yields("in a reading", src, data)
		}
		t.must(src.Close(), "Close of a source")
		t.must(src.Close(), "a second Close of a source")
		if _, err := src.Metadata(t.ctx); err == nil {
			t.Errorf("Metadata after Close returned no error")
		}
		if _, err := src.Schemas(t.ctx); err == nil {
			t.Errorf("Schemas after Close returned no error")
		}
		for _, stage := range datatransfer.Stages() {
			yields, fails := 0, 0
			for _, err := range stageOf(t.ctx, src, stage) {
				yields++
				if err != nil {
					fails++
				}
			}
			if yields != 1 || fails != 1 {
				t.Errorf("%s after Close: %d records and %d errors were yielded, want one error", stage, yields-fails, fails)
			}
		}
	}
}
