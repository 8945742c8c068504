package sqlstore

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// Dialect names the kind of database behind a [database/sql.DB]. The zero
// Dialect is refused.
type Dialect string

// The dialects.
const (
	PostgreSQL Dialect = "postgresql"
	MySQL      Dialect = "mysql" // also MariaDB
	SQLite     Dialect = "sqlite"
)

const dialectProblem = "must be PostgreSQL, MySQL or SQLite"

func (d Dialect) known() bool {
	return d == PostgreSQL || d == MySQL || d == SQLite
}

// quote returns a name that was checked as an identifier.
func (d Dialect) quote(name string) string {
	if d == MySQL {
		return "`" + name + "`"
	}
	return `"` + name + `"`
}

// query returns text in the dialect. The name of the table replaces {table}. Every
// ? is a parameter, and is numbered where the database wants that.
func (d Dialect) query(text, table string) string {
	text = strings.ReplaceAll(text, "{table}", d.quote(table))
	if d != PostgreSQL {
		return text
	}
	var out strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(text, "?")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteString("$" + strconv.Itoa(n))
		text = after
	}
}

// maxPreparedDigests is the number of digests up to which FindByDigest keeps its
// statement prepared. It is called with one digest for each configured salt.
const maxPreparedDigests = 16

// queries are the statements of a Store.
type queries struct {
	create         statement
	get            statement
	find           [maxPreparedDigests]statement // by one digest, by two, …
	list           statement
	listCreatedBy  statement
	update         statement // leaves the digest
	updateDigest   statement
	rekey          statement
	touch          statement
	clearTouch     statement
	delete         statement
	deleteRevision statement

	nameTaken   statement // by another ID
	digestTaken statement // by another ID
	idTaken     statement
}

const columns = "id, name, description, permissions, suspended, lifespan, created_by, hint, " +
	"created_at, updated_at, expires_at, last_used_at, revision, digest, salt_id"

func newQueries(dialect Dialect, table string) *queries {
	q := new(queries)
	text := func(s *statement, query string) { s.text = dialect.query(query, table) }
	create := "INSERT INTO {table} (" + columns + ") VALUES (" + parameters(1+strings.Count(columns, ",")) + ")"
	if dialect != MySQL {
		// Otherwise the server reports a duplicate as an error, and writes the
		// digest into its log. MySQL has only INSERT IGNORE, which hides all errors.
		create += " ON CONFLICT DO NOTHING"
	}
	text(&q.create, create)
	text(&q.get, "SELECT "+columns+" FROM {table} WHERE id = ?")
	for i := range q.find {
		text(&q.find[i], findQuery(i+1))
	}
	text(&q.list, "SELECT "+columns+" FROM {table} WHERE id > ? ORDER BY id LIMIT ?")
	text(&q.listCreatedBy, filterQuery(true, "id", ""))
	const changes = "UPDATE {table} SET name = ?, description = ?, permissions = ?, suspended = ?, lifespan = ?, " +
		"created_by = ?, hint = ?, updated_at = ?, expires_at = ?, revision = ?"
	text(&q.update, changes+" WHERE id = ? AND revision = ?")
	text(&q.updateDigest, changes+", digest = ?, salt_id = ? WHERE id = ? AND revision = ?")
	text(&q.rekey, "UPDATE {table} SET digest = ?, salt_id = ? WHERE id = ? AND digest = ?")
	text(&q.touch, "UPDATE {table} SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)")
	text(&q.clearTouch, "UPDATE {table} SET last_used_at = NULL WHERE id = ?")
	text(&q.delete, "DELETE FROM {table} WHERE id = ?")
	text(&q.deleteRevision, "DELETE FROM {table} WHERE id = ? AND revision = ?")
	text(&q.nameTaken, "SELECT 1 FROM {table} WHERE name = ? AND id <> ?")
	text(&q.digestTaken, "SELECT 1 FROM {table} WHERE digest = ? AND id <> ?")
	text(&q.idTaken, "SELECT 1 FROM {table} WHERE id = ?")
	return q
}

// parameters returns a list of n parameters.
func parameters(n int) string {
	return "?" + strings.Repeat(", ?", n-1)
}

// findQuery returns the query for n digests.
func findQuery(n int) string {
	if n == 1 {
		return "SELECT " + columns + " FROM {table} WHERE digest = ?"
	}
	return "SELECT " + columns + " FROM {table} WHERE digest IN (" + parameters(n) + ")"
}

// filterQuery returns the query for a page of records by one maker, by the end, or by
// both. id is the expression that pages are ordered by, and condition is that of the end.
func filterQuery(byMaker bool, id, condition string) string {
	query := "SELECT " + columns + " FROM {table} WHERE " + id + " > ?" + condition
	if byMaker {
		query += " AND created_by = ?"
	}
	return query + " ORDER BY " + id + " LIMIT ?"
}

// filterStatement writes the time into the text. With a parameter in its place
// PostgreSQL would plan once for all times, and read the table instead of the index.
// SQLite knows too little of the times to choose the index, unless + hides that of the
// IDs from it.
func (s *Store) filterStatement(opts transfertoken.ListOptions) *statement {
	if opts.ExpiresBefore.IsZero() {
		return &s.query.listCreatedBy
	}
	id := "id"
	if s.dialect == SQLite {
		id = "+id"
	}
	condition := " AND expires_at < " + strconv.FormatInt(opts.ExpiresBefore.UnixMilli(), 10)
	return &statement{text: s.dialect.query(filterQuery(opts.CreatedBy != nil, id, condition), s.table), once: true}
}

func (s *Store) findStatement(n int) *statement {
	if n <= maxPreparedDigests {
		return &s.query.find[n-1]
	}
	return &statement{text: s.dialect.query(findQuery(n), s.table), once: true}
}

// statement is a query that is prepared when it is first used. database/sql
// prepares it again on every further connection.
type statement struct {
	text string
	once bool // not worth preparing

	mu      sync.Mutex
	current *prepared
	stale   *prepared // the one before, if it went stale
}

// prepared is a prepared statement with the number of calls that are using it.
type prepared struct {
	*sql.Stmt
	users  int
	closed chan struct{}
}

// take returns the prepared statement. The caller gives it back with put.
func (q *statement) take(ctx context.Context, db *sql.DB) (*prepared, error) {
	q.mu.Lock()
	p, stale := q.current, q.stale
	if p != nil {
		p.users++
		q.mu.Unlock()
		return p, nil
	}
	q.mu.Unlock()
	if stale != nil {
		if err := stale.awaitClose(ctx); err != nil {
			return nil, err
		}
	}
	stmt, err := db.PrepareContext(ctx, q.text)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	faster := q.current
	if faster == nil {
		q.current = &prepared{Stmt: stmt, closed: make(chan struct{})}
	}
	p = q.current
	p.users++
	q.mu.Unlock()
	if faster != nil {
		stmt.Close()
	}
	return p, nil
}

// put gives p back. If it is stale, later calls prepare the statement again. The
// last of its users closes it, because Close waits for all others.
func (q *statement) put(p *prepared, stale bool) {
	q.mu.Lock()
	p.users--
	if stale && q.current == p {
		q.current, q.stale = nil, p
	}
	unused := p.users == 0 && q.current != p
	q.mu.Unlock()
	if unused {
		p.Close()
		close(p.closed)
	}
}

// maxCloseWait bounds how long a call waits for those that still use a stale
// statement.
const maxCloseWait = time.Second

// awaitClose waits until p is closed. On a connection on which it is still open pgx
// would not prepare the same text again.
func (p *prepared) awaitClose(ctx context.Context) error {
	timer := time.NewTimer(maxCloseWait)
	defer timer.Stop()
	select {
	case <-p.closed:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// rows executes a query.
func (s *Store) rows(ctx context.Context, q *statement, args ...any) (*sql.Rows, error) {
	if s.noPrepare || q.once {
		return s.db.QueryContext(ctx, q.text, args...)
	}
	stmt, err := q.take(ctx, s.db)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	q.put(stmt, s.kind(err) == stale)
	return rows, err
}

// exec executes a statement and returns the number of rows that it wrote.
func (s *Store) exec(ctx context.Context, q *statement, args ...any) (int64, error) {
	var result sql.Result
	var err error
	if s.noPrepare || q.once {
		result, err = s.db.ExecContext(ctx, q.text, args...)
	} else {
		var stmt *prepared
		if stmt, err = q.take(ctx, s.db); err == nil {
			result, err = stmt.ExecContext(ctx, args...)
			q.put(stmt, s.kind(err) == stale)
		}
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// read returns the records that a query finds. digests are those in args.
func (s *Store) read(
	ctx context.Context, q *statement, digests []transfertoken.Digest, args ...any,
) ([]transfertoken.Record, error) {
	var records []transfertoken.Record
	err := s.retry(ctx, func() error {
		rows, err := s.rows(ctx, q, args...)
		if err != nil {
			return err
		}
		records, err = scanAll(rows)
		return err
	}, digests...)
	if err != nil {
		return nil, err
	}
	return records, nil
}

// firstOf returns the first of the records that read returned, or ErrNotFound.
func firstOf(records []transfertoken.Record, err error) (transfertoken.Record, error) {
	if err != nil {
		return transfertoken.Record{}, err
	}
	if len(records) == 0 {
		return transfertoken.Record{}, transfertoken.ErrNotFound
	}
	return records[0], nil
}

// explain returns the reason why the write of r failed with err: ErrNameTaken or
// ErrSecretTaken if a record with another ID than id has its name or digest, and
// otherwise err.
func (s *Store) explain(ctx context.Context, err error, id uuid.UUID, r *transfertoken.Record) error {
	if s.hadNoEffect(err) || contextError(ctx) != nil {
		return err
	}
	if taken, _ := s.exists(ctx, &s.query.nameTaken, r.Name, s.idArg(id)); taken {
		return transfertoken.ErrNameTaken
	}
	return s.explainDigest(ctx, err, id, r.Digest)
}

// explainDigest is explain for a write of a digest alone.
func (s *Store) explainDigest(ctx context.Context, err error, id uuid.UUID, digest transfertoken.Digest) error {
	if s.hadNoEffect(err) || contextError(ctx) != nil || digest == (transfertoken.Digest{}) {
		return err
	}
	if taken, _ := s.exists(ctx, &s.query.digestTaken, digest[:], s.idArg(id)); taken {
		return transfertoken.ErrSecretTaken
	}
	return err
}

// notFoundOrConflict returns the reason why a write against a revision of the
// record with the ID wrote nothing.
func (s *Store) notFoundOrConflict(ctx context.Context, id uuid.UUID) error {
	found, err := s.exists(ctx, &s.query.idTaken, s.idArg(id))
	if err != nil {
		return err
	}
	if found {
		return transfertoken.ErrConflict
	}
	return transfertoken.ErrNotFound
}

// exists reports whether a query finds a row.
func (s *Store) exists(ctx context.Context, q *statement, args ...any) (bool, error) {
	rows, err := s.rows(ctx, q, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), rows.Err()
}
