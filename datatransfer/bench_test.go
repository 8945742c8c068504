package datatransfer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// entityOf1kB returns a line as a real export has it, about 1,000 bytes long.
func entityOf1kB() string {
	return fmt.Sprintf(`{"type":"api::article.article","id":%d,"data":{"documentId":"lum05f8xopscelnw1zjr1l78",`+
		`"title":"One \"quoted\" é 😀","body":"%s","createdAt":"2026-11-25T04:40:07.732Z",`+
		`"updatedAt":"2026-11-25T04:40:08.948Z","publishedAt":null,"locale":null,"price":12.50,"tags":["a","b"],`+
		`"seo":{"id":1,"metaTitle":"m"},"quotes":[{"id":2,"text":"q1","seo":{"id":2,"metaTitle":"n"}}]}}`,
		4711, strings.Repeat("A line of text that says a little.\\n", 16))
}

// BenchmarkCodec reads and writes one entity: with a Parser and AppendJSON, and with
// encoding/json for comparison.
func BenchmarkCodec(b *testing.B) {
	line := []byte(entityOf1kB())
	b.Run("datatransfer", func(b *testing.B) {
		b.SetBytes(int64(len(line)))
		b.ReportAllocs()
		var p datatransfer.Parser
		var out []byte
		for b.Loop() {
			e, err := p.Entity(line)
			require.NoError(b, err)
			out, err = e.AppendJSON(out[:0])
			require.NoError(b, err)
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(line)))
		b.ReportAllocs()
		type entity struct {
			Type string          `json:"type"`
			ID   json.RawMessage `json:"id"`
			Data json.RawMessage `json:"data"`
		}
		for b.Loop() {
			var e entity
			require.NoError(b, json.Unmarshal(line, &e))
			_, err := json.Marshal(e)
			require.NoError(b, err)
		}
	})
}

// BenchmarkRun takes entities of 1 kB from memory to a destination that encodes them:
// one that takes any type, and one whose schemas are compared with every entity.
func BenchmarkRun(b *testing.B) {
	line := entityOf1kB()
	src := sampleSource(b, "rich.tar")
	for name, dst := range map[string]*encodingDestination{
		"any type":     {},
		"with schemas": {destination: destination{schemas: src.schemas}},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			src := repeatingSource{source: *src, entity: entities(b, line)[0], n: b.N}
			src.assets, src.links = nil, nil
			_, err := datatransfer.Run(b.Context(), &src, dst, nil)
			require.NoError(b, err)
		})
	}
}

type repeatingSource struct {
	source
	entity datatransfer.Entity
	n      int
}

func (s *repeatingSource) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	return func(yield func(datatransfer.Entity, error) bool) {
		for range s.n {
			if !yield(s.entity, nil) {
				return
			}
		}
	}
}

type encodingDestination struct {
	destination
	buffer []byte
}

func (d *encodingDestination) WriteEntities(_ context.Context, seq iter.Seq2[datatransfer.Entity, error]) (err error) {
	for e, seqErr := range seq {
		if seqErr != nil {
			return seqErr
		}
		if d.buffer, err = e.AppendJSON(d.buffer[:0]); err != nil {
			return err
		}
	}
	return nil
}
