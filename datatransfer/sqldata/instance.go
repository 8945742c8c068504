package sqldata

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// An Instance is the tables and files of a backend, to read and to replace. Make one with [New]; it
// may be used by several goroutines at once, and several Instances, in one process or in several,
// may be over the same tables. The zero Instance cannot be used.
type Instance struct {
	*model
	db        *sql.DB
	files     *Files // nil: none
	onLeftOut func([]LeftOut)
	writer    chan struct{} // holds an element while a transfer writes
}

// New returns an Instance over the tables of db, which stays the caller's to close. It does not use
// db: call [Instance.Migrate] at every start. It fails if config does not fit together, if it names
// a table that seems to hold users, sessions or tokens, and if the dialect is unknown.
func New(db *sql.DB, dialect Dialect, config Config) (*Instance, error) {
	if db == nil {
		return nil, errors.New("sqldata: the database is nil")
	}
	m, err := newModel(dialect, config)
	if err != nil {
		return nil, err
	}
	x := &Instance{model: m, db: db, onLeftOut: config.OnLeftOut, writer: make(chan struct{}, 1)}
	if config.Files != nil {
		files := *config.Files
		files.First = orDefault(files.First, firstFolder)
		x.files = &files
	}
	return x, nil
}

// A Queryer is a *sql.DB, a *sql.Conn or a *sql.Tx.
type Queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Folder returns the path of the folder that has the files now, or "" if there are no files. The
// next transfer makes another one and removes this: [Instance.OpenFile] opens a file to serve it.
//
// A backend that adds a file inserts its row in a transaction, passes that as q, writes the file,
// and commits. Transfers wait then until the transaction is over, so that the file is where its row
// is. The transaction must not be read-only.
func (x *Instance) Folder(ctx context.Context, q Queryer) (string, error) {
	if x.files == nil {
		return "", nil
	}
	query := x.folderQuery()
	if _, ok := q.(*sql.Tx); ok && x.dialect != SQLite { // SQLite has one writer at a time
		query += map[Dialect]string{PostgreSQL: " FOR SHARE", MySQL: " LOCK IN SHARE MODE"}[x.dialect]
	}
	var name string
	if err := q.QueryRowContext(ctx, query).Scan(&name); err != nil {
		return "", x.stateFailure(ctx, err)
	}
	return filepath.Join(x.files.Dir, name), nil
}

func (x *Instance) folderQuery() string {
	return "SELECT folder FROM " + x.stateTable + " WHERE id = 1"
}

// readFolder returns the name of the folder, and "" if there are no files.
func (x *Instance) readFolder(ctx context.Context, q Queryer) (string, error) {
	var name string
	err := q.QueryRowContext(ctx, x.folderQuery()).Scan(&name)
	return name, x.stateFailure(ctx, err)
}

// stateFailure returns the error of a statement about the state table.
func (x *Instance) stateFailure(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errors.New("sqldata: the state table is empty: call Instance.Migrate at start-up")
	}
	return x.failure(ctx, err, "the state table (Instance.Migrate makes it)")
}

// OpenFile opens one of the files, to serve it. It keeps to the files of one moment, also while a
// transfer replaces them. The error of a file that is not there is [fs.ErrNotExist], and so is that
// of a name that [datatransfer.CheckAssetName] does not take.
func (x *Instance) OpenFile(ctx context.Context, name string) (*os.File, error) {
	if x.files == nil || datatransfer.CheckAssetName(name) != nil {
		return nil, fs.ErrNotExist
	}
	missing := ""
	for {
		current, err := x.readFolder(ctx, x.db)
		if err != nil {
			return nil, err
		}
		f, err := openFolder(x.files.Dir, current)
		if errors.Is(err, errGone) && missing != current {
			missing = current
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.close()
		file, err := f.root.Open(name)
		if err != nil {
			return nil, fileError("a file cannot be opened", err)
		}
		return file, nil
	}
}

// Migrate makes the tables for the state and for the settings, and the first folder of files, if
// they are not there. It makes and changes no table of the backend. It also removes folders that transfers
// that were killed have left in the folder of files, unless a transfer is running; with SQLite it
// waits for one as long as busy_timeout says. Call it at every start, from any number of instances
// at once.
func (x *Instance) Migrate(ctx context.Context) error {
	const tries = 10 // PostgreSQL fails if two make a table at the same time
	var err error
	for range tries {
		if err = x.makeTables(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return x.failure(ctx, err, "making the state table")
	}
	if x.dialect == SQLite {
		var mode string
		if err := x.db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
			return x.failure(ctx, err, "the journal mode")
		}
		if mode != "wal" {
			return fmt.Errorf("sqldata: the journal mode of SQLite is %q: readers would stop a transfer, so set it to WAL", mode)
		}
	}
	if x.files == nil {
		return nil
	}
	return x.cleanFolders(ctx)
}

func (x *Instance) makeTables(ctx context.Context) error {
	statements := []string{x.dialect.createState(x.stateTable)}
	if x.settingsTable != "" {
		statements = append(statements, x.dialect.createSettings(x.settingsTable))
	}
	for _, statement := range statements {
		if _, err := x.db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	var rows int
	if err := x.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+x.stateTable).Scan(&rows); err != nil || rows > 0 {
		return err
	}
	folder := ""
	if x.files != nil {
		folder = x.files.First
	}
	insert := x.dialect.bind("INSERT INTO " + x.stateTable + " (id, version, folder) VALUES (1, 0, ?)")
	_, err := x.db.ExecContext(ctx, insert, folder)
	return err
}

// cleanFolders makes the first folder if it is the current one, and removes leftovers if no transfer is running.
func (x *Instance) cleanFolders(ctx context.Context) error {
	tx, err := x.db.BeginTx(ctx, x.dialect.writing())
	if err != nil {
		return x.failure(ctx, err, "the state table")
	}
	defer tx.Rollback()
	current, err := x.readFolder(ctx, tx)
	if err != nil {
		return err
	}
	if current == "" { // the state was made by an Instance without files
		current = x.files.First
	}
	if current == x.files.First {
		if err := mkdir(x.files.Dir, current); err != nil {
			return err
		}
	}
	lock := x.folderQuery() + " FOR UPDATE NOWAIT"
	if x.dialect == SQLite {
		lock = "UPDATE " + x.stateTable + " SET version = version WHERE id = 1 RETURNING folder"
	}
	err = tx.QueryRowContext(ctx, lock).Scan(&current)
	switch {
	case err != nil && ctx.Err() == nil && x.dialect.isBusy(err):
		return nil
	case err != nil:
		return x.stateFailure(ctx, err)
	}
	if current == "" {
		current = x.files.First
		set := x.dialect.bind("UPDATE " + x.stateTable + " SET folder = ? WHERE id = 1")
		if _, err := tx.ExecContext(ctx, set, current); err != nil {
			return x.stateFailure(ctx, err)
		}
	}
	if err := removeLeftovers(x.files.Dir, x.files.First, current); err != nil {
		return err
	}
	return x.stateFailure(ctx, tx.Commit())
}

// Source begins a reading of the data as it is now, and holds a connection to the database until it is closed.
func (x *Instance) Source(ctx context.Context) (datatransfer.Source, error) {
	missing := ""
	for {
		s, err := x.openSource(ctx, &missing)
		if s != nil || err != nil {
			return s, err
		}
	}
}

// openSource returns nil and no error if a transfer has removed the folder of files meanwhile. It
// remembers the name of the folder: if it is the current one again, it is lost.
func (x *Instance) openSource(ctx context.Context, missing *string) (datatransfer.Source, error) {
	conn, err := x.db.Conn(ctx)
	if err != nil {
		return nil, x.failure(ctx, err, "connecting")
	}
	s := &source{Instance: x, conn: conn, created: time.Now()}
	// The transaction lives as long as the source.
	s.tx, err = conn.BeginTx(context.WithoutCancel(ctx), x.dialect.reading())
	if err != nil {
		conn.Close()
		return nil, x.failure(ctx, err, "beginning to read")
	}
	name, err := x.readFolder(ctx, s.tx) // from now on the transaction sees this moment
	if err == nil && x.files != nil {
		s.folder, err = openFolder(x.files.Dir, name)
		if errors.Is(err, errGone) && *missing != name {
			*missing = name
			return nil, s.Close()
		}
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Destination returns a replacing of the data. It holds nothing before Begin.
func (x *Instance) Destination(context.Context) (datatransfer.Destination, error) {
	return &destination{Instance: x, statements: make(map[string]*sql.Stmt)}, nil
}
