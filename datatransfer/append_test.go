package datatransfer_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A host that makes records gets an error for those that nobody could read.
func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	type record interface {
		AppendJSON(b []byte) ([]byte, error)
	}
	end := datatransfer.LinkEnd{Type: "a", Ref: "1"}
	for name, test := range map[string]record{
		"the zero entity":        datatransfer.Entity{},
		"the zero link":          datatransfer.Link{},
		"the zero configuration": datatransfer.Config{},
		"the zero schema":        datatransfer.Schema{},
		"data that is not JSON":  datatransfer.Entity{Type: "a", ID: "1", Data: json.RawMessage(`{"CANARY"}`)},
		"data with a name twice": datatransfer.Entity{
			Type: "a", ID: "1", Data: json.RawMessage(`{"CANARY":1,"CANARY":2}`)},
		"data that is an array":  datatransfer.Entity{Type: "a", ID: "1", Data: json.RawMessage(`["CANARY"]`)},
		"an ID that is not JSON": datatransfer.Entity{Type: "a", ID: "CANARY", Data: json.RawMessage(`{}`)},
		"an ID in another form":  datatransfer.Entity{Type: "a", ID: `"\u0043ANARY"`, Data: json.RawMessage(`{}`)},
		"a type that is no UTF-8": datatransfer.Entity{
			Type: "\xffCANARY", ID: "1", Data: json.RawMessage(`{}`)},
		"a position that is a string": datatransfer.Link{Kind: "k", Relation: "r", Left: end,
			Right: datatransfer.LinkEnd{Type: "a", Ref: "1", Pos: `"CANARY"`}},
		"a kind that is no UTF-8":     datatransfer.Link{Kind: "\xff", Relation: "r", Left: end, Right: end},
		"a relation that is no UTF-8": datatransfer.Link{Kind: "k", Relation: "\xff", Left: end, Right: end},
		"a field that is no UTF-8": datatransfer.Link{Kind: "k", Relation: "r",
			Left: datatransfer.LinkEnd{Type: "a", Ref: "1", Field: "\xff"}, Right: end},
		"an end without type": datatransfer.Link{Kind: "k", Relation: "r", Left: end,
			Right: datatransfer.LinkEnd{Ref: "1"}},
		"an end without ref": datatransfer.Link{Kind: "k", Relation: "r", Left: end,
			Right: datatransfer.LinkEnd{Type: "a"}},
		"a setting of a type that is no UTF-8": datatransfer.Config{Type: "\xff", Value: json.RawMessage(`1`)},
		"a setting without value":              datatransfer.Config{Type: "a"},
		"an attribute that is not JSON": datatransfer.Schema{UID: "a", ModelType: datatransfer.ModelComponent,
			Attributes: map[string]json.RawMessage{"a": json.RawMessage(`{CANARY`)}},
		"two values":       datatransfer.Config{Type: "a", Value: json.RawMessage(`1 "CANARY"`)},
		"a schema of null": datatransfer.Schema{UID: "a", Raw: json.RawMessage(`null`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := test.AppendJSON([]byte("before"))
			require.ErrorIs(t, err, datatransfer.ErrInvalid)
			require.NotContains(t, err.Error(), canary)
			require.Equal(t, "before", string(out))
		})
	}
}

// Data that replaces what was parsed is checked, also if it lies in the same memory.
func TestAppendChecksDataThatWasReplaced(t *testing.T) {
	t.Parallel()
	e := entities(t, noteLine)[0]
	e.Data = e.Data[:len(e.Data)-1]
	_, err := e.AppendJSON(nil)
	require.ErrorIs(t, err, datatransfer.ErrInvalid)

	e.Data = json.RawMessage(`{"title":"two"}`)
	out, err := e.AppendJSON(nil)
	require.NoError(t, err)
	require.Equal(t, `{"type":"api::note.note","id":1,"data":{"title":"two"}}`, string(out))
}

func TestSetFieldsReplaceNulls(t *testing.T) {
	t.Parallel()
	const before, after = `{"kind":"k","relation":"r","left":{"type":"a","ref":1,`, `},"right":{"type":"b","ref":2}}`
	l := links(t, before+`"field":null,"pos":null`+after)[0]
	l.Left.Field, l.Left.Pos = "f", "2.5"
	out, err := l.AppendJSON(nil)
	require.NoError(t, err)
	require.Equal(t, before+`"field":"f","pos":2.5`+after, string(out))
}

func TestUnmarshalJSONKeepsACopy(t *testing.T) {
	t.Parallel()
	line := []byte(noteLine)
	var e datatransfer.Entity
	require.NoError(t, e.UnmarshalJSON(line))
	clear(line)
	out, err := e.AppendJSON(nil)
	require.NoError(t, err)
	require.Equal(t, noteLine, string(out))

	require.ErrorIs(t, e.UnmarshalJSON([]byte(`{}`)), datatransfer.ErrInvalid)
	require.Equal(t, datatransfer.IntRef(1), e.ID, "a failure changes nothing")
}

// The records are decoded and encoded by encoding/json too.
func TestRecordsInEncodingJSON(t *testing.T) {
	t.Parallel()
	type all struct {
		Metadata datatransfer.Metadata
		Schemas  datatransfer.Schemas
		Entities []datatransfer.Entity
		Links    []datatransfer.Link
		Configs  []datatransfer.Config
		Refs     []datatransfer.Ref
	}
	text := `{"Metadata":{"createdAt":"2026-11-25T04:40:05.036Z","strapi":{"version":"5.54.0"}},` +
		`"Schemas":[` + schema("api::a.a", "t", scalar) + `],"Entities":[` + noteLine + `],` +
		`"Links":[` + noteToNote + `],"Configs":[` + settingLine + `],"Refs":[1,"a"]}`
	var decoded all
	require.NoError(t, json.Unmarshal([]byte(text), &decoded))
	out, err := json.Marshal(decoded)
	require.NoError(t, err)
	require.Equal(t, text, string(out))

	for name, bad := range map[string]string{"entity": `{"Entities":[{}]}`, "link": `{"Links":[{}]}`,
		"config": `{"Configs":[{}]}`, "schema": `{"Schemas":[{}]}`, "ref": `{"Refs":[1.5]}`} {
		require.ErrorIs(t, json.Unmarshal([]byte(bad), new(all)), datatransfer.ErrInvalid, name)
	}
	_, err = json.Marshal(datatransfer.Ref("1.5"))
	require.ErrorIs(t, err, datatransfer.ErrInvalid)
	_, err = json.Marshal(datatransfer.Metadata{StrapiVersion: "\xff"})
	require.ErrorIs(t, err, datatransfer.ErrInvalid)
}
