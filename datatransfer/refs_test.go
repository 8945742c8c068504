package datatransfer_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

func TestRefs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		json string
		ref  datatransfer.Ref
	}{
		{`3`, datatransfer.IntRef(3)},
		{`0`, datatransfer.IntRef(0)},
		{`-9223372036854775808`, datatransfer.IntRef(-9223372036854775808)},
		{`"3"`, datatransfer.StringRef("3")},
		{`""`, datatransfer.StringRef("")},
		{`"\u00e4\/\n"`, datatransfer.StringRef("ä/\n")},
	} {
		var ref datatransfer.Ref
		require.NoError(t, json.Unmarshal([]byte(test.json), &ref))
		require.Equal(t, test.ref, ref)
		out, err := json.Marshal(ref)
		require.NoError(t, err)
		require.JSONEq(t, test.json, string(out))
	}
	n, ok := datatransfer.IntRef(7).Int()
	require.True(t, ok)
	require.EqualValues(t, 7, n)
	_, ok = datatransfer.IntRef(7).Text()
	require.False(t, ok)
	text, ok := datatransfer.StringRef("é\"").Text()
	require.True(t, ok)
	require.Equal(t, "é\"", text)
	text, ok = datatransfer.StringRef("a\xff").Text()
	require.True(t, ok)
	require.Equal(t, "a\uFFFD", text)
	for _, not := range []datatransfer.Ref{"", "+1", "01", "1.0", "9223372036854775808", `"7"`, "-"} {
		_, ok := not.Int()
		require.False(t, ok, not)
	}
	for _, not := range []datatransfer.Ref{"", `"`, `"a`, "a", "7", `"\x"`} {
		_, ok := not.Text()
		require.False(t, ok, not)
	}
}
