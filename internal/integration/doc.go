// Package integration holds the tests of transfertoken that need databases,
// drivers, a browser and other programs. It is not published.
//
// The tests use a PostgreSQL and a MySQL or MariaDB server:
//
//	TRANSFERTOKEN_TEST_POSTGRES  default postgres://root@127.0.0.1:5432/test?sslmode=disable
//	TRANSFERTOKEN_TEST_MYSQL     default root@tcp(127.0.0.1:3306)/test
//	TRANSFERTOKEN_TEST_REQUIRE   1: a server that does not answer fails the tests instead of skipping them
//
// Every test makes tables of its own and drops them. The user must be allowed to
// do that, and to end the connections of the same user.
package integration
