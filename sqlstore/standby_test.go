package sqlstore_test

import (
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// A Delete that failed may have removed the record on the primary. Whoever repeats
// it must not hear ErrNotFound while a standby still has the record.
func TestDeleteOfNothingWaitsForSynchronousStandbys(t *testing.T) {
	const setting, message = "SELECT COALESCE(current_setting", "SELECT pg_logical_emit_message"
	broken := errors.New("connection reset by peer")
	for _, test := range []struct {
		name     string
		dialect  sqlstore.Dialect
		standbys string
		fails    string // the statement that fails, with the error cause
		cause    error
		messages int
		want     error
	}{
		{"no standbys", sqlstore.PostgreSQL, "", "", nil, 0, transfertoken.ErrNotFound},
		{"standbys", sqlstore.PostgreSQL, "*", "", nil, 1, transfertoken.ErrNotFound},
		{"setting cannot be read", sqlstore.PostgreSQL, "*", setting, broken, 0, broken},
		{"standbys do not answer", sqlstore.PostgreSQL, "*", message, broken, 1, broken},
		{"no such function", sqlstore.PostgreSQL, "", setting, &coded{"42883", "unknown function"}, 0,
			transfertoken.ErrNotFound},
		{"MySQL", sqlstore.MySQL, "*", "", nil, 0, transfertoken.ErrNotFound},
		{"SQLite", sqlstore.SQLite, "*", "", nil, 0, transfertoken.ErrNotFound},
	} {
		for _, revision := range []int64{transfertoken.AnyRevision, 2} {
			f := &fake{}
			f.answer = func(text string, _ []driver.Value) ([][]driver.Value, error) {
				switch {
				case test.fails != "" && strings.HasPrefix(text, test.fails):
					return nil, test.cause
				case strings.HasPrefix(text, setting):
					return [][]driver.Value{{test.standbys}}, nil
				}
				return nil, nil
			}
			err := f.store(t, test.dialect, nil).Delete(t.Context(), sample().ID, revision)
			require.ErrorIs(t, err, test.want, test.name)
			require.Equal(t, test.messages, f.asked(message), test.name)
		}
	}
}
