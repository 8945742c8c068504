// Package sqldata reads and replaces the tables and files of a Go backend, over database/sql, for
// PostgreSQL, MySQL, MariaDB and SQLite. It imports no driver: use the one that the backend has.
// The package example shows all that a backend has to write.
//
// # Reading
//
// A Source is one transaction that sees one moment, in PostgreSQL and MySQL REPEATABLE READ. It
// reads 200 rows at a time, and holds one connection and the folder of files of that moment until
// it is closed. Times are milliseconds in UTC. Links to rows that are not there, and rows of files
// without a file, are left out.
//
// # Replacing
//
// A Destination is one transaction, too. Begin waits until no other transfer writes, deletes the
// rows of the types that the transfer replaces, and makes a new folder for the files. The commit
// switches the rows and the name of the folder at once: others see the old data until then, and do
// not wait. Rows keep their keys, and sequences are moved behind them. Then the old folder is
// removed, by its last reader if it has some. What a transfer leaves behind that was killed is
// removed by the next one, and by [Instance.Migrate].
//
// Whoever wants to write to the tables waits until the transfer is over: PostgreSQL locks them in
// SHARE ROW EXCLUSIVE MODE, InnoDB locks the rows and the gaps between them, SQLite has one writer
// at a time.
//
// A link is written if both of its ends came with the transfer. All others are left out, and
// Config.OnLeftOut is told how many, with the type and attribute. A row with a Required link is
// inserted when the links have come, and waits for them in a temporary file; its required links are
// held in memory. It is an error if one does not come.
//
// A transfer that replaces some types leaves the others. Their links to rows that go are removed.
// If such a link is Required, Begin refuses the transfer.
//
// # Rights
//
// [Instance.Migrate] makes the table for the state and, if the Config names one, the table for
// settings. Everything else needs SELECT, INSERT, UPDATE and DELETE on the tables, in PostgreSQL
// also UPDATE and USAGE on their sequences.
//
// # What it does not do
//
//   - It makes and changes no table of the backend. Both ends need the same schema, or the transfer
//     goes on without what differs: see datatransfer.Options.
//   - Columns that the Config does not name get their default. Generated columns must not be named.
//   - Triggers, and foreign keys with ON DELETE CASCADE in tables that the Config does not name, do
//     what they do for any other statement. A foreign key without it, in such a table, makes the
//     transfer fail.
//   - Required links must not go round in a circle. Other links may, as they are NULL until all
//     rows are there. It does not defer constraints.
//   - There are no components and dynamic zones. A column of type json may hold their like.
//   - A setting is kept as the record that came: the columns kind, name and value of the settings
//     table.
//   - A key of 0 or below, and texts with a NUL character, are refused, because not all of the
//     databases have them.
//
// # MySQL and MariaDB
//
// The engine must be InnoDB, and the SQL mode strict. A datetime is a DATETIME(3) or DATETIME in
// UTC, and not a TIMESTAMP, which depends on the time zone of the connection. A text column should
// be utf8mb4.
//
// # SQLite
//
// Set journal_mode=WAL and busy_timeout on every connection, in the data source name, and leave the
// kind of transactions (_txlock) at deferred. A database in memory does not work, because readers
// need connections of their own. A datetime is kept as a text such as 2026-02-28T12:34:56.789Z.
//
// # Systems without locks on files
//
// On Unix a folder that is used is locked, so that no process removes what another one reads.
// Elsewhere, above all on Windows, the old folder is removed when the next transfer begins. A
// reading that is still running then fails.
//
// # Files
//
//   - config.go: Config and what is in it; model.go, schema.go: how it is checked, and the schemas
//   - instance.go: New, Migrate, Source and Destination
//   - source.go, source_links.go, source_files.go: reading
//   - destination.go: the steps of a replacing; write_rows.go, write_links.go, write_files.go,
//     pending.go: its stages
//   - folders.go, lock_unix.go, lock_other.go: the folders of files
//   - dialect.go, values.go, keys.go: differences of the databases, and values
//   - errors.go: errors that quote no values
package sqldata
