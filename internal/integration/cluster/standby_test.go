//go:build linux

package cluster_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// pair is a PostgreSQL with a synchronous hot standby.
type pair struct {
	folder  string
	bin     string // the folder of its programs
	nodes   [2]*member
	primary int // index of the primary
}

// member is a server of a pair.
type member struct {
	pair *pair
	data string
	port int
	*server
}

// newPair starts a primary and its standby, which end with the test.
func newPair(t testing.TB) *pair {
	t.Helper()
	p := &pair{folder: newFolder(t), bin: postgresPrograms(t)}
	t.Cleanup(func() {
		for _, m := range p.nodes {
			m.stop(syscall.SIGQUIT)
		}
	})
	for i := range p.nodes {
		p.nodes[i] = &member{pair: p, data: filepath.Join(p.folder, fmt.Sprint("server", i)), port: newPort()}
	}
	first := p.nodes[0]
	require.NoError(t, makeFolder("postgres", first.data))
	_, err := run("postgres", p.program("initdb"), "-D", first.data, "-A", "trust", "-U", "root", "-E", "UTF8",
		"--no-sync")
	require.NoError(t, err)
	require.NoError(t, first.start())
	first.exec(t, "postgres", "CREATE DATABASE test")
	require.NoError(t, p.addStandby())
	return p
}

// postgresPrograms returns the folder with the programs of the newest PostgreSQL.
func postgresPrograms(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	require.NoError(t, err)
	require.NotEmpty(t, found, "PostgreSQL is not installed")
	version := func(folder string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
		return n
	}
	return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
}

func (p *pair) program(name string) string { return filepath.Join(p.bin, name) }

func (p *pair) standby() *member { return p.nodes[1-p.primary] }

// start starts a server and waits until it answers. Its shared memory is in its
// folder, so that nothing stays when it is killed.
func (m *member) start() error {
	s, err := serve("postgres", m.data+".log", syscall.SIGQUIT, m.pair.program("postgres"), "-D", m.data,
		"-p", strconv.Itoa(m.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "synchronous_commit=remote_apply", "-c", "dynamic_shared_memory_type=mmap", "-c", "shared_buffers=32MB",
		"-c", "max_connections=100", "-c", "hot_standby_feedback=on")
	if err != nil {
		return err
	}
	m.server = s
	return s.await(func() error {
		_, err := m.ask("SELECT 1")
		return err
	})
}

// addStandby copies the primary to the other server, and returns when each write
// waits for it.
func (p *pair) addStandby() error {
	primary, standby := p.nodes[p.primary], p.standby()
	if err := os.RemoveAll(standby.data); err != nil {
		return err
	}
	if err := makeFolder("postgres", standby.data); err != nil {
		return err
	}
	_, err := run("postgres", p.program("pg_basebackup"), "-D", standby.data, "-R", "-c", "fast", "--no-sync",
		"-d", fmt.Sprintf("host=127.0.0.1 port=%d user=root application_name=standby", primary.port))
	if err != nil {
		return err
	}
	if err := standby.start(); err != nil {
		return err
	}
	for _, statement := range []string{
		"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()",
	} {
		if err := primary.execute("postgres", statement); err != nil {
			return err
		}
	}
	return poll(func() error {
		const query = "SELECT COALESCE(MAX(sync_state), '') FROM pg_stat_replication WHERE state = 'streaming'"
		state, err := primary.ask(query)
		if err == nil && state != "sync" {
			err = errors.New("the standby is not synchronous: " + state)
		}
		return err
	})
}

// crash kills the primary. It does not come back.
func (p *pair) crash() { p.nodes[p.primary].stop(syscall.SIGQUIT) }

// promote makes the standby the primary. It waits for no standby until there is one
// again.
func (p *pair) promote() error {
	p.primary = 1 - p.primary
	_, err := run("postgres", p.program("pg_ctl"), "-D", p.nodes[p.primary].data, "-w", "promote")
	return err
}

// dsn returns the data source name of a server.
func (m *member) dsn(params ...string) string {
	params = append(params, "sslmode=disable")
	return fmt.Sprintf("postgres://root@127.0.0.1:%d/test?%s", m.port, strings.Join(params, "&"))
}

// on returns the place at a server.
func (m *member) on(params ...string) place {
	return place{driver: "pgx", dialect: sqlstore.PostgreSQL, dsn: m.dsn(params...)}
}

// onPrimary returns the place at the server of a pair that is the primary.
func (p *pair) onPrimary() place {
	dsn := fmt.Sprintf("postgres://root@127.0.0.1:%d,127.0.0.1:%d/test?sslmode=disable&target_session_attrs=read-write",
		p.nodes[0].port, p.nodes[1].port)
	return place{driver: "pgx", dialect: sqlstore.PostgreSQL, dsn: dsn}
}

func (m *member) open(database string) (*sql.DB, error) {
	return sql.Open("pgx", fmt.Sprintf("postgres://root@127.0.0.1:%d/%s?sslmode=disable", m.port, database))
}

// ask reads one text, over a connection of its own.
func (m *member) ask(query string) (string, error) {
	db, err := m.open("postgres")
	if err != nil {
		return "", err
	}
	defer db.Close()
	var text string
	err = db.QueryRow(query).Scan(&text)
	return text, err
}

func (m *member) execute(database, statement string) error {
	db, err := m.open(database)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

func (m *member) exec(t testing.TB, database, statement string) {
	t.Helper()
	require.NoError(t, m.execute(database, statement), statement)
}
