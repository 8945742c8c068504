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
// there are, and pages are read by key. Every write is one statement, or one
// transaction for PurgeExpired, which the database does as a whole or not at all.
// A replica that lags behind still accepts a token that was revoked, so all
// statements must go to the primary, or the replica must not lag: see below.
//
// # Calls that are repeated
//
// A call is made again, after a random pause of at most 32 ms and while its
// context lasts, if it fails with one of these errors:
//
//	error                                            codes                           calls in all
//	deadlock or serialization failure, rolled back   40001, 40P01; 1213, 1020        10
//	duplicate that is gone when it is looked for     23505; 1062, 1586; SQLite 2067  10
//	connection that was closed before the call       driver.ErrBadConn               10
//	prepared statement that is unknown or outdated   0A000, 26000, 42P05; 1243, 1615 4
//	file of SQLite that is locked, in Migrate only   SQLite 5, 6                     for 10 s
//
// Nothing was written in any of these cases. In a Galera cluster 1213 is also the
// error of a write that lost against one on another node. Other failures are
// returned at once:
//
//	error                                            codes
//	connection that broke during the call            08xxx, 57P01, 57P02 or none
//	server that is starting or stopping              57P03
//	server that takes no writes, an ErrReadOnly      25006; 1290, 1792, 1836; SQLite 8
//	Galera node that is joining or has no majority   1047
//	lock, or Galera node, waited for in vain         1205
//
// The database may have done a write whose connection broke. In the other cases
// nothing was done, but to repeat the call at once would fail again.
//
// # Replicas and clusters
//
// A read-only standby of PostgreSQL answers Authorize as the primary does if every
// session that writes has synchronous_commit=remote_apply and
// synchronous_standby_names on the primary names all the standbys that are read.
// If a Delete fails, repeat it until it returns nil or ErrNotFound: only then do the
// standbys have it. See docs/scaling.md for what each kind of cluster needs.
//
// # Columns
//
// IDs, names and digests are kept and compared byte by byte. For this the texts
// are VARBINARY in MySQL; to read them use CONVERT(name USING utf8mb4). Times are
// milliseconds since 1970, and NULL stands for the zero time. A row whose digest
// is not 64 bytes long, or whose permissions do not fit into a byte, fails the
// call that reads it.
//
// # Rights
//
// [Store.Migrate] needs the right to create tables, unless there is nothing to
// do. Everything else needs SELECT, INSERT, UPDATE and DELETE on the table, and
// SELECT on the table with the same name and "_schema" at its end. On a PostgreSQL
// with synchronous standbys Delete also calls pg_logical_emit_message, which every
// user may do unless that was revoked.
//
// # PostgreSQL
//
// The encoding of the database must be UTF8. Migrate makes the table in the first
// schema of the search_path. If only a later one has it, Migrate fails: tenants
// that have a schema each, with public behind it, would share their tokens. Name
// one schema in the search_path of the data source name.
//
// # MySQL and MariaDB
//
// The engine is InnoDB. The first call of a Store fails if autocommit is off or
// the isolation level is READ UNCOMMITTED, because a write that has returned would
// not be seen by every later read. For the same reason it fails on a node of a
// Galera cluster unless wsrep_sync_wait is 3 or 7. Character sets, time zones, SQL modes and
// changed or matched rows make no difference. A server that waits for a lock on
// behalf of a client does not notice that the client has given up: a write that
// failed because its context ended may still be done afterwards.
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
// busy_timeout. A database in memory belongs to one connection: there call
// SetMaxOpenConns(1) and SetMaxIdleConns(1).
//
// # Files
//
//   - store.go: Options, New, and the methods of transfertoken.Store
//   - purge.go: PurgeExpired
//   - queries.go: the dialects, the statements and their preparation, reading
//   - row.go: records from rows, and the limits of the columns
//   - errors.go: the kinds of errors, the repetition of calls, failures
//   - session.go: settings of MySQL sessions; standby.go: standbys of PostgreSQL
//   - redact.go: digests in the texts of drivers
//   - migrate.go: Migrate and the migrations
package sqlstore
