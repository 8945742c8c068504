package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

const (
	fileSize   = 2 << 20
	recordSize = 1000
)

// A source generates files and records. Each file has a row of the media library, which
// is not one of the records.
type source struct{ files, records int64 }

var _ datatransfer.Source = (*source)(nil)

func (s *source) Metadata(context.Context) (datatransfer.Metadata, error) {
	return datatransfer.Metadata{CreatedAt: time.Unix(0, 0)}, nil
}

func (s *source) Schemas(context.Context) (datatransfer.Schemas, error) {
	var schemas datatransfer.Schemas
	for _, uid := range []string{"api::note.note", datatransfer.TypeFile} {
		schemas = append(schemas, datatransfer.Schema{
			UID: uid, ModelType: datatransfer.ModelContentType,
			Attributes: map[string]json.RawMessage{"text": json.RawMessage(`{"type":"text"}`)},
		})
	}
	return schemas, nil
}

func (s *source) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	return func(yield func(datatransfer.Entity, error) bool) {
		for i := range s.files {
			e := datatransfer.Entity{Type: datatransfer.TypeFile, ID: datatransfer.IntRef(i + 1), Data: fileRow(i)}
			if !yield(e, nil) {
				return
			}
		}
		text := bytes.Repeat([]byte("a line of text, 25 bytes\\n"), 50)
		for i := range s.records / 2 {
			data := fmt.Appendf(make([]byte, 0, recordSize), `{"documentId":"%024d","text":"`, i)
			data = append(data, text[:recordSize-len(data)-50]...)
			data = append(bytes.TrimRight(data, `\`), `"}`...)
			if !yield(datatransfer.Entity{Type: "api::note.note", ID: datatransfer.IntRef(i + 1), Data: data}, nil) {
				return
			}
		}
	}
}

// fileRow returns the row of the media library of a file.
func fileRow(i int64) json.RawMessage {
	return fmt.Appendf(nil, `{"id":%d,"name":"%d","hash":"file_%010d","ext":".bin","mime":"application/octet-stream",`+
		`"size":2097.15,"url":"/uploads/file_%010d.bin"}`, i+1, i, i, i)
}

func (s *source) Assets(context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(yield func(datatransfer.Asset, error) bool) {
		content := randomBytes(2 * fileSize)
		for i := range s.files {
			start := i * 4099 % fileSize // so that no two files are equal
			asset := datatransfer.Asset{
				Name: fmt.Sprintf("file_%010d.bin", i), Size: fileSize, Metadata: fileRow(i),
				Body: struct{ io.Reader }{bytes.NewReader(content[start : start+fileSize])},
			}
			if !yield(asset, nil) {
				return
			}
		}
	}
}

func (s *source) Links(context.Context) iter.Seq2[datatransfer.Link, error] {
	return func(yield func(datatransfer.Link, error) bool) {
		notes := s.records / 2
		for i := range s.records - notes {
			end := datatransfer.LinkEnd{Type: "api::note.note", Ref: datatransfer.IntRef(i%notes + 1)}
			link := datatransfer.Link{Kind: "relation.basic", Relation: "oneToOne", Left: end, Right: end}
			link.Left.Field = "next"
			if !yield(link, nil) {
				return
			}
		}
	}
}

func (s *source) Configuration(context.Context) iter.Seq2[datatransfer.Config, error] {
	return func(func(datatransfer.Config, error) bool) {}
}

func (s *source) Close() error { return nil }
