// Package sqldata holds the tests of datatransfer/sqldata that need a database. The variables of
// the package integration name the servers; SQLite needs none.
package sqldata
