package sqlstore_test

import (
	"database/sql/driver"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// sampleRow returns the row of the record that sample returns.
func sampleRow() []driver.Value {
	r := sample()
	return []driver.Value{
		r.ID[:], r.Name, r.Description, int64(r.Permissions), int64(0), string(r.Lifespan), r.CreatedBy, r.Hint,
		r.CreatedAt.UnixMilli(), r.UpdatedAt.UnixMilli(), r.ExpiresAt.UnixMilli(), nil, r.Revision,
		r.Digest[:], r.SaltID,
	}
}

func get(t *testing.T, row []driver.Value) (transfertoken.Record, error) {
	t.Helper()
	f := fake{answer: func(string, []driver.Value) ([][]driver.Value, error) { return [][]driver.Value{row}, nil }}
	return f.store(t, sqlstore.MySQL, nil).Get(t.Context(), sample().ID)
}

func TestRowsAsDriversReturnThem(t *testing.T) {
	texts := sampleRow() // as in the text protocol of MySQL
	for i, value := range texts {
		switch value := value.(type) {
		case string:
			texts[i] = []byte(value)
		case int64:
			texts[i] = strconv.AppendInt(nil, value, 10)
		}
	}
	withText := sampleRow() // as a uuid of PostgreSQL
	withText[0] = sample().ID.String()
	for _, row := range [][]driver.Value{sampleRow(), texts, withText} {
		r, err := get(t, row)
		require.NoError(t, err)
		require.Equal(t, sample(), r)
	}
}

func TestRowsThatCannotBeReadFailTheCall(t *testing.T) {
	for _, test := range []struct {
		name   string
		column int
		value  driver.Value
	}{
		{"permissions that end in those of Push", 3, int64(257)},
		{"negative permissions", 3, int64(-255)},
		{"no permissions", 3, nil},
		{"permissions in words", 3, "push"},
		{"neither suspended nor not", 4, nil},
		{"suspended in words", 4, "yes"},
		{"suspended more than once", 4, int64(2)},
		{"suspended less than not", 4, int64(-1)},
		{"short digest", 13, make([]byte, 63)},
		{"long digest", 13, make([]byte, 65)},
		{"no digest", 13, nil},
		{"digest in hexadecimal", 13, "00"},
		{"expiry in words", 10, "never"},
		{"expiry as a date", 10, time.Now()},
		{"no ID", 0, nil},
		{"short ID", 0, []byte{1}},
		{"revision in words", 12, "first"},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := sampleRow()
			row[test.column] = test.value
			r, err := get(t, row)
			require.ErrorContains(t, err, "sqlstore: ")
			require.NotErrorIs(t, err, transfertoken.ErrNotFound)
			require.Zero(t, r)
		})
	}
}

func TestSuspendedAsDriversReturnIt(t *testing.T) {
	for _, value := range []driver.Value{true, int64(1), []byte("1")} {
		row := sampleRow()
		row[4] = value
		r, err := get(t, row)
		require.NoError(t, err)
		require.True(t, r.Suspended, "%T", value)
	}
	row := sampleRow()
	row[4] = false
	r, err := get(t, row)
	require.NoError(t, err)
	require.False(t, r.Suspended)
}

func TestUnknownValuesComeBackUnchanged(t *testing.T) {
	row := sampleRow()
	row[3], row[5], row[10] = int64(0x81), "for ever", nil
	r, err := get(t, row)
	require.NoError(t, err)
	require.Equal(t, transfertoken.Permissions(0x81), r.Permissions)
	require.False(t, r.Permissions.Has(transfertoken.Push))
	require.Equal(t, transfertoken.Lifespan("for ever"), r.Lifespan)
	require.True(t, r.Expired(time.Unix(0, 0)))
}

// The rows come in any order; the first of the digests counts.
func TestFirstOfSeveralDigests(t *testing.T) {
	one, two := sampleRow(), sampleRow()
	one[13], two[13] = digestOf(1), digestOf(2)
	f := fake{answer: func(string, []driver.Value) ([][]driver.Value, error) { return [][]driver.Value{one, two}, nil }}
	store := f.store(t, sqlstore.SQLite, nil)
	r, err := store.FindByDigest(t.Context(), []transfertoken.Digest{{3}, {2}, {1}})
	require.NoError(t, err)
	require.True(t, r.Digest == transfertoken.Digest{2})
	require.Equal(t, 1, f.asked("SELECT "))
}

func digestOf(first byte) []byte { return append([]byte{first}, make([]byte, 63)...) }
