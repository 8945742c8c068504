package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// Store keeps tokens in a table of a database. Make one with [New]; the zero
// Store fails every call. A Store starts no goroutine, caches no token and holds
// nothing but prepared statements. It is safe for concurrent use, and any number
// of Stores, in one process or in several, may share a table.
//
// Its methods fail as the contract of [transfertoken.Store] says, and otherwise
//   - with an error that is ctx.Err() when ctx is done,
//   - with a *ValidationError, before the database is asked, for a record that
//     its columns cannot hold: a text that is not valid UTF-8 or has a NUL byte, a
//     description of more than 2,000 characters, any other text of more than 255,
//     a time that is no int64 of milliseconds,
//   - with an error that has the text of the driver's error. errors.Is sees
//     through it, errors.As does not, because the error values of some drivers
//     quote keys. A text that might quote a digest is left out.
//
// A call that a deadlock or a serialization failure undid is tried again, up to
// five times in all.
type Store struct {
	db        *sql.DB
	dialect   Dialect
	table     string
	noPrepare bool
	query     *queries
}

var _ transfertoken.Store = (*Store)(nil)

// Options are the settings of a Store. The zero Options are good defaults, and
// nil stands for them. New copies them.
type Options struct {
	// Table is the name of the table. "" means "transfer_tokens". It must match
	// [A-Za-z_][A-Za-z0-9_]{0,39} and not end in "_schema", because the version
	// of the schema is in the table that is called like this one with "_schema"
	// at the end. With SQLite it must not start with "sqlite_". It is quoted
	// wherever it is used, so that reserved words will do and case counts as far
	// as the database lets it.
	Table string

	// NoPrepare leaves statements unprepared, for a connection pooler between
	// this process and the database that cannot keep them apart, such as
	// PgBouncer before version 1.21. The driver must be told as well; for pgx it is
	// default_query_exec_mode=exec.
	NoPrepare bool
}

const defaultTable = "transfer_tokens"

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,39}$`)

// New returns a Store over db, which it neither opens nor closes nor asks
// anything: the table is made by [Store.Migrate]. A nil db, an unknown dialect
// and a table name that does not fit are a *ValidationError.
//
// Make one Store for each db and keep it as long: statements that it prepared
// stay on the connections of db until those are closed.
func New(db *sql.DB, dialect Dialect, opts *Options) (*Store, error) {
	if opts == nil {
		opts = &Options{}
	}
	table := opts.Table
	if table == "" {
		table = defaultTable
	}
	var invalid transfertoken.ValidationError
	if db == nil {
		invalid.Fields = append(invalid.Fields, transfertoken.FieldError{Field: "db", Problem: "must not be nil"})
	}
	if !dialect.known() {
		invalid.Fields = append(invalid.Fields, transfertoken.FieldError{Field: "dialect", Problem: dialectProblem})
	}
	if problem := tableProblem(table, dialect); problem != "" {
		invalid.Fields = append(invalid.Fields, transfertoken.FieldError{Field: "table", Problem: problem})
	}
	if invalid.Fields != nil {
		return nil, &invalid
	}
	return &Store{
		db:        db,
		dialect:   dialect,
		table:     table,
		noPrepare: opts.NoPrepare,
		query:     newQueries(dialect, table),
	}, nil
}

func tableProblem(table string, dialect Dialect) string {
	lower := strings.ToLower(table)
	switch {
	case !tableName.MatchString(table):
		return "must match [A-Za-z_][A-Za-z0-9_]{0,39}"
	case strings.HasSuffix(lower, "_schema"):
		return `must not end in "_schema"`
	case dialect == SQLite && strings.HasPrefix(lower, "sqlite_"):
		return `must not start with "sqlite_"`
	}
	return ""
}

var errZeroStore = errors.New("sqlstore: the Store was not made with New")

// ready is asked first by every method.
func (s *Store) ready(ctx context.Context) error {
	if s == nil || s.db == nil {
		return errZeroStore
	}
	return ctx.Err()
}
