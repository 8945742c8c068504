package transfertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// jsonLines yields texts as JSON values.
func jsonLines(lines ...string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, line := range lines {
			if !yield(json.RawMessage(line), nil) {
				return
			}
		}
	}
}

// parse returns the records of JSON lines.
func parse[T any](t *testing.T, lines ...string) []T {
	t.Helper()
	records := make([]T, len(lines))
	for i, line := range lines {
		require.NoError(t, json.Unmarshal([]byte(line), &records[i]))
	}
	return records
}

func note(id, data string) string {
	return `{"type":"api::note.note","id":` + id + `,"data":` + data + `}`
}

func manyToOne(left, right string) string {
	return `{"kind":"relation.basic","relation":"manyToOne",` +
		`"left":{"type":"api::note.note","ref":` + left + `,"field":"parent"},` +
		`"right":{"type":"api::note.note","ref":` + right + `}}`
}

func compare(t *testing.T, want, got *transfertest.Snapshot, ignoreIDs bool) []string {
	t.Helper()
	opts := &transfertest.CompareOptions{IgnoreIDs: ignoreIDs}
	lines, err := transfertest.Compare(t.Context(), want.Source(), got.Source(), opts)
	require.NoError(t, err)
	return lines
}

func TestCompareEntities(t *testing.T) {
	for _, c := range []struct {
		name      string
		want, got []string
		ids, none []string // with IDs and without
	}{
		{
			name: "other spelling and order",
			want: []string{
				note("1", `{"documentId":"a","n":1.50,"m":1e3,"text":"\u00e4"}`),
				note("2", `{"documentId":"b","n":0}`),
			},
			got: []string{
				note("2", `{"n":-0.0,"documentId":"b"}`),
				note("1", `{ "m":1000, "text":"ä", "n":15e-1, "documentId":"a"}`),
			},
		},
		{
			name: "other IDs",
			want: []string{note("1", `{"documentId":"a"}`)},
			got:  []string{note("7", `{"documentId":"a"}`)},
			ids: []string{
				`entities: api::note.note 1 is missing: {"data":{"documentId":"a"},"id":1,"type":"api::note.note"}`,
				`entities: api::note.note 7 is not expected: {"data":{"documentId":"a"},"id":7,"type":"api::note.note"}`,
			},
		},
		{
			name: "null and absent",
			want: []string{note("1", `{"documentId":"a","n":null}`)},
			got:  []string{note("1", `{"documentId":"a"}`)},
			ids:  []string{`entities: api::note.note 1: data.n is missing, want null`},
		},
		{
			name: "values",
			want: []string{note("1", `{"documentId":"a","n":9007199254740993,"list":[1,{"x":"e\u0301"}]}`)},
			got:  []string{note("1", `{"documentId":"a","n":9007199254740992,"list":[1,{"x":"\u00e9"}],"more":true}`)},
			ids: []string{
				`entities: api::note.note 1: data.list[1].x is "\u00e9", want "e\u0301"`,
				`entities: api::note.note 1: data.more is not expected: true`,
				`entities: api::note.note 1: data.n is 9007199254740992, want 9007199254740993`,
			},
			none: []string{
				`entities: api::note.note a: data.list[1].x is "\u00e9", want "e\u0301"`,
				`entities: api::note.note a: data.more is not expected: true`,
				`entities: api::note.note a: data.n is 9007199254740992, want 9007199254740993`,
			},
		},
		{
			name: "twice",
			want: []string{note("1", `{"documentId":"a"}`)},
			got:  []string{note("1", `{"documentId":"a"}`), note("1", `{"documentId":"a"}`)},
			ids: []string{
				`entities: api::note.note 1 is not expected: {"data":{"documentId":"a"},"id":1,"type":"api::note.note"}`,
			},
			none: []string{
				`entities: api::note.note a #2 is not expected: {"data":{"documentId":"a"},"type":"api::note.note"}`,
			},
		},
		{
			name: "unknown members",
			want: []string{`{"type":"api::note.note","id":1,"data":{"documentId":"a"},"new":[1]}`},
			got:  []string{note("1", `{"documentId":"a"}`)},
			ids:  []string{`entities: api::note.note 1: new is missing, want [1]`},
			none: []string{`entities: api::note.note a: new is missing, want [1]`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := &transfertest.Snapshot{Entities: parse[datatransfer.Entity](t, c.want...)}
			got := &transfertest.Snapshot{Entities: parse[datatransfer.Entity](t, c.got...)}
			require.Equal(t, c.ids, compare(t, want, got, false))
			require.Equal(t, c.none, compare(t, want, got, true))
		})
	}
}

func TestCompareLinks(t *testing.T) {
	snapshot := func(ids [2]string, links ...string) *transfertest.Snapshot {
		return &transfertest.Snapshot{
			Entities: parse[datatransfer.Entity](t, note(ids[0], `{"documentId":"a"}`), note(ids[1], `{"documentId":"b"}`)),
			Links:    parse[datatransfer.Link](t, links...),
		}
	}
	want := snapshot([2]string{"1", "2"}, manyToOne("1", "2"))
	moved := snapshot([2]string{"2", "1"}, manyToOne("2", "1"))
	require.Empty(t, compare(t, want, moved, true), "moved with their records")
	require.Equal(t, []string{
		"links: relation.basic manyToOne from api::note.note a.parent to api::note.note b is missing",
		"links: relation.basic manyToOne from api::note.note b.parent to api::note.note a is not expected",
	}, compare(t, want, snapshot([2]string{"2", "1"}, manyToOne("1", "2")), true), "left where they were")
	require.Equal(t, []string{
		"links: relation.basic manyToOne from api::note.note 1.parent to api::note.note 2 is missing",
	}, compare(t, want, snapshot([2]string{"1", "2"}), false))
}

func TestComparePositions(t *testing.T) {
	snapshot := func(positions ...string) *transfertest.Snapshot {
		s := &transfertest.Snapshot{}
		for i, pos := range positions {
			l := parse[datatransfer.Link](t, manyToOne("1", string(datatransfer.IntRef(int64(i)))))[0]
			l.Left.Pos = json.Number(pos)
			s.Links = append(s.Links, l)
		}
		return s
	}
	require.Empty(t, compare(t, snapshot("1", "2", "3"), snapshot("5", "7.5", "10"), true), "other numbers, same order")
	require.Empty(t, compare(t, snapshot("1", "2"), snapshot("", ""), true), "no positions on one side")
	require.Len(t, compare(t, snapshot("1", "2"), snapshot("2", "1"), true), 2)
	require.Equal(t, []string{
		"links: relation.basic manyToOne from api::note.note 1.parent to api::note.note 0: left.pos is 5, want 1",
	}, compare(t, snapshot("1", "2"), snapshot("5", "2"), false))
}

func TestCompareFiles(t *testing.T) {
	snapshot := func(content, url string) *transfertest.Snapshot {
		return &transfertest.Snapshot{Files: []transfertest.File{
			{Name: "a.txt", Metadata: json.RawMessage(`{"url":"` + url + `"}`), Content: []byte(content)},
		}}
	}
	require.Empty(t, compare(t, snapshot("x", "/a"), snapshot("x", "/b"), true), "each instance has its own addresses")
	lines := compare(t, snapshot("x", "/a"), snapshot("yy", "/b"), false)
	require.Len(t, lines, 3)
	require.Equal(t, `assets: a.txt: bytes is 2, want 1`, lines[0])
	require.Equal(t, `assets: a.txt: metadata.url is "/b", want "/a"`, lines[1])
	require.True(t, strings.HasPrefix(lines[2], `assets: a.txt: sha256 is "`), lines[2])
}

func TestCompareSchemasAndConfiguration(t *testing.T) {
	one, two := transfertest.Generate(nil, 1), transfertest.Generate(nil, 1)
	two.Schemas = two.Schemas[1:]
	require.Len(t, compare(t, one, two, false), 1)
	two.Schemas = one.Schemas
	two.Configuration = parse[datatransfer.Config](t, `{"type":"core-store","value":{"key":"k","id":9}}`)
	one.Configuration = parse[datatransfer.Config](t, `{"type":"core-store","value":{"key":"k","id":1}}`)
	require.Empty(t, compare(t, one, two, true))
	require.Equal(t, []string{"configuration: core-store k: value.id is 9, want 1"}, compare(t, one, two, false))
}

func TestComparePassesErrorsOn(t *testing.T) {
	planted := errors.New("planted")
	failing := &source{Source: new(transfertest.Snapshot).Source(), links: func(context.Context) links {
		return func(yield func(datatransfer.Link, error) bool) { yield(datatransfer.Link{}, planted) }
	}}
	whole := new(transfertest.Snapshot).Source()
	_, err := transfertest.Compare(t.Context(), failing, whole, nil)
	require.Same(t, planted, err)
	_, err = transfertest.Compare(t.Context(), whole, failing, nil)
	require.Same(t, planted, err)
}

func TestRequireEqual(t *testing.T) {
	one, two := transfertest.Generate(nil, 1), transfertest.Generate(nil, 2)
	transfertest.RequireEqual(t, one.Source(), transfertest.Generate(nil, 1).Source())
	transfertest.RequireEquivalent(t, one.Source(), transfertest.Generate(nil, 1).Source())
	for name, require2 := range map[string]func(testing.TB, datatransfer.Source, datatransfer.Source){
		"RequireEqual": transfertest.RequireEqual, "RequireEquivalent": transfertest.RequireEquivalent,
	} {
		r := &recorder{TB: t}
		r.watch(func() { require2(r, one.Source(), two.Source()) })
		require.Len(t, r.failures, 1, name)
		require.Contains(t, r.failures[0], "more differences", name)
		require.Less(t, strings.Count(r.failures[0], "\n"), 20, name)
	}
}

// TestCompareNumbersByValue holds the comparison against math/big.
func TestCompareNumbersByValue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	spell := func() string {
		text := []string{"0", "-0", "1", "-1", "10", "100", "120", "-1200"}[r.IntN(8)]
		if r.IntN(2) == 0 {
			text += "." + strings.Repeat("0", r.IntN(3)) + strconv.Itoa(r.IntN(3)*10)
		}
		if r.IntN(2) == 0 {
			text += "E" + strconv.Itoa(r.IntN(7)-3)
		}
		return text
	}
	equal := 0
	for range 3000 {
		a, b := spell(), spell()
		wanted, _ := new(big.Rat).SetString(a)
		found, _ := new(big.Rat).SetString(b)
		snapshot := func(number string) *transfertest.Snapshot {
			return &transfertest.Snapshot{Entities: parse[datatransfer.Entity](t, note("1", `{"n":`+number+`}`))}
		}
		same := wanted.Cmp(found) == 0
		require.Equal(t, same, len(compare(t, snapshot(a), snapshot(b), false)) == 0, "%s and %s", a, b)
		if same {
			equal++
		}
	}
	require.Greater(t, equal, 20)
}
