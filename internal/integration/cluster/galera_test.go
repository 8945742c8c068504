//go:build linux

package cluster_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const galeraLibrary = "/usr/lib/galera/libgalera_smm.so"

// galera is a MariaDB Galera cluster of three nodes.
type galera struct {
	folder string
	nodes  [3]*node
}

// node is a node of a galera.
type node struct {
	cluster *galera
	name    string

	port, group, ist, sst int

	*server // nil before the first start
}

// newGalera starts a cluster that ends with the test.
func newGalera(t testing.TB) *galera {
	t.Helper()
	g := &galera{folder: newFolder(t)}
	t.Cleanup(func() {
		for _, n := range g.nodes {
			n.stop(syscall.SIGKILL)
		}
	})
	for i := range g.nodes {
		g.nodes[i] = &node{cluster: g, name: fmt.Sprintf("node%d", i+1),
			port: newPort(), group: newPort(), ist: newPort(), sst: newPort()}
	}
	for i, n := range g.nodes {
		require.NoError(t, makeFolder("mysql", n.data()))
		if i == 0 {
			_, err := run("mysql", "mariadb-install-db", "--no-defaults", "--datadir="+n.data(),
				"--auth-root-authentication-method=normal", "--skip-test-db")
			require.NoError(t, err)
			require.NoError(t, n.start("--wsrep-new-cluster"))
			n.exec(t, "CREATE DATABASE test CHARACTER SET utf8mb4")
			continue
		}
		require.NoError(t, n.start())
	}
	return g
}

func (n *node) data() string { return filepath.Join(n.cluster.folder, n.name) }

func (n *node) file(suffix string) string { return n.data() + "." + suffix }

// options are the settings of the server.
func (n *node) options() []string {
	var members []string
	for _, other := range n.cluster.nodes {
		members = append(members, address(other.group))
	}
	return []string{
		"mariadbd", "--no-defaults", "--datadir=" + n.data(), "--socket=" + filepath.Join(n.data(), "socket"),
		"--pid-file=" + filepath.Join(n.data(), "pid"), "--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", n.port),
		"--skip-name-resolve", "--performance-schema=OFF", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=16M",
		"--default-storage-engine=InnoDB", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
		"--wsrep-on=ON", "--wsrep-provider=" + galeraLibrary, "--wsrep-cluster-name=transfertoken",
		"--wsrep-cluster-address=gcomm://" + strings.Join(members, ","), "--wsrep-node-name=" + n.name,
		"--wsrep-node-address=" + address(n.group), "--wsrep-slave-threads=2",
		"--wsrep-sst-method=rsync", "--wsrep-sst-receive-address=" + address(n.sst),
		fmt.Sprintf("--wsrep-provider-options=gmcast.listen_addr=tcp://%s;ist.recv_addr=%s;gcache.size=32M",
			address(n.group), address(n.ist)),
	}
}

// launch starts the server and does not wait until it is ready.
func (n *node) launch(more ...string) error {
	s, err := serve("mysql", n.file("log"), syscall.SIGKILL, append(n.options(), more...)...)
	if err == nil {
		n.server = s
	}
	return err
}

// start starts the server and waits until it is a ready member of the cluster.
func (n *node) start(more ...string) error {
	if err := n.launch(more...); err != nil {
		return err
	}
	return n.awaitReady()
}

func (n *node) awaitReady() error {
	return n.await(func() error {
		var name, ready string
		err := n.ask("SHOW STATUS LIKE 'wsrep_ready'", &name, &ready)
		if err == nil && ready != "ON" {
			err = errors.New("wsrep_ready is " + ready)
		}
		return err
	})
}

var recoveredPosition = regexp.MustCompile(`Recovered position: (\S+)`)

// rejoin starts the server after it was killed. It goes on from the last transaction
// that its tables have.
func (n *node) rejoin() error {
	output, err := run("mysql", append(n.options(), "--wsrep-recover")...)
	if err != nil {
		return err
	}
	match := recoveredPosition.FindStringSubmatch(output)
	if match == nil {
		return errors.New("no position in: " + output)
	}
	return n.launch("--wsrep-start-position=" + match[1])
}

// dsn returns the data source name of the node, with parameters such as
// "wsrep_sync_wait=3".
func (n *node) dsn(params ...string) string {
	return "root@tcp(" + address(n.port) + ")/test?" + strings.Join(params, "&")
}

// ask reads one row, over a connection of its own that waits for no other node.
func (n *node) ask(query string, into ...any) error {
	db, err := sql.Open("mysql", "root@tcp("+address(n.port)+")/?timeout=5s&readTimeout=60s")
	if err != nil {
		return err
	}
	defer db.Close()
	return db.QueryRow(query).Scan(into...)
}

// exec executes a statement over a connection of its own.
func (n *node) exec(t testing.TB, statement string) {
	t.Helper()
	db, err := sql.Open("mysql", "root@tcp("+address(n.port)+")/?timeout=5s&readTimeout=60s")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec(statement)
	require.NoError(t, err, statement)
}

// detectDeathWithin sets how soon the nodes give up one that does not answer. The
// default is 5 seconds.
func (g *galera) detectDeathWithin(t testing.TB, suspect, inactive string) {
	t.Helper()
	for _, n := range g.nodes {
		n.exec(t, "SET GLOBAL wsrep_provider_options = 'evs.inactive_timeout="+inactive+";evs.suspect_timeout="+suspect+"'")
	}
}
