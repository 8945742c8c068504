// Package integration holds the tests of transfertoken that need drivers,
// databases, a browser and other programs. It is not published.
//
// Without any setting the tests use SQLite. Each of these variables adds a
// server. A test skips if the variable that it needs is not set, and fails if
// the server does not answer:
//
//	TRANSFERTOKEN_TEST_POSTGRES  such as postgres://user@127.0.0.1:5432/test?sslmode=disable
//	TRANSFERTOKEN_TEST_MYSQL     such as user@tcp(127.0.0.1:3306)/test, of a MySQL or a MariaDB
//	TRANSFERTOKEN_TEST_FULL      1: tests that repeat something do it as often as in CI
//
// Every test makes tables of its own and drops them. The user must be allowed to
// do that, and to end the connections of the same user. The package browser has
// variables of its own.
package integration
