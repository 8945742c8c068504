// Package sqlstore keeps transfer tokens in PostgreSQL, MySQL, MariaDB or SQLite,
// over database/sql. It imports no driver: use the one that the backend has.
//
//	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//	store, err := sqlstore.New(db, sqlstore.PostgreSQL, nil)
//	err = store.Migrate(ctx)
//	svc, err := transfertoken.New(store, salt, nil)
//
// # Reads and writes
//
// Checking a secret is one SELECT through a unique index, however many tokens
// there are, and pages are read by key. Every write is one statement, which the
// database does as a whole or not at all, and needs no transaction. All must go to
// the primary: a replica that lags behind still accepts what was revoked.
//
// # Columns
//
// IDs, names and digests are kept and compared byte by byte. For this the texts
// are VARBINARY in MySQL; to read them use CONVERT(name USING utf8mb4). Times are
// milliseconds since 1970, NULL for none. A row whose digest is not 64 bytes long
// or whose permissions are no byte fails the call that reads it.
//
// # Rights
//
// [Store.Migrate] needs the right to create tables, unless there is nothing to
// do. Everything else needs SELECT, INSERT, UPDATE and DELETE on the table, and
// SELECT on the one that is called like it with "_schema" at the end.
//
// # PostgreSQL
//
// The encoding of the database must be UTF8. The table is made in, and looked for
// along, the search_path.
//
// # MySQL and MariaDB
//
// The engine is InnoDB. It makes no difference what the data source name says of
// character sets, time zones, and changed or matched rows. A server that waits
// for a lock on behalf of a client does not notice that the client has given up:
// a write that failed because its context ended may still be done afterwards.
//
// # SQLite
//
// It must be 3.37 or newer, for STRICT tables. Set journal_mode=WAL and
// busy_timeout on every connection, by the data source name:
//
//	file:tokens.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)  modernc.org/sqlite
//	file:tokens.db?_busy_timeout=5000&_journal_mode=WAL                  github.com/mattn/go-sqlite3
//
// Without them a call fails with "database is locked" when another connection
// writes. While it waits for that one, github.com/mattn/go-sqlite3, and
// modernc.org/sqlite before v1.61, do not look at the context: they come back when
// busy_timeout, here 5 seconds, is over. Leave synchronous at FULL, or a power cut
// may bring back a token that was deleted. With hundreds of thousands of tokens
// raise cache_size.
//
// Call SetMaxOpenConns with a small number, such as 4. SQLite does not queue those
// who wait to write: of hundreds of connections some would wait longer than
// busy_timeout. A database in memory is one for each connection: there call
// SetMaxOpenConns(1) and SetMaxIdleConns(1).
package sqlstore
