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
// are VARBINARY in MySQL; to read them use CAST(name AS CHAR). Times are
// milliseconds since 1970, NULL for none.
//
// # PostgreSQL
//
// The encoding of the database must be UTF8. The table is made in, and looked for
// along, the search_path.
//
// # MySQL and MariaDB
//
// The engine is InnoDB. The parameters that a driver takes for character sets,
// time zones and changed or matched rows make no difference.
//
// # SQLite
//
// It must be 3.37 or newer, for STRICT tables. Set journal_mode=WAL and
// busy_timeout=5000 (milliseconds) on every connection, by the data source name:
//
//	file:tokens.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)  modernc.org/sqlite
//	file:tokens.db?_busy_timeout=5000&_journal_mode=WAL                   github.com/mattn/go-sqlite3
//
// Without them a write fails with "database is locked" when another connection
// writes. Leave synchronous at FULL, or a power cut may bring back a token that
// was deleted. A database in memory is one for each connection: call SetMaxOpenConns(1)
// and SetMaxIdleConns(1).
//
// A driver stops at once when the context ends, except that
// github.com/mattn/go-sqlite3 waits for a lock until busy_timeout is over.
package sqlstore
