package datatransfer_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

func TestRecordError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  datatransfer.RecordError
		want string
	}{
		{datatransfer.RecordError{Stage: "links", Where: "links_00001.jsonl:7", Err: errBoom},
			"datatransfer: links: links_00001.jsonl:7: boom"},
		{datatransfer.RecordError{Stage: "links", Err: datatransfer.ErrTooLarge}, "datatransfer: links: too large"},
		{datatransfer.RecordError{Where: "schema 3", Err: datatransfer.ErrInvalid}, "datatransfer: schema 3: invalid"},
		{datatransfer.RecordError{Where: "a\x1b[2J\nb", Err: errBoom}, "datatransfer: a\uFFFD[2J\uFFFDb: boom"},
		{datatransfer.RecordError{Where: strings.Repeat("é", 1000), Err: errBoom},
			"datatransfer: " + strings.Repeat("é", 100) + "…: boom"},
	} {
		require.Equal(t, test.want, test.err.Error())
		require.ErrorIs(t, &test.err, test.err.Err)
	}
}
