package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// The types of the data.
const (
	typeArticle  = "api::article.article"
	typeCategory = "api::category.category"
)

// categories is the number of categories that the articles are in.
const categories = 100

func fileHash(n int) string { return fmt.Sprintf("file_%06d", n) }
func fileName(n int) string { return fileHash(n) + ".bin" }

// sample is a Source of generated data: articles of 0.9 kB with a link each, and files of fileSize bytes.
type sample struct {
	schemas         datatransfer.Schemas
	articles, files int
}

func (s sample) Metadata(context.Context) (datatransfer.Metadata, error) {
	return datatransfer.Metadata{CreatedAt: time.Unix(0, 0).UTC()}, nil
}

func (s sample) Schemas(context.Context) (datatransfer.Schemas, error) { return s.schemas, nil }

func (s sample) Close() error { return nil }

func (s sample) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	body := make([]byte, 0, 800)
	for len(body) < 780 {
		body = append(body, "A line of text of some length.\\n"...)
	}
	return func(yield func(datatransfer.Entity, error) bool) {
		one := func(uid string, id int, data string) bool {
			return yield(datatransfer.Entity{Type: uid, ID: datatransfer.IntRef(int64(id)), Data: json.RawMessage(data)}, nil)
		}
		for n := range categories {
			if s.articles > 0 && !one(typeCategory, n+1, fmt.Sprintf(`{"name":"category %d"}`, n)) {
				return
			}
		}
		for n := range s.files {
			if !one(datatransfer.TypeFile, n+1, fileRow(n)) {
				return
			}
		}
		for n := range s.articles {
			if !one(typeArticle, n+1, fmt.Sprintf(`{"title":"article %d","body":"%s"}`, n, body)) {
				return
			}
		}
	}
}

func fileRow(n int) string {
	return fmt.Sprintf(`{"name":"%s","hash":"%s","ext":".bin","mime":"application/octet-stream","size":%g,"url":"/uploads/%s"}`,
		fileName(n), fileHash(n), fileSize/1000.0, fileName(n))
}

// Assets yields files that cannot be compressed.
func (s sample) Assets(context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(yield func(datatransfer.Asset, error) bool) {
		random := rand.NewChaCha8([32]byte{1})
		for n := range s.files {
			if !yield(datatransfer.Asset{
				Name: fileName(n), Size: fileSize, Metadata: json.RawMessage(fileRow(n)), Body: io.LimitReader(random, fileSize),
			}, nil) {
				return
			}
		}
	}
}

func (s sample) Links(context.Context) iter.Seq2[datatransfer.Link, error] {
	return func(yield func(datatransfer.Link, error) bool) {
		for n := range s.articles {
			if !yield(datatransfer.Link{
				Kind: "relation.basic", Relation: "manyToOne",
				Left:  datatransfer.LinkEnd{Type: typeArticle, Ref: datatransfer.IntRef(int64(n + 1)), Field: "category"},
				Right: datatransfer.LinkEnd{Type: typeCategory, Ref: datatransfer.IntRef(int64(n%categories + 1)), Field: "articles"},
			}, nil) {
				return
			}
		}
	}
}

func (s sample) Configuration(context.Context) iter.Seq2[datatransfer.Config, error] {
	return func(func(datatransfer.Config, error) bool) {}
}

// generated is an end that has generated data, and forgets what it is sent.
type generated struct {
	bytes   int64 // of files
	records int   // entities and links, half of each
}

func (g generated) Source(context.Context) (datatransfer.Source, error) {
	return sample{articles: g.records / 2, files: int(g.bytes / fileSize)}, nil
}

func (g generated) Destination(context.Context) (datatransfer.Destination, error) {
	return forgetful{}, nil
}

// forgetful is a Destination that keeps nothing.
type forgetful struct{}

func (forgetful) Schemas(context.Context) (datatransfer.Schemas, error) { return nil, nil }
func (forgetful) Begin(context.Context, datatransfer.Start) error       { return nil }
func (forgetful) Commit(context.Context) error                          { return nil }
func (forgetful) Rollback(context.Context) error                        { return nil }

func (forgetful) WriteEntities(_ context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return forget(seq)
}

func (forgetful) WriteLinks(_ context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return forget(seq)
}

func (forgetful) WriteConfiguration(_ context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	return forget(seq)
}

func (forgetful) WriteAssets(_ context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	for asset, err := range seq {
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, asset.Body); err != nil {
			return err
		}
	}
	return nil
}

func forget[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}
