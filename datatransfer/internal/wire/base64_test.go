package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

func stream(data string) []byte {
	return []byte(`{"action":"stream","assetID":"id","data":` + data + `}`)
}

// FuzzBase64 compares what is written and read with package base64, also where the text is not base64.
func FuzzBase64(f *testing.F) {
	for n := range 20 {
		f.Add([]byte("\x00\xff bytes of a file ~\n"[:n]), n, byte('='))
	}
	f.Fuzz(func(t *testing.T, content []byte, at int, c byte) {
		want := base64.StdEncoding.EncodeToString(content)
		text := wire.AppendStream([]byte("before"), "id", content, true)
		require.Contains(t, string(text), `"data":"`+want+`"`)
		item, err := wire.ParseItem(text[len("before"):], nil)
		require.NoError(t, err)
		require.Equal(t, string(content), string(item.Chunk))

		if len(want) == 0 || c == '\r' || c == '\n' { // package base64 ignores line breaks
			return
		}
		changed := []byte(want)
		changed[uint(at)%uint(len(want))] = c
		quoted, err := json.Marshal(string(changed))
		require.NoError(t, err)
		item, err = wire.ParseItem(stream(string(quoted)), nil)
		decoded, wantErr := base64.StdEncoding.DecodeString(string(changed))
		if wantErr != nil {
			require.ErrorIs(t, err, datatransfer.ErrInvalid)
			return
		}
		require.NoError(t, err)
		require.Equal(t, string(decoded), string(item.Chunk))
	})
}

func TestBase64HasNoLineBreaks(t *testing.T) {
	for _, text := range []string{"YWJj\nYWJj", "YWJjYWJjYWJj\r\n", "\nYWJj", `YWJjYWJj\n`} {
		_, err := wire.ParseItem(stream(`"`+text+`"`), nil)
		require.ErrorIs(t, err, datatransfer.ErrInvalid, text)
	}
}

// BenchmarkBase64 writes and reads a part of a file, and does the same with package base64 for comparison.
func BenchmarkBase64(b *testing.B) {
	content := []byte(strings.Repeat("some bytes of a file.\x00\xff\x80", 10_000))
	text := wire.AppendStream(nil, "id", content, true)
	encoded := []byte(base64.StdEncoding.EncodeToString(content))
	buffer := make([]byte, 0, 2*len(content))
	for name, do := range map[string]func(){
		"write":        func() { wire.AppendStream(buffer, "id", content, true) },
		"write/base64": func() { base64.StdEncoding.AppendEncode(buffer, content) },
		"read":         func() { _, _ = wire.ParseItem(text, buffer) },
		"read/base64":  func() { _, _ = base64.StdEncoding.AppendDecode(buffer, encoded) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				do()
			}
		})
	}
}
