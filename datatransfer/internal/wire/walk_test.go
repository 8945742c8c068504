package wire_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

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
