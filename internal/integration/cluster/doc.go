// Package cluster holds the tests of transfertoken on databases of several nodes,
// which it starts on the loopback interface from the packages of Debian: a MariaDB
// Galera cluster of three nodes, a PostgreSQL with a synchronous hot standby, and
// a PgBouncer in transaction mode. It is not published.
//
// The tests run with TRANSFERTOKEN_TEST_CLUSTER=1, on Linux. With "long" instead of
// 1 they repeat everything as often as docs/scaling.md says. They need the programs
// of mariadb-server with galera-4 and rsync, postgresql and pgbouncer. Data folders
// and ports are the tests' own, and the servers end with them, also if they are
// killed. As root the servers run as the users mysql and postgres.
//
// # Files
//
//   - process_test.go: processes, ports, folders
//   - galera_test.go, standby_test.go, pgbouncer_test.go: the servers
//   - store_test.go: stores and services on a node; counter_test.go: a driver that
//     counts errors; load_test.go: callers that count what is lost, stale or refused
//   - galera_store_test.go, galera_failure_test.go, push_test.go: tests on Galera
//   - standby_store_test.go, repeat_test.go: tests on PostgreSQL
//   - bench_test.go: what a call costs
package cluster
