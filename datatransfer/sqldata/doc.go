// Package sqldata reads and replaces the tables and files of a Go backend, over database/sql, for
// PostgreSQL, MySQL, MariaDB and SQLite. It imports no driver: use the one that the backend has.
// The package example shows all that a backend has to write.
//
// # Reading
//
// A Source is one transaction that sees one moment: in PostgreSQL and MySQL its isolation level is
// REPEATABLE READ. It reads pages of at most 200 rows, and holds one connection and the folder of
// files of that moment until it is closed. Times are milliseconds in UTC. Links to missing rows are
// left out, and so are missing files.
//
// # Replacing
//
// A Destination is one transaction, too. Begin waits until no other transfer writes, deletes the
// rows of the types that the transfer replaces, and makes a new folder for the files. The commit
// switches the rows and the name of the folder at once: others see the old data until then, and do
// not wait. Rows keep their keys, and sequences are moved behind them. Then the old folder is
// removed, by its last reader if it has some. The next transfer and [Instance.Migrate] remove the
// folders of transfers that were killed.
//
// Other writers wait until the transfer is over: PostgreSQL locks the tables in SHARE ROW EXCLUSIVE
// MODE, InnoDB locks the rows and the gaps between them, SQLite has one writer at a time. All
// statements must go to the primary, and not to a replica.
//
// A link is written if both of its ends came with the transfer. All others are left out, and
// Config.OnLeftOut is told how many, with the type and attribute. A row with a Required link is
// inserted when the links have come. Until then it is in a temporary file, and its required links
// are in memory. The transfer fails if one of them does not come.
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
// # Limits
//
//   - It makes and changes no table of the backend. Both ends need the same schema, or the transfer
//     leaves out the differences, if its options say so: see datatransfer.Options.
//   - Columns that the Config does not name get their default. Generated columns must not be named.
//   - Triggers run. Foreign keys with ON DELETE CASCADE, in tables that the Config does not name,
//     delete rows there. A foreign key without it, in such a table, makes the transfer fail.
//   - Required links must not go round in a circle. Other links may, as they are NULL until all
//     rows are there. It does not defer constraints.
//   - There are no components and no dynamic zones. A column of type json can hold such data.
//   - A setting is kept as the whole record that came, in the column value of the settings table.
//     The columns kind and name say which one it is.
//   - Keys of 0 or below, texts with a NUL character, numbers that no float64 can hold and times
//     outside of the years 1 to 9999 are refused, because not all of the databases have them.
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
//   - config.go: Config and its parts; model.go: how it is checked; schema.go: the schemas
//   - instance.go: New, Migrate, Source and Destination
//   - source.go, source_links.go, source_files.go: reading
//   - destination.go: the steps of a replacing; write_rows.go, write_links.go, write_files.go: its
//     stages; batches.go: rows and links that are written together; pending.go: rows that wait for
//     their links; left_out.go: counts
//   - folders.go, lock_unix.go, lock_other.go: the folders of files
//   - dialect.go, values.go, keys.go: differences of the databases, and values
//   - errors.go: errors that quote no values
package sqldata
