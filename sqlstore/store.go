package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// Store keeps tokens in a table of a database. Make one with [New]; the zero
// Store fails every call. A Store starts no goroutine, caches no token and holds
// nothing but prepared statements. It is safe for concurrent use, and any number
// of Stores, in one process or in several, may share a table.
//
// Its methods fail as the contract of [transfertoken.Store] says, and otherwise
//   - with an error that is ctx.Err() when ctx has ended, or is
//     context.DeadlineExceeded when its deadline has passed,
//   - with a *ValidationError, before the database is asked, for a record that
//     its columns cannot hold: a text that is not valid UTF-8 or has a NUL byte,
//     a description of more than 2,000 characters, any other text of more than
//     255, a time that is not an int64 of milliseconds,
//   - with an error that has the text of the driver's error, its SQLSTATE, error
//     number or result code, and a hint where a mistake of the set-up is likely.
//     A text that quotes a digest of the call is withheld, and only its code is
//     left. errors.Is sees the driver's error and what it wraps; errors.As does
//     not, because the error values of drivers have keys and rows in their
//     fields.
type Store struct {
	db        *sql.DB
	dialect   Dialect
	table     string
	noPrepare bool
	query     *queries

	sessionIsGood atomic.Bool // found by checkReady, with MySQL
}

var (
	_ transfertoken.Store    = (*Store)(nil)
	_ transfertoken.Purger   = (*Store)(nil)
	_ transfertoken.Filterer = (*Store)(nil)
)

// Options are the settings of a Store. The zero Options are good defaults, and
// nil stands for them. New copies them.
type Options struct {
	// Table is the name of the table. "" means "transfer_tokens". It must match
	// [A-Za-z_][A-Za-z0-9_]{0,39} and not end in "_schema", because the version
	// of the schema is in a table with that ending. With SQLite it must not start
	// with "sqlite_". It is quoted wherever it is used, so a reserved word works,
	// and case matters as far as the database lets it.
	Table string

	// NoPrepare leaves statements unprepared, for a connection pooler between
	// this process and the database that cannot keep them apart, such as
	// PgBouncer before version 1.21. The driver needs a parameter in the data
	// source name as well: default_query_exec_mode=exec for pgx,
	// interpolateParams=true for github.com/go-sql-driver/mysql.
	NoPrepare bool
}

const defaultTable = "transfer_tokens"

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,39}$`)

// New returns a Store over db. It does not use db, which stays the caller's to
// close; [Store.Migrate] makes the table. A nil db, an unknown dialect and a table
// name that does not fit are a *ValidationError.
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
		invalid.Add("db", "must not be nil")
	}
	if !dialect.known() {
		invalid.Add("dialect", dialectProblem)
	}
	if problem := tableProblem(table, dialect); problem != "" {
		invalid.Add("table", problem)
	}
	if err := invalid.Err(); err != nil {
		return nil, err
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

// checkReady returns the error of a call that cannot succeed. The first call over
// MySQL looks at the settings of its session.
func (s *Store) checkReady(ctx context.Context) error {
	if s == nil || s.db == nil {
		return errZeroStore
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.dialect == MySQL && !s.sessionIsGood.Load() {
		if err := s.retry(ctx, func() error { return checkMySQLSession(ctx, s.db) }); err != nil {
			return err
		}
		s.sessionIsGood.Store(true)
	}
	return nil
}

// Create implements [transfertoken.Store].
func (s *Store) Create(ctx context.Context, r transfertoken.Record) error {
	if err := s.checkReady(ctx); err != nil {
		return err
	}
	if err := checkNew(&r); err != nil {
		return err
	}
	return s.retry(ctx, func() error {
		n, err := s.exec(ctx, &s.query.create, s.idArg(r.ID), r.Name, r.Description, int64(r.Permissions),
			r.Suspended, string(r.Lifespan), r.CreatedBy, r.Hint, millisArg(r.CreatedAt), millisArg(r.UpdatedAt),
			millisArg(r.ExpiresAt), millisArg(r.LastUsedAt), r.Revision, r.Digest[:], r.SaltID)
		if n > 0 {
			return nil
		}
		if err == nil {
			err = errDuplicate // ON CONFLICT DO NOTHING
		}
		if s.kind(err) != duplicate {
			// The database may have stored r before the call failed, so a record
			// with this ID explains nothing.
			return s.explain(ctx, err, r.ID, &r)
		}
		if reason := s.explain(ctx, err, uuid.Nil, &r); isContractError(reason) {
			return reason
		}
		if found, _ := s.exists(ctx, &s.query.idTaken, s.idArg(r.ID)); found {
			return transfertoken.ErrConflict
		}
		return err
	}, r.Digest)
}

// Get implements [transfertoken.Store].
func (s *Store) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	if err := s.checkReady(ctx); err != nil {
		return transfertoken.Record{}, err
	}
	if id == uuid.Nil {
		return transfertoken.Record{}, transfertoken.ErrNotFound
	}
	return firstOf(s.read(ctx, &s.query.get, nil, s.idArg(id)))
}

// FindByDigest implements [transfertoken.Store]. It is one SELECT through the
// unique index on the digests, however many digests there are.
func (s *Store) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record, error) {
	if err := s.checkReady(ctx); err != nil {
		return transfertoken.Record{}, err
	}
	args := make([]any, 0, len(digests))
	for i := range digests {
		if digests[i] != (transfertoken.Digest{}) {
			args = append(args, digests[i][:])
		}
	}
	if len(args) == 0 {
		return transfertoken.Record{}, transfertoken.ErrNotFound
	}
	records, err := s.read(ctx, s.findStatement(len(args)), digests, args...)
	slices.SortFunc(records, func(a, b transfertoken.Record) int {
		return slices.Index(digests, a.Digest) - slices.Index(digests, b.Digest)
	})
	return firstOf(records, err)
}

// List implements [transfertoken.Store].
func (s *Store) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	if err := s.checkReady(ctx); err != nil {
		return nil, err
	}
	if err := checkLimit(opts.Limit); err != nil {
		return nil, err
	}
	return s.read(ctx, &s.query.list, nil, s.idArg(opts.After), opts.Limit)
}

// ListFiltered implements [transfertoken.Filterer]. It reads through the index on
// created_by, or the one on expires_at. A server reads in the order of the IDs instead
// if it finds that most records match.
func (s *Store) ListFiltered(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	if err := s.checkReady(ctx); err != nil {
		return nil, err
	}
	if err := checkFilter(opts); err != nil {
		return nil, err
	}
	args := []any{s.idArg(opts.After)}
	if opts.CreatedBy != nil {
		args = append(args, *opts.CreatedBy)
	}
	return s.read(ctx, s.filterStatement(opts), nil, append(args, opts.Limit)...)
}

// Update implements [transfertoken.Store].
func (s *Store) Update(ctx context.Context, r transfertoken.Record) error {
	if err := s.checkReady(ctx); err != nil {
		return err
	}
	if r.ID == uuid.Nil {
		return transfertoken.ErrNotFound
	}
	if err := checkChanged(&r); err != nil {
		return err
	}
	query := &s.query.update
	args := []any{r.Name, r.Description, int64(r.Permissions), r.Suspended, string(r.Lifespan), r.CreatedBy, r.Hint,
		millisArg(r.UpdatedAt), millisArg(r.ExpiresAt), r.Revision}
	if r.Digest != (transfertoken.Digest{}) {
		query = &s.query.updateDigest
		args = append(args, r.Digest[:], r.SaltID)
	}
	args = append(args, s.idArg(r.ID), r.Revision-1)
	return s.retry(ctx, func() error {
		n, err := s.exec(ctx, query, args...)
		switch {
		case err != nil:
			return s.explain(ctx, err, r.ID, &r)
		case n == 0:
			return s.notFoundOrConflict(ctx, r.ID)
		}
		return nil
	}, r.Digest)
}

// Rekey implements [transfertoken.Store].
func (s *Store) Rekey(ctx context.Context, id uuid.UUID, from, to transfertoken.Digest, saltID string) error {
	if err := s.checkReady(ctx); err != nil {
		return err
	}
	if err := checkDigest(to, saltID); err != nil {
		return err
	}
	return s.retry(ctx, func() error {
		_, err := s.exec(ctx, &s.query.rekey, to[:], saltID, s.idArg(id), from[:])
		if err != nil {
			return s.explainDigest(ctx, err, id, to)
		}
		return nil
	}, from, to)
}

// Touch implements [transfertoken.Store].
func (s *Store) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := s.checkReady(ctx); err != nil {
		return err
	}
	if err := checkTime("lastUsedAt", at); err != nil {
		return err
	}
	return s.retry(ctx, func() (err error) {
		if at.IsZero() {
			_, err = s.exec(ctx, &s.query.clearTouch, s.idArg(id))
		} else {
			_, err = s.exec(ctx, &s.query.touch, millisArg(at), s.idArg(id), millisArg(at))
		}
		return err
	})
}

// Delete implements [transfertoken.Store]. With PostgreSQL it returns ErrNotFound only
// when the synchronous standbys have the deletion, which a call that failed may have
// made.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := s.checkReady(ctx); err != nil {
		return err
	}
	query, args := &s.query.delete, []any{s.idArg(id)}
	if revision != transfertoken.AnyRevision {
		query, args = &s.query.deleteRevision, append(args, revision)
	}
	return s.retry(ctx, func() error {
		n, err := s.exec(ctx, query, args...)
		if err != nil || n > 0 {
			return err
		}
		err = transfertoken.ErrNotFound
		if revision != transfertoken.AnyRevision {
			err = s.notFoundOrConflict(ctx, id)
		}
		if err == transfertoken.ErrNotFound && s.dialect == PostgreSQL {
			if err := awaitStandbys(ctx, s.db); err != nil {
				return err
			}
		}
		return err
	})
}
