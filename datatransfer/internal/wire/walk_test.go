package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// FuzzReadArray compares the items of arrays with those that encoding/json finds. Text that is no JSON must do no harm.
func FuzzReadArray(f *testing.F) {
	for _, text := range []string{
		`[]`, ` [ ] `, `[1]`, `[ 1 , "a" , null ]`, `["\"","\\","\\\"",",]}"]`, `[[],{},[{}],{"a":[1,{"b":"]"}]}]`,
		`[-1.5e+3,true,false]`, "[\n\t{\"a\" : 1}\r]", `["é😀"]`, `[1,]`, `[,1]`, `["]`, `["\]`, `[}]`, `[1 2]`, `[`, `]`, ``,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want []json.RawMessage
		valid := json.Unmarshal(text, &want) == nil && want != nil
		text = bytes.TrimSpace(text)
		var got []json.RawMessage
		err := wire.ReadArray(text, func(value jsontext.Value) error {
			got = append(got, json.RawMessage(value))
			return nil
		})
		if !valid {
			return
		}
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, string(want[i]), string(got[i]))
		}
	})
}

// TestMessagesThatAreNotJSONAreRefused holds the checks of messages, of whose data only the end is looked for, and of
// the parts that data is made of.
func TestMessagesThatAreNotJSONAreRefused(t *testing.T) {
	for _, text := range []string{
		``, ` `, `1`, `[]`, `{`, `{"uuid":"u"`, `{"uuid":"u",}`, `{,"uuid":"u"}`, `{"uuid":"u"}}`, `{"uuid":"u"} {}`, `{"uuid"}`,
		`{"uuid":}`, `{"uuid":"u" "type":"a"}`, `{"uuid":"u","uuid":"u"}`, `{"uuid":"\x"}`, "{\"uuid\":\"\xff\"}", `{uuid:"u"}`,
		`{"more":[1,]}`, `{"more":{"a":1,"a":2}}`, `{"more":nonsense}`, `{"params":[1 2]}`, `{"error":{"message":nonsense}}`,
		`{"data":}`, `{"data":[}`, `{"data":["]}`, `{"data":[1}`, `{"data":[1]`, `{"data":[1]]}`, `{"data":{"a":1}`,
		`{"data":[1]"uuid":"u"}`, `{` + strings.Repeat(`"a":1,`, 100) + `"b":1}`,
	} {
		request, err := wire.ParseRequest([]byte(text))
		if err == nil && request.Data != nil {
			err = wire.ReadArray(request.Data, func(jsontext.Value) error { return nil })
		}
		require.ErrorIs(t, err, datatransfer.ErrInvalid, text)
	}
	for _, text := range []string{
		`{"type":"transfer","data":[1],"id":nonsense}`, `{"type":"transfer","type":"transfer"}`, `{"type":"transfer",}`,
	} {
		_, _, err := wire.ParseFrame(jsontext.Value(text))
		require.ErrorIs(t, err, datatransfer.ErrInvalid, text)
	}
	for _, text := range []string{
		`{"action":"start","assetID":"id","data":{"filename":"a","more":nonsense}}`,
		`{"action":"start","assetID":"id","data":{"filename":"a","filename":"b"}}`,
		`{"action":"stream","assetID":"id","data":{"type":"Buffer","data":[1 2]}}`,
		`{"action":"stream","assetID":"id","data":"\x"}`,
		`{"action":"end","assetID":"id","more":nonsense}`,
	} {
		_, err := wire.ParseItem([]byte(text), nil)
		require.ErrorIs(t, err, datatransfer.ErrInvalid, text)
	}
}
