//go:build linux

package cluster_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// pooler is a PgBouncer in transaction mode. Its database "primary" is that of the
// primary of a pair, and "standby" that of the standby.
type pooler struct {
	port int
	*server
}

// newPooler starts a pooler that ends with the test.
func newPooler(t testing.TB, p *pair) *pooler {
	t.Helper()
	b := &pooler{port: newPort()}
	t.Cleanup(func() { b.stop(syscall.SIGKILL) })
	folder := newFolder(t)
	config := fmt.Sprintf(`[databases]
primary = host=127.0.0.1 port=%d dbname=test user=root
standby = host=127.0.0.1 port=%d dbname=test user=root
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 6
`, p.nodes[p.primary].port, p.standby().port, b.port)
	file := filepath.Join(folder, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o644))
	var err error
	b.server, err = serve("postgres", filepath.Join(folder, "log"), syscall.SIGKILL, "/usr/sbin/pgbouncer", file)
	require.NoError(t, err)
	require.NoError(t, b.await(func() error {
		db, err := sql.Open("pgx", b.dsn("primary", "default_query_exec_mode=exec"))
		if err != nil {
			return err
		}
		defer db.Close()
		return db.Ping()
	}))
	return b
}

func (b *pooler) dsn(database string, params ...string) string {
	return fmt.Sprintf("postgres://root@127.0.0.1:%d/%s?%s", b.port, database,
		strings.Join(append(params, "sslmode=disable"), "&"))
}

// on returns the place behind the pooler, with the settings for it.
func (b *pooler) on(database string) place {
	return place{driver: "pgx", dialect: sqlstore.PostgreSQL, dsn: b.dsn(database, "default_query_exec_mode=exec"),
		opts: sqlstore.Options{NoPrepare: true}}
}
