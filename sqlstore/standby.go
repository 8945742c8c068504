package sqlstore

import (
	"context"
	"database/sql"
	"strings"
)

// awaitStandbys returns when the synchronous standbys of a PostgreSQL have what was
// committed before the call. A statement that changes nothing does not wait for
// them, so this writes an empty message into the log. A server without synchronous
// standbys, and one that does not know them, is only asked for its setting.
func awaitStandbys(ctx context.Context, db *sql.DB) error {
	var standbys string
	const setting = "SELECT COALESCE(current_setting('synchronous_standby_names', true), '')"
	if err := db.QueryRowContext(ctx, setting).Scan(&standbys); err != nil && !isUnknown(err) {
		return err
	}
	if standbys == "" {
		return nil
	}
	_, err := db.ExecContext(ctx, "SELECT pg_logical_emit_message(true, 'transfertoken', '')")
	return err
}

// isUnknown reports whether a database that only speaks the protocol of PostgreSQL
// refused a statement: a syntax error, a missing function or the like.
func isUnknown(err error) bool { return strings.HasPrefix(sqlState(err), "42") }
