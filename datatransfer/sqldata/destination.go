package sqldata

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A destination is one replacing of the data: a transaction, and a new folder for the files.
type destination struct {
	*Instance
	state      state
	stage      datatransfer.Stage // the last one that was written
	start      datatransfer.Start
	conn       *sql.Conn // nil: no transaction
	tx         *sql.Tx
	statements map[string]*sql.Stmt
	old        string // the name of the folder of the old files
	folder     *folder
	pending    *pending
	members    memberReader
	rows       rowBatch
	links      map[*link][]linkRow
	position   int64 // of the last setting
	leftOut    map[LeftOut]int64
}

var _ datatransfer.Destination = (*destination)(nil)

// state is the last step of a destination.
type state string

const (
	stateNew        state = ""
	stateBegun      state = "after Begin"
	stateFailed     state = "after a failure"
	stateCommitted  state = "after Commit"
	stateRolledBack state = "after Rollback"
)

func (d *destination) expect(want state, method string) error {
	switch d.state {
	case want:
		return nil
	case stateNew:
		return fmt.Errorf("sqldata: %s was called before Begin", method)
	}
	return fmt.Errorf("sqldata: %s was called %s", method, d.state)
}

func (d *destination) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	return slices.Clone(d.schemas), ctx.Err()
}

// Begin waits until no other transfer writes, and deletes the old rows in a transaction of its own.
func (d *destination) Begin(ctx context.Context, start datatransfer.Start) error {
	if err := d.expect(stateNew, "Begin"); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	d.state, d.start = stateFailed, start
	d.leftOut, d.links = make(map[LeftOut]int64), make(map[*link][]linkRow)
	if err := d.checkScope(); err != nil {
		return err
	}
	select {
	case d.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := d.open(ctx); err != nil {
		<-d.writer
		return err
	}
	if err := d.prepareTables(ctx); err != nil {
		return err
	}
	d.state = stateBegun
	return nil
}

// checkScope returns an error if rows that stay need others that go.
func (d *destination) checkScope() error {
	for _, t := range d.tables {
		for _, l := range t.links {
			if l.Required && !d.start.Replaces(t.Type) && d.start.Replaces(l.Target) {
				return fmt.Errorf("%w: the transfer replaces %s and not %s, which cannot be without it",
					datatransfer.ErrInvalid, l.Target, t.Type)
			}
		}
	}
	return nil
}

// open begins the transaction and takes the lock that keeps other transfers out. d holds the
// connection if it returns nil.
func (d *destination) open(ctx context.Context) error {
	const tries = 10
	for try := 1; ; try++ {
		conn, err := d.db.Conn(ctx)
		if err != nil {
			return d.failure(ctx, err, "connecting")
		}
		// The transaction lives until Commit or Rollback, whatever becomes of the context of Begin.
		tx, err := conn.BeginTx(context.WithoutCancel(ctx), d.dialect.writing())
		if err != nil {
			conn.Close()
			return d.failure(ctx, err, "beginning to write")
		}
		var result sql.Result
		result, err = tx.ExecContext(ctx, "UPDATE "+d.stateTable+" SET version = version + 1 WHERE id = 1")
		if err == nil {
			var n int64
			if n, err = result.RowsAffected(); err == nil && n != 1 {
				err = sql.ErrNoRows
			}
		}
		if err == nil {
			d.conn, d.tx = conn, tx
			return nil
		}
		rollBack(conn, tx)
		conn.Close()
		if try == tries || !d.dialect.isBusy(err) || ctx.Err() != nil {
			return d.stateFailure(ctx, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(time.Millisecond << try)):
		}
	}
}

// rollBack ends a transaction. If that fails, the connection is not used again.
func rollBack(conn *sql.Conn, tx *sql.Tx) {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// prepareTables deletes the rows that the transfer replaces, and makes the new folder.
func (d *destination) prepareTables(ctx context.Context) error {
	var err error
	if d.old, err = d.readFolder(ctx, d.tx); err != nil {
		return err
	}
	if d.files != nil {
		if err := removeLeftovers(d.files.Dir, d.files.First, d.old); err != nil {
			return err
		}
	}
	if d.dialect == MySQL {
		var mode string
		if err := d.tx.QueryRowContext(ctx, "SELECT @@SESSION.sql_mode").Scan(&mode); err != nil {
			return d.failure(ctx, err, "the SQL mode")
		}
		if !strings.Contains(mode, "STRICT_") {
			return errors.New("sqldata: the SQL mode is not strict: the database would cut values without an error")
		}
	}
	for _, statement := range d.clearing() {
		if _, err := d.tx.ExecContext(ctx, statement); err != nil {
			return d.failure(ctx, err, "deleting the old rows")
		}
	}
	if d.settingsTable != "" {
		err := d.tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(position), 0) FROM "+d.settingsTable).Scan(&d.position)
		if err != nil {
			return d.failure(ctx, err, "the settings")
		}
	}
	if d.files != nil && !d.start.Scope.NoFiles {
		if d.folder, err = makeFolder(d.files.Dir); err != nil {
			return err
		}
	}
	d.pending = newPending(d.tables)
	return ctx.Err()
}

// clearing returns the statements that delete the old data: links first, then rows,
// those that need others before these.
func (d *destination) clearing() []string {
	var locked, unlink, remove []string
	for _, t := range slices.Backward(d.tables) {
		replaced := d.start.Replaces(t.Type)
		for _, l := range t.links {
			target := d.start.Replaces(l.Target)
			switch {
			case !replaced && !target:
			case l.Join != nil:
				join := d.dialect.quoteQualified(l.Join.Table)
				locked = append(locked, join)
				unlink = append(unlink, "DELETE FROM "+join)
			case target && !l.Required && (!replaced || !d.comesBefore(l.target, t)):
				column := d.dialect.quote(l.Column)
				locked = append(locked, t.quoted)
				unlink = append(unlink, "UPDATE "+t.quoted+" SET "+column+" = NULL WHERE "+column+" IS NOT NULL")
			}
		}
		if replaced {
			locked = append(locked, t.quoted)
			remove = append(remove, "DELETE FROM "+t.quoted)
		}
	}
	scope := d.start.Scope
	if d.settingsTable != "" && (!scope.NoCoreStore || !scope.NoWebhooks) {
		locked = append(locked, d.settingsTable)
		statement := "DELETE FROM " + d.settingsTable
		switch {
		case scope.NoCoreStore:
			statement += " WHERE kind = '" + datatransfer.ConfigWebhook + "'"
		case scope.NoWebhooks:
			statement += " WHERE kind <> '" + datatransfer.ConfigWebhook + "'"
		}
		remove = append(remove, statement)
	}
	var statements []string
	if d.dialect == PostgreSQL && len(locked) > 0 {
		// Others go on reading, and write again when the transfer is over.
		slices.Sort(locked)
		statements = append(statements,
			"LOCK TABLE "+strings.Join(slices.Compact(locked), ", ")+" IN SHARE ROW EXCLUSIVE MODE")
	}
	return slices.Concat(statements, unlink, remove)
}

// write passes each record of a stage to take, and calls finish after the last one. Any failure, a
// panic of the sequence included, leaves nothing but Rollback to be called.
func write[T any](
	ctx context.Context, d *destination, stage datatransfer.Stage, seq iter.Seq2[T, error],
	take func(T) error, finish func() error,
) error {
	if err := d.expect(stateBegun, "the Write method of "+string(stage)); err != nil {
		return err
	}
	d.state = stateFailed
	stages := datatransfer.Stages()
	if slices.Index(stages, stage) <= slices.Index(stages, d.stage) {
		return fmt.Errorf("sqldata: %s were written after %s", stage, d.stage)
	}
	d.stage = stage
	for record, err := range seq {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = take(record)
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if finish != nil {
		if err := finish(); err != nil {
			return err
		}
	}
	d.state = stateBegun
	return nil
}

// Commit switches the rows and the name of the folder at once, and then removes the old folder.
func (d *destination) Commit(ctx context.Context) error {
	if err := d.expect(stateBegun, "Commit"); err != nil {
		return err
	}
	d.state = stateFailed
	if err := d.finish(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.tx.Commit(); err != nil {
		err = d.commitFailure(err)
		if errors.Is(err, datatransfer.ErrCommitUnknown) {
			d.folder.close() // it may be the current one: the next transfer knows
			d.folder = nil
		}
		return err
	}
	d.state = stateCommitted
	folder := d.folder
	d.release()
	if folder != nil {
		folder.close()
		if locksFolders {
			removeUnused(d.files.Dir, d.old)
		}
	}
	if d.onLeftOut != nil && len(d.leftOut) > 0 {
		d.onLeftOut(sortLeftOut(d.leftOut))
	}
	return nil
}

// finish does what has to be done within the transaction after the last stage.
func (d *destination) finish(ctx context.Context) error {
	if err := d.pending.insertRest(ctx, d); err != nil {
		return err
	}
	if d.dialect == PostgreSQL {
		for _, t := range d.tables {
			if err := d.moveSequence(ctx, t); err != nil {
				return err
			}
		}
	}
	if d.folder == nil {
		return nil
	}
	if err := d.folder.sync(d.files.Dir); err != nil {
		return err
	}
	set := d.dialect.bind("UPDATE " + d.stateTable + " SET folder = ? WHERE id = 1")
	_, err := d.tx.ExecContext(ctx, set, d.folder.name)
	return d.stateFailure(ctx, err)
}

// moveSequence puts the sequence of a key behind the keys that the table has. It never goes back,
// so that a rollback, which does not undo it, does no harm. MySQL and SQLite do the same by
// themselves.
func (d *destination) moveSequence(ctx context.Context, t *table) error {
	if t.TextKey || !d.start.Replaces(t.Type) {
		return nil
	}
	_, err := d.tx.ExecContext(ctx, "SELECT setval(s.name, GREATEST(nextval(s.name), (SELECT COALESCE(MAX("+t.key+
		"), 1) FROM "+t.quoted+"))) FROM (SELECT pg_get_serial_sequence($1, $2)::regclass AS name) s "+
		"WHERE s.name IS NOT NULL",
		t.quoted, t.Key)
	return d.failure(ctx, err, "the sequence of table "+t.Name)
}

func (d *destination) Rollback(context.Context) error {
	if d.state == stateCommitted || d.state == stateRolledBack {
		return nil
	}
	d.state = stateRolledBack
	if d.conn == nil {
		return nil
	}
	rollBack(d.conn, d.tx)
	folder := d.folder
	if folder != nil {
		folder.close()
		removeUnused(d.files.Dir, folder.name)
	}
	d.release()
	return nil
}

// release gives back what Begin took.
func (d *destination) release() {
	d.pending.close()
	d.conn.Close()
	d.conn, d.tx, d.folder = nil, nil, nil
	<-d.writer
}
