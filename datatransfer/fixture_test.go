package datatransfer_test

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A source yields what its fields hold.
type source struct {
	metadata      datatransfer.Metadata
	schemas       datatransfer.Schemas
	entities      []datatransfer.Entity
	assets        []datatransfer.Asset
	links         []datatransfer.Link
	configuration []datatransfer.Config

	fail map[datatransfer.Stage]error // yielded at the end of the stage; also "metadata" and "schemas"
}

func (s *source) Metadata(context.Context) (datatransfer.Metadata, error) {
	return s.metadata, s.fail["metadata"]
}

func (s *source) Schemas(context.Context) (datatransfer.Schemas, error) {
	return s.schemas, s.fail["schemas"]
}

func (s *source) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	return yieldAll(s.entities, s.fail[datatransfer.StageEntities])
}

func (s *source) Assets(context.Context) iter.Seq2[datatransfer.Asset, error] {
	return yieldAll(s.assets, s.fail[datatransfer.StageAssets])
}

func (s *source) Links(context.Context) iter.Seq2[datatransfer.Link, error] {
	return yieldAll(s.links, s.fail[datatransfer.StageLinks])
}

func (s *source) Configuration(context.Context) iter.Seq2[datatransfer.Config, error] {
	return yieldAll(s.configuration, s.fail[datatransfer.StageConfiguration])
}

func (s *source) Close() error { return nil }

func yieldAll[T any](records []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, record := range records {
			if !yield(record, nil) {
				return
			}
		}
		var none T
		if err != nil {
			yield(none, err)
		}
	}
}

// A destination records the calls, and what it was given.
type destination struct {
	schemas datatransfer.Schemas
	start   datatransfer.Start
	calls   []string

	entities      []string
	files         map[string]string
	links         []string
	configuration []string

	fail map[string]error // returned by the method of the name, before it does anything
	// instead replaces the Write methods of the stages.
	instead map[datatransfer.Stage]func(yieldAll func() error) error
}

func (d *destination) call(method string) error {
	d.calls = append(d.calls, method)
	return d.fail[method]
}

func (d *destination) Schemas(context.Context) (datatransfer.Schemas, error) {
	return d.schemas, d.call("Schemas")
}

func (d *destination) Begin(_ context.Context, start datatransfer.Start) error {
	d.start = start
	return d.call("Begin")
}

func (d *destination) WriteEntities(_ context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return write(d, "WriteEntities", seq, func(e datatransfer.Entity) error { return appendJSON(&d.entities, e) })
}

func (d *destination) WriteLinks(_ context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return write(d, "WriteLinks", seq, func(l datatransfer.Link) error { return appendJSON(&d.links, l) })
}

func (d *destination) WriteConfiguration(_ context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	return write(d, "WriteConfiguration", seq, func(c datatransfer.Config) error {
		return appendJSON(&d.configuration, c)
	})
}

func (d *destination) WriteAssets(_ context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	d.files = map[string]string{}
	return write(d, "WriteAssets", seq, func(a datatransfer.Asset) error {
		content, err := io.ReadAll(a.Body)
		d.files[a.Name] = string(content)
		return err
	})
}

func (d *destination) Commit(context.Context) error { return d.call("Commit") }

func (d *destination) Rollback(ctx context.Context) error {
	d.calls = append(d.calls, "Rollback")
	if err := ctx.Err(); err != nil {
		return err
	}
	return d.fail["Rollback"]
}

func write[T any](d *destination, method string, seq iter.Seq2[T, error], take func(T) error) error {
	if err := d.call(method); err != nil {
		return err
	}
	all := func() error {
		for record, err := range seq {
			if err != nil {
				return err
			}
			if err := take(record); err != nil {
				return err
			}
		}
		return nil
	}
	stage := datatransfer.Stage(strings.ToLower(strings.TrimPrefix(method, "Write")))
	if instead := d.instead[stage]; instead != nil {
		return instead(all)
	}
	return all()
}

func appendJSON(lines *[]string, record interface {
	AppendJSON([]byte) ([]byte, error)
}) error {
	line, err := record.AppendJSON(nil)
	*lines = append(*lines, string(line))
	return err
}

// allCalls are the calls of a transfer that succeeds.
var allCalls = []string{"Schemas", "Begin",
	"WriteEntities", "WriteAssets", "WriteLinks", "WriteConfiguration", "Commit"}

func entities(t testing.TB, lines ...string) []datatransfer.Entity {
	return parseAll(t, lines, new(datatransfer.Parser).Entity)
}

func links(t testing.TB, lines ...string) []datatransfer.Link {
	return parseAll(t, lines, new(datatransfer.Parser).Link)
}

func configuration(t testing.TB, lines ...string) []datatransfer.Config {
	return parseAll(t, lines, new(datatransfer.Parser).Config)
}

func schemas(t testing.TB, lines ...string) datatransfer.Schemas {
	return parseAll(t, lines, new(datatransfer.Parser).Schema)
}

func parseAll[T any](t testing.TB, lines []string, parse func([]byte) (T, error)) []T {
	t.Helper()
	var records []T
	for _, line := range lines {
		record, err := parse([]byte(line))
		require.NoError(t, err, line)
		records = append(records, record)
	}
	return records
}

// schema returns the line of a content type with attributes, each a name and the JSON
// of the attribute.
func schema(uid string, attributes ...string) string {
	return schemaLine(uid, datatransfer.ModelContentType, attributes)
}

func component(uid string, attributes ...string) string {
	return schemaLine(uid, datatransfer.ModelComponent, attributes)
}

func schemaLine(uid, modelType string, attributes []string) string {
	members := make([]string, 0, len(attributes)/2)
	for pair := range slices.Chunk(attributes, 2) {
		members = append(members, `"`+pair[0]+`":`+pair[1])
	}
	return `{"uid":"` + uid + `","modelType":"` + modelType + `","attributes":{` + strings.Join(members, ",") + `}}`
}

func asset(name, content string) datatransfer.Asset {
	return datatransfer.Asset{
		Name:     name,
		Size:     int64(len(content)),
		Metadata: json.RawMessage(`{"id":1}`),
		Body:     strings.NewReader(content),
	}
}
