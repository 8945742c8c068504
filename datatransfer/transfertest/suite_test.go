package transfertest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

func TestMemoryInstance(t *testing.T) {
	transfertest.Run(t, func(testing.TB) transfertest.Instance { return new(transfertest.MemoryInstance) })
}

// TestInstanceWithoutFault shows that the instance in which faults are planted has none.
// It has types of its own, too, so that the other half of the suite is seen to pass.
func TestInstanceWithoutFault(t *testing.T) {
	transfertest.Run(t, func(testing.TB) transfertest.Instance {
		return &mutant{
			MemoryInstance: transfertest.MemoryInstance{Schemas: transfertest.Generate(nil, 1).Schemas},
			source:         func(_ *mutant, s *source) datatransfer.Source { return s },
			destination:    func(_ *mutant, d *destination) datatransfer.Destination { return d },
		}
	})
}

// sampled is an instance that takes entities of one type, with texts for IDs.
type sampled struct{ transfertest.MemoryInstance }

func (*sampled) Sample(n int) *transfertest.Snapshot {
	data := transfertest.Generate(oneType(), n)
	data.Configuration = nil
	data, err := data.MapIDs(func(uid string, old datatransfer.Ref) datatransfer.Ref {
		return datatransfer.StringRef(uuid.NewSHA1(uuid.NameSpaceOID, []byte(uid+string(old))).String())
	})
	if err != nil {
		panic(err)
	}
	return data
}

func oneType() datatransfer.Schemas {
	schemas, err := datatransfer.ParseSchemas(jsonLines(`{"uid":"api::item.item","modelType":"contentType",
		"kind":"collectionType","attributes":{"code":{"type":"string","required":true,"unique":true},
		"next":{"type":"relation","relation":"manyToOne","target":"api::item.item"}}}`))
	if err != nil {
		panic(err)
	}
	return schemas
}

func TestSampler(t *testing.T) {
	transfertest.Run(t, func(testing.TB) transfertest.Instance {
		return &sampled{transfertest.MemoryInstance{Schemas: oneType()}}
	})
}

// newTabular returns an instance that keeps what tables can: no document IDs, no positions of
// links, no members that are not columns, and null in each column without a value.
func newTabular(testing.TB) transfertest.Instance {
	schemas := transfertest.Generate(nil, 1).Schemas
	return &mutant{
		MemoryInstance: transfertest.MemoryInstance{Schemas: schemas},
		source: func(b *mutant, _ *source) datatransfer.Source {
			data := b.Snapshot()
			for i, e := range data.Entities {
				schema, _ := schemas.Lookup(e.Type)
				data.Entities[i] = datatransfer.Entity{Type: e.Type, ID: e.ID, Data: columns(e.Data, schema)}
			}
			for i, f := range data.Files {
				var row map[string]json.RawMessage
				if json.Unmarshal(f.Metadata, &row) == nil {
					delete(row, "documentId")
					data.Files[i].Metadata, _ = json.Marshal(row)
				}
			}
			for i, l := range data.Links {
				data.Links[i] = datatransfer.Link{Kind: l.Kind, Relation: l.Relation}
				data.Links[i].Left = datatransfer.LinkEnd{Type: l.Left.Type, Ref: l.Left.Ref, Field: l.Left.Field}
				data.Links[i].Right = datatransfer.LinkEnd{Type: l.Right.Type, Ref: l.Right.Ref, Field: l.Right.Field}
			}
			for i, c := range data.Configuration {
				data.Configuration[i] = datatransfer.Config{Type: c.Type, Value: c.Value}
			}
			return data.Source()
		},
	}
}

// columns returns the data with the attributes of the schema that are not relations.
func columns(data json.RawMessage, schema datatransfer.Schema) json.RawMessage {
	var values map[string]json.RawMessage
	if json.Unmarshal(data, &values) != nil {
		return data
	}
	row := make(map[string]json.RawMessage)
	for name, attribute := range schema.Attributes {
		if !bytes.Contains(attribute, []byte(`"relation"`)) && !bytes.Contains(attribute, []byte(`"media"`)) {
			row[name] = values[name]
			if values[name] == nil {
				row[name] = json.RawMessage("null")
			}
		}
	}
	data, _ = json.Marshal(row)
	return data
}

// TestTabularInstance shows that the suite does not ask for what a table cannot keep.
func TestTabularInstance(t *testing.T) {
	transfertest.Run(t, newTabular)
}

// requiring is an instance that refuses items without the link that their type requires, as
// a table does whose foreign key is not null.
type requiring struct{ *mutant }

func newRequiring(testing.TB) transfertest.Instance {
	return requiring{&mutant{
		MemoryInstance: transfertest.MemoryInstance{Schemas: requiringSchemas()},
		destination: func(b *mutant, d *destination) datatransfer.Destination {
			d.commit = func(ctx context.Context) error {
				old := b.Snapshot()
				if err := d.Destination.Commit(ctx); err != nil {
					return err
				}
				items := 0
				for _, e := range b.Snapshot().Entities {
					if e.Type == "api::item.item" {
						items++
					}
				}
				if len(b.Snapshot().Links) < items {
					return errors.Join(errBroken, b.Fill(ctx, old.Source()))
				}
				return nil
			}
			return d
		},
	}}
}

func requiringSchemas() datatransfer.Schemas {
	schemas, err := datatransfer.ParseSchemas(jsonLines(
		`{"uid":"api::item.item","modelType":"contentType","attributes":{"name":{"type":"string"},
			"owner":{"type":"relation","relation":"manyToOne","target":"api::owner.owner","required":true}}}`,
		`{"uid":"api::owner.owner","modelType":"contentType","attributes":{"name":{"type":"string"}}}`))
	if err != nil {
		panic(err)
	}
	return schemas
}

// TestRequiredLinks shows that the suite never imports items without the link that they
// need.
func TestRequiredLinks(t *testing.T) {
	transfertest.Run(t, newRequiring)
}

// emptying is an instance that is emptied by each transfer, whatever its scope is.
type emptying struct{ *mutant }

func (emptying) ReplacesWhole() bool { return true }

func TestWholeReplacer(t *testing.T) {
	empty := func(testing.TB) transfertest.Instance {
		return emptying{&mutant{destination: func(b *mutant, d *destination) datatransfer.Destination {
			d.commit = func(ctx context.Context) error {
				data := b.Snapshot()
				if err := b.Fill(ctx, new(transfertest.Snapshot).Source()); err != nil {
					return err
				}
				err := d.Destination.Commit(ctx)
				if err != nil {
					return errors.Join(err, b.Fill(ctx, data.Source()))
				}
				return nil
			}
			return d
		}}}
	}
	for _, check := range transfertest.CheckNames() {
		if strings.HasPrefix(check, "scope-") {
			t.Run(check, func(t *testing.T) { transfertest.Try(t, check, empty) })
		}
	}
	r := &recorder{TB: t}
	r.watch(func() {
		transfertest.Try(r, "scope-without-files", func(t testing.TB) transfertest.Instance {
			return empty(t).(emptying).mutant // does not say what it is
		})
	})
	require.NotEmpty(t, r.failures)
}

// TestChecksOfFilesAreSkipped tells an instance that has no files from one that loses them.
func TestChecksOfFilesAreSkipped(t *testing.T) {
	r := &recorder{TB: t}
	r.watch(func() {
		transfertest.Try(r, "files-are-exact", func(testing.TB) transfertest.Instance { return new(sampled) })
	})
	require.True(t, r.skipped)
	require.Empty(t, r.failures)
}

// onDisk is an instance that keeps the content of files in a folder. Its MemoryInstance has
// the names of the files in their place.
type onDisk struct {
	*mutant
	folder string
}

func (onDisk) HoldsFilesInMemory() bool { return false }

func newOnDisk(t testing.TB) transfertest.Instance {
	folder := t.TempDir()
	return onDisk{folder: folder, mutant: &mutant{
		source: func(_ *mutant, s *source) datatransfer.Source {
			s.assets = func(ctx context.Context) assets { return openBodies(s.Source.Assets(ctx)) }
			return s
		},
		destination: func(_ *mutant, d *destination) datatransfer.Destination {
			d.assets = func(ctx context.Context, seq assets) error {
				return d.Destination.WriteAssets(ctx, spoolBodies(seq, folder))
			}
			return d
		},
	}}
}

// spoolBodies writes the bodies to files and puts the paths in their place.
func spoolBodies(seq assets, folder string) assets {
	return func(yield func(datatransfer.Asset, error) bool) {
		for a, err := range seq {
			if err == nil {
				name := filepath.Join(folder, uuid.NewString())
				err = writeFile(name, a.Body)
				a.Size, a.Body = int64(len(name)), strings.NewReader(name)
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

func writeFile(name string, body io.Reader) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// openBodies opens the files whose paths the bodies are.
func openBodies(seq assets) assets {
	return func(yield func(datatransfer.Asset, error) bool) {
		for a, err := range seq {
			if err == nil && !yieldFile(a, yield) || err != nil && !yield(a, err) {
				return
			}
		}
	}
}

func yieldFile(a datatransfer.Asset, yield func(datatransfer.Asset, error) bool) bool {
	name, err := io.ReadAll(a.Body)
	if err != nil {
		return yield(datatransfer.Asset{}, err)
	}
	f, err := os.Open(string(name))
	if err != nil {
		return yield(datatransfer.Asset{}, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return yield(datatransfer.Asset{}, err)
	}
	a.Size, a.Body = info.Size(), f
	return yield(a, nil)
}

// TestFilesOnDiskAreStreamed shows that the check of streaming can pass.
func TestFilesOnDiskAreStreamed(t *testing.T) {
	for _, check := range []string{"files-are-streamed", "files-are-exact", "body-fails"} {
		t.Run(check, func(t *testing.T) { transfertest.Try(t, check, newOnDisk) })
	}
}

// TestHangingInstance needs no patience: the context of the calls ends with that of the
// test.
func TestHangingInstance(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := &recorder{TB: t, ctx: ctx}
	r.watch(func() {
		transfertest.Try(r, "round-trip", withDestination(func(_ *mutant, d *destination) {
			d.begin = func(ctx context.Context, _ datatransfer.Start) error {
				cancel()
				<-ctx.Done()
				return ctx.Err()
			}
		}))
	})
	require.Len(t, r.failures, 1)
	require.Contains(t, r.failures[0], context.Canceled.Error())
}
