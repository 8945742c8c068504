//go:build linux

package cluster_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// notes returns an Instance over one table, with its own connections to a node.
func (n *node) notes(t testing.TB, table string) *sqldata.Instance {
	t.Helper()
	x, err := sqldata.New(n.on("wsrep_sync_wait=7").open(t), sqldata.MySQL, sqldata.Config{
		State: table + "_state",
		Tables: []sqldata.Table{{Type: "api::note.note", Name: table, Columns: []sqldata.Column{
			{Attribute: "title", Type: "string"},
		}}},
	})
	require.NoError(t, err)
	require.NoError(t, x.Migrate(t.Context()))
	return x
}

// testTwoPushes transfers to two nodes at the same time. The lock of one node holds
// up nobody on another, so the first commit wins.
func (g *galera) testTwoPushes(t *testing.T) {
	table := newTable()
	g.nodes[0].exec(t, "CREATE TABLE test."+table+
		" (id BIGINT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(255)) CHARACTER SET utf8mb4")
	here, there := g.nodes[0].notes(t, table), g.nodes[1].notes(t, table)
	first, err := here.Destination(t.Context())
	require.NoError(t, err)
	schemas, err := first.Schemas(t.Context())
	require.NoError(t, err)
	require.NoError(t, first.Rollback(t.Context()))

	for n := range rounds(3, 10) {
		data, other := transfertest.Generate(schemas, 2*n+1), transfertest.Generate(schemas, 2*n+2)
		first, err := here.Destination(t.Context())
		require.NoError(t, err)
		second, err := there.Destination(t.Context())
		require.NoError(t, err)
		start := datatransfer.Start{Schemas: schemas}
		require.NoError(t, first.Begin(t.Context(), start))
		require.NoError(t, second.Begin(t.Context(), start), "the lock is one of the node")
		require.NoError(t, first.WriteEntities(t.Context(), data.Source().Entities(t.Context())))
		require.NoError(t, first.Commit(t.Context()))
		want := g.nodes[0].titles(t, table)
		require.NotEmpty(t, want)
		err = second.WriteEntities(t.Context(), other.Source().Entities(t.Context()))
		if err == nil {
			err = second.Commit(t.Context())
		}
		require.Error(t, err, "the second push must not be committed over the first")
		require.ErrorContains(t, err, "1213")
		t.Logf("the second push: %v", err)
		require.NoError(t, second.Rollback(context.WithoutCancel(t.Context())))
		require.Equal(t, want, g.nodes[0].titles(t, table))
		require.Equal(t, want, g.nodes[1].titles(t, table))
		third, err := there.Destination(t.Context())
		require.NoError(t, err)
		_, err = datatransfer.Run(t.Context(), other.Source(), third, nil)
		require.NoError(t, err)
		require.NotEqual(t, want, g.nodes[0].titles(t, table))
	}
}

// titles returns all rows of a table, as the node sees them.
func (n *node) titles(t testing.TB, table string) string {
	t.Helper()
	var text sql.NullString
	const query = "SELECT GROUP_CONCAT(id, ' ', COALESCE(title, '-') ORDER BY id) FROM "
	require.NoError(t, n.on(causal).open(t).QueryRowContext(t.Context(), query+table).Scan(&text))
	return text.String
}
