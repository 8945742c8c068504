// Package compare finds the differences of two instances' data. Memory does not grow with the number of records.
package compare

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"slices"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/model"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/rowsort"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A Change is a record that differs.
type Change struct {
	Stage  datatransfer.Stage
	Type   string
	Key    string
	Kind   Kind
	Fields []string // of a changed record: the names of the fields that differ, sorted
}

// Kind is how a record differs.
type Kind string

// The kinds of change.
const (
	Changed Kind = "changed"
	OnlyInA Kind = "only-in-a"
	OnlyInB Kind = "only-in-b"
)

// A Count says how many records of a type differ.
type Count struct {
	Stage                           datatransfer.Stage
	Type                            string
	Same, Changed, OnlyInA, OnlyInB int64
}

// Differs reports whether anything does.
func (c Count) Differs() bool { return c.Changed+c.OnlyInA+c.OnlyInB > 0 }

// A SourceError is a failure to read one of the sources.
type SourceError struct {
	IsB bool
	Err error
}

func (e *SourceError) Error() string { return e.Err.Error() }

func (e *SourceError) Unwrap() error { return e.Err }

// Options may be nil.
type Options struct {
	Memory   int          // bytes of rows in each of at most twelve tables; 0 means 2 MiB
	TempDir  string       // of the rows that don't fit into memory; "" means os.TempDir
	OnChange func(Change) // called for each record that differs, ordered by stage, type and key
}

// Records compares the records of two sources, and returns counts ordered by stage and type.
//
// Two records are the same one if their type, documentId and locale are equal, and both or neither are drafts. Records
// without a documentId are the same one if their IDs are equal. Links are compared by the records that they connect,
// files by name, size and SHA-256, configuration by key.
func Records(ctx context.Context, a, b datatransfer.Source, opts *Options) (counts []Count, err error) {
	if opts == nil {
		opts = &Options{}
	}
	schemasA, err := a.Schemas(ctx)
	if err != nil {
		return nil, &SourceError{IsB: false, Err: err}
	}
	schemasB, err := b.Schemas(ctx)
	if err != nil {
		return nil, &SourceError{IsB: true, Err: err}
	}
	c := &comparison{
		opts:    opts,
		schemas: model.New(schemasA, schemasB),
		seed:    maphash.MakeSeed(),
		fields:  map[string]uint32{},
	}
	left, right := c.newSide(), c.newSide()
	defer func() { err = errors.Join(err, left.close(), right.close()) }()
	if err := left.collect(ctx, a); err != nil {
		return nil, &SourceError{IsB: false, Err: err}
	}
	if err := right.collect(ctx, b); err != nil {
		return nil, &SourceError{IsB: true, Err: err}
	}
	for i, stage := range datatransfer.Stages() {
		found, err := c.stage(ctx, stage, left.rows[i], right.rows[i])
		if err != nil {
			return nil, err
		}
		counts = append(counts, found...)
	}
	return counts, nil
}

// A comparison holds what both sides share.
type comparison struct {
	opts    *Options
	schemas *model.Model // of both sides, so that both treat a field alike
	// Values are compared by a 64-bit hash. Its seed is random, so that whoever makes an archive can't make two values
	// that have the same one.
	seed   maphash.Seed
	fields map[string]uint32 // names of fields by number, so that a row is short
	names  []string
}

// maxFields bounds the memory for names of fields. The names beyond share one number.
const maxFields = 100_000

func (c *comparison) fieldNumber(name string) uint32 {
	if number, ok := c.fields[name]; ok {
		return number
	}
	if len(c.names) >= maxFields {
		return maxFields - 1
	}
	number := uint32(len(c.names))
	c.fields[name] = number
	c.names = append(c.names, name)
	return number
}

const fieldSize = 4 + 8 // a field's number, and the hash of its value

// appendField appends a field to the value of a row.
func (c *comparison) appendField(row []byte, name string, value []byte) []byte {
	row = binary.BigEndian.AppendUint32(row, c.fieldNumber(name))
	return binary.BigEndian.AppendUint64(row, maphash.Bytes(c.seed, value))
}

// sortFields puts the fields of a row in the order of their numbers.
func sortFields(row []byte) []byte {
	fields := slices.Collect(slices.Chunk(row, fieldSize))
	slices.SortFunc(fields, bytes.Compare)
	return bytes.Join(fields, nil)
}

// stage compares the rows of one stage.
func (c *comparison) stage(
	ctx context.Context, stage datatransfer.Stage, left, right *rowsort.Sorter,
) ([]Count, error) {
	var counts []Count
	for pair, err := range rowsort.Join(left, right) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		uid, key, _ := bytes.Cut(pair.Key, separator)
		if len(counts) == 0 || counts[len(counts)-1].Type != string(uid) {
			counts = append(counts, Count{Stage: stage, Type: string(uid)})
		}
		count := &counts[len(counts)-1]
		c.pair(count, string(key), pair)
	}
	return counts, nil
}

// pair compares the values of one key. A key may be there more than once; equal values are paired first.
func (c *comparison) pair(count *Count, key string, pair rowsort.Pair) {
	left, right := withoutEqual(pair.Left, pair.Right)
	changed := min(len(left), len(right))
	onlyA, onlyB := len(left)-changed, len(right)-changed
	count.Same += int64(len(pair.Left) - len(left))
	count.Changed += int64(changed)
	count.OnlyInA += int64(onlyA)
	count.OnlyInB += int64(onlyB)
	if c.opts.OnChange == nil {
		return
	}
	report := func(kind Kind, fields []string) {
		c.opts.OnChange(Change{Stage: count.Stage, Type: count.Type, Key: key, Kind: kind, Fields: fields})
	}
	for i := range changed {
		report(Changed, c.changedFields(left[i], right[i]))
	}
	for range onlyA {
		report(OnlyInA, nil)
	}
	for range onlyB {
		report(OnlyInB, nil)
	}
}

// withoutEqual returns two sorted lists without the values that are in both.
func withoutEqual(left, right [][]byte) (onlyLeft, onlyRight [][]byte) {
	for len(left) > 0 && len(right) > 0 {
		switch order := bytes.Compare(left[0], right[0]); {
		case order < 0:
			onlyLeft, left = append(onlyLeft, left[0]), left[1:]
		case order > 0:
			onlyRight, right = append(onlyRight, right[0]), right[1:]
		default:
			left, right = left[1:], right[1:]
		}
	}
	return append(onlyLeft, left...), append(onlyRight, right...)
}

// changedFields returns the names of the fields that two rows don't have in common.
func (c *comparison) changedFields(left, right []byte) []string {
	l, r := withoutEqual(slices.Collect(slices.Chunk(left, fieldSize)), slices.Collect(slices.Chunk(right, fieldSize)))
	var names []string
	for _, field := range append(l, r...) {
		names = append(names, c.names[binary.BigEndian.Uint32(field)])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
