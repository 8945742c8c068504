package compare

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/model"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/rowsort"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// separator stands between the parts of a key.
var separator = []byte{0}

const defaultMemory = 2 << 20

// A side has the rows of one source. The key of a row is a type, the separator, and the name of the record.
type side struct {
	*comparison
	rows  [4]*rowsort.Sorter // by stage
	names *rowsort.Sorter    // of records and components, by type and ID
}

func (c *comparison) newSide() *side {
	s := &side{comparison: c, names: c.newSorter()}
	for i := range s.rows {
		s.rows[i] = c.newSorter()
	}
	return s
}

func (c *comparison) newSorter() *rowsort.Sorter {
	return &rowsort.Sorter{Memory: cmp.Or(c.opts.Memory, defaultMemory), Dir: c.opts.TempDir}
}

func (s *side) close() error {
	err := s.names.Close()
	for _, rows := range s.rows {
		err = errors.Join(err, rows.Close())
	}
	return err
}

func (s *side) collect(ctx context.Context, source datatransfer.Source) error {
	if err := s.entities(ctx, source); err != nil {
		return err
	}
	if err := s.assets(ctx, source); err != nil {
		return err
	}
	if err := s.links(ctx, source); err != nil {
		return err
	}
	return s.configuration(ctx, source)
}

func (s *side) entities(ctx context.Context, source datatransfer.Source) error {
	for entity, err := range source.Entities(ctx) {
		if err != nil {
			return err
		}
		record, err := s.schemas.Record(entity)
		if err != nil {
			return err
		}
		var row []byte
		for name := range record.Fields {
			value, err := s.schemas.Canonical(record, name)
			if err != nil {
				return err
			}
			row = s.appendField(row, name, value)
		}
		if err := s.rows[0].Add(joinKey(record.Type, record.Key), sortFields(row)); err != nil {
			return err
		}
		if err := s.names.Add(joinKey(entity.Type, model.RefText(entity.ID)), []byte(record.Key)); err != nil {
			return err
		}
		for component := range s.schemas.Components(record) {
			name := fmt.Sprintf("%s %s %s", record.Type, record.Key, component.Path)
			if err := s.names.Add(joinKey(component.UID, component.ID), []byte(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *side) assets(ctx context.Context, source datatransfer.Source) error {
	for asset, err := range source.Assets(ctx) {
		if err != nil {
			return err
		}
		sum := sha256.New()
		size, err := io.Copy(sum, asset.Body)
		if err != nil {
			return err
		}
		row := s.appendField(nil, "size", binary.BigEndian.AppendUint64(nil, uint64(size)))
		row = s.appendField(row, "content", sum.Sum(nil))
		if err := s.rows[1].Add(joinKey("", asset.Name), sortFields(row)); err != nil {
			return err
		}
	}
	return nil
}

// links replaces the references at both ends by the names of the records: first those of the left ends, which needs the
// links in the order of their left ends, then those of the right ends.
func (s *side) links(ctx context.Context, source datatransfer.Source) error {
	byLeft, byRight := s.newSorter(), s.newSorter()
	defer byLeft.Close()
	defer byRight.Close()
	for link, err := range source.Links(ctx) {
		if err != nil {
			return err
		}
		if err := byLeft.Add(endKey(link.Left), s.packLink(link)); err != nil {
			return err
		}
	}
	for found, err := range rowsort.Lookup(s.names, byLeft) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		link := unpack(found.Value)
		link[linkFrom] = fmt.Appendf(nil, "%s %s", nameOf(found), link[linkFrom])
		if err := byRight.Add(link[linkTo], pack(link...)); err != nil {
			return err
		}
	}
	for found, err := range rowsort.Lookup(s.names, byRight) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		link := unpack(found.Value)
		uid, _, _ := bytes.Cut(found.Key, separator)
		key := fmt.Sprintf("%s -> %s %s %s", link[linkFrom], uid, nameOf(found), link[linkInverse])
		key = strings.TrimRight(key, " ")
		if err := s.rows[2].Add(joinKey(string(link[linkType]), key), link[linkRow]); err != nil {
			return err
		}
	}
	return nil
}

// The parts of a link that is packed.
const (
	linkType    = iota // of the left end
	linkFrom           // the field of the left end; once the record is known, its name before it
	linkTo             // type and reference of the right end
	linkInverse        // the field of the right end
	linkRow            // the fields that are compared
)

func (s *side) packLink(link datatransfer.Link) []byte {
	row := s.appendField(nil, "kind", []byte(link.Kind+" "+link.Relation))
	row = s.appendField(row, "position", []byte(link.Left.Pos))
	row = s.appendField(row, "position on the other side", []byte(link.Right.Pos))
	left, right := link.Left, link.Right
	return pack([]byte(left.Type), []byte(left.Field), endKey(right), []byte(right.Field), sortFields(row))
}

func endKey(end datatransfer.LinkEnd) []byte { return joinKey(end.Type, model.RefText(end.Ref)) }

// nameOf returns the name of the record that a reference means. A reference that leads nowhere stays.
func nameOf(found rowsort.Found) string {
	if found.Match != nil {
		return string(found.Match)
	}
	_, ref, _ := bytes.Cut(found.Key, separator)
	return string(ref)
}

func (s *side) configuration(ctx context.Context, source datatransfer.Source) error {
	for config, err := range source.Configuration(ctx) {
		if err != nil {
			return err
		}
		record := model.Record{Type: config.Type}
		if err := json.Unmarshal(config.Value, &record.Fields); err != nil {
			return fmt.Errorf("a record of %s is not an object", config.Type)
		}
		var row []byte
		for name := range record.Fields {
			if name == "id" {
				continue
			}
			value, err := new(model.Model).Canonical(record, name)
			if err != nil {
				return err
			}
			row = s.appendField(row, name, value)
		}
		if err := s.rows[3].Add(joinKey(config.Type, model.ConfigKey(record)), sortFields(row)); err != nil {
			return err
		}
	}
	return nil
}

func joinKey(uid, key string) []byte {
	return bytes.Join([][]byte{[]byte(uid), []byte(key)}, separator)
}

// pack puts several values into one.
func pack(parts ...[]byte) []byte {
	var packed []byte
	for _, part := range parts {
		packed = binary.AppendUvarint(packed, uint64(len(part)))
		packed = append(packed, part...)
	}
	return packed
}

func unpack(packed []byte) [][]byte {
	var parts [][]byte
	for len(packed) > 0 {
		size, n := binary.Uvarint(packed)
		end := n + int(size)
		parts = append(parts, packed[n:end])
		packed = packed[end:]
	}
	return parts
}
