package sqldata

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// pageSize is how many rows are read at once, at most. The connection is free between two pages, so
// that a slow consumer does not make the server wait with a result.
const (
	pageSize  = 200
	pageBytes = 1 << 20 // a page ends early when its data is longer
)

// A source is one reading: a transaction that sees one moment, and the folder of files of that moment.
type source struct {
	*Instance
	conn    *sql.Conn
	tx      *sql.Tx
	folder  *folder // nil: there are no files
	bytes   int     // of the data of the rows of a page
	created time.Time
	closed  atomic.Bool
}

var (
	_ datatransfer.Source    = (*source)(nil)
	_ datatransfer.Estimator = (*source)(nil)
)

var errClosed = errors.New("sqldata: the source is closed")

func (s *source) check(ctx context.Context) error {
	if s.closed.Load() {
		return errClosed
	}
	return ctx.Err()
}

func (s *source) Metadata(ctx context.Context) (datatransfer.Metadata, error) {
	return datatransfer.Metadata{CreatedAt: s.created}, s.check(ctx)
}

func (s *source) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	return slices.Clone(s.schemas), s.check(ctx)
}

// Estimate counts rows.
func (s *source) Estimate(ctx context.Context, stage datatransfer.Stage) (records, bytes int64, ok bool) {
	var from []string
	switch stage {
	case datatransfer.StageEntities:
		for _, t := range s.tables {
			from = append(from, t.quoted)
		}
	case datatransfer.StageConfiguration:
		if s.settingsTable != "" {
			from = append(from, s.settingsTable)
		}
	}
	for _, table := range from {
		var n int64
		if s.check(ctx) != nil || s.tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&n) != nil {
			return 0, 0, false
		}
		records += n
	}
	return records, 0, len(from) > 0
}

// Close ends the transaction. If a transfer has replaced the files meanwhile and nobody else reads
// the old ones, it removes them.
func (s *source) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	rollBack(s.conn, s.tx)
	if s.folder != nil {
		s.folder.close()
		const patience = 10 * time.Second
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if current, err := s.readFolder(ctx, s.conn); err == nil && locksFolders && current != s.folder.name {
			removeUnused(s.files.Dir, s.folder.name)
		}
	}
	return s.conn.Close()
}

// errEnough means that the consumer of a sequence wants no more.
var errEnough = errors.New("sqldata: enough")

// sequence returns the records that produce passes to yield. The error of yield ends it.
func sequence[T any](
	ctx context.Context, s *source, produce func(yield func(T) error) error,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := s.check(ctx)
		if err == nil {
			err = produce(func(record T) error {
				if err := s.check(ctx); err != nil {
					return err
				}
				if !yield(record, nil) {
					return errEnough
				}
				return nil
			})
		}
		if err == nil {
			err = s.check(ctx)
		}
		if err != nil && err != errEnough {
			var none T
			yield(none, err)
		}
	}
}

// readPages reads all rows of a query, some at a time. next returns the query of the next page.
// scan reads one row, and take is called with what it returned.
func readPages[T any](
	ctx context.Context, s *source, what string,
	next func(last *T) (query string, args []any), scan func(*sql.Rows) (T, error), take func(T) error,
) error {
	var last *T
	for {
		query, args := next(last)
		page, more, err := readPage(ctx, s, what, query, args, scan)
		if err != nil {
			return err
		}
		for _, record := range page {
			if err := take(record); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		last = &page[len(page)-1]
	}
}

// readPage also reports whether there may be more rows.
func readPage[T any](
	ctx context.Context, s *source, what, query string, args []any, scan func(*sql.Rows) (T, error),
) (page []T, more bool, err error) {
	if err := s.check(ctx); err != nil {
		return nil, false, err
	}
	rows, err := s.tx.QueryContext(ctx, s.dialect.bind(fmt.Sprintf("%s LIMIT %d", query, pageSize)), args...)
	if err != nil {
		return nil, false, s.failure(ctx, err, what)
	}
	defer rows.Close()
	s.bytes = 0
	for s.bytes < pageBytes && rows.Next() {
		record, err := scan(rows)
		if err != nil {
			return nil, false, err
		}
		page = append(page, record)
	}
	return page, len(page) == pageSize || s.bytes >= pageBytes, s.failure(ctx, rows.Err(), what)
}

// A row is an entity with its key as the database has it.
type row struct {
	key  any
	ref  datatransfer.Ref
	data json.RawMessage
}

func (s *source) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return sequence(ctx, s, func(yield func(datatransfer.Entity) error) error {
		for _, t := range s.tables {
			err := s.readRows(ctx, t, datatransfer.StageEntities, func(r row) error {
				return yield(datatransfer.Entity{Type: t.Type, ID: r.ref, Data: r.data})
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// readRows reads the rows of a table in the order of their keys.
func (s *source) readRows(ctx context.Context, t *table, stage datatransfer.Stage, take func(row) error) error {
	what := "reading table " + t.Name
	key := t.newKey()
	targets := []any{key}
	for _, c := range t.Columns {
		targets = append(targets, newTarget(s.dialect, c))
	}
	return readPages(ctx, s, what,
		func(last *row) (string, []any) {
			if last == nil {
				return t.selectAll + " ORDER BY " + t.key, nil
			}
			return t.selectAll + " WHERE " + t.key + " > ? ORDER BY " + t.key, []any{last.key}
		},
		func(rows *sql.Rows) (row, error) {
			if err := rows.Scan(targets...); err != nil {
				if c := t.misfit(err); c != nil {
					return row{}, recordError(stage, t.Type, refOf(key), fmt.Errorf("column %s: %w", c.Name, errValue))
				}
				return row{}, s.failure(ctx, err, what)
			}
			r := row{key: keyValue(key), ref: refOf(key)}
			data := []byte{'{'}
			for i, c := range t.Columns {
				if i > 0 {
					data = append(data, ',')
				}
				data, _ = appendString(data, c.Attribute)
				var err error
				if data, err = appendValue(append(data, ':'), c, targets[i+1]); err != nil {
					return row{}, recordError(stage, t.Type, r.ref, fmt.Errorf("column %s: %w", c.Name, err))
				}
			}
			r.data = append(data, '}')
			s.bytes += len(r.data)
			return r, nil
		}, take)
}

func (s *source) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	type setting struct {
		position    int64
		kind, value string
	}
	return sequence(ctx, s, func(yield func(datatransfer.Config) error) error {
		if s.settingsTable == "" {
			return nil
		}
		query := "SELECT position, kind, " + s.dialect.settingsValue() + " FROM " + s.settingsTable
		return readPages(ctx, s, "reading the settings",
			func(last *setting) (string, []any) {
				if last == nil {
					return query + " ORDER BY position", nil
				}
				return query + " WHERE position > ? ORDER BY position", []any{last.position}
			},
			func(rows *sql.Rows) (r setting, err error) {
				err = rows.Scan(&r.position, &r.kind, &r.value)
				s.bytes += len(r.value)
				return r, s.failure(ctx, err, "reading the settings")
			},
			func(r setting) error {
				return yield(datatransfer.Config{Type: r.kind, Value: json.RawMessage(r.value)})
			})
	})
}
