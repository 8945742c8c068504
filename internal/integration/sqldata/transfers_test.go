package sqldata_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// sampleOf returns data of the types of an instance.
func sampleOf(t testing.TB, x *sqldata.Instance, n int) *transfertest.Snapshot {
	t.Helper()
	schemas, err := begin(t, x).Schemas(t.Context())
	require.NoError(t, err)
	return transfertest.Generate(schemas, n)
}

// begin returns a destination that is rolled back at the end of the test.
func begin(t testing.TB, x *sqldata.Instance) datatransfer.Destination {
	t.Helper()
	dst, err := x.Destination(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, dst.Rollback(context.WithoutCancel(t.Context()))) })
	return dst
}

// push replaces all data.
func push(t testing.TB, x *sqldata.Instance, data *transfertest.Snapshot) {
	t.Helper()
	require.NoError(t, tryPush(t, x, data, datatransfer.Scope{}))
}

func tryPush(t testing.TB, x *sqldata.Instance, data *transfertest.Snapshot, scope datatransfer.Scope) error {
	t.Helper()
	_, err := datatransfer.Run(t.Context(), data.Source(), begin(t, x), &datatransfer.Options{Scope: scope})
	return err
}

// open returns a source that is closed at the end of the test.
func open(t testing.TB, x *sqldata.Instance) datatransfer.Source {
	t.Helper()
	src, err := x.Source(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, src.Close()) })
	return src
}

func read(t testing.TB, x *sqldata.Instance) *transfertest.Snapshot {
	t.Helper()
	src := open(t, x)
	data, err := transfertest.ReadSnapshot(t.Context(), src)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	return data
}

// requireHolds fails unless the instance has the data.
func requireHolds(t testing.TB, x *sqldata.Instance, data *transfertest.Snapshot) {
	t.Helper()
	transfertest.RequireEquivalent(t, data.Source(), read(t, x).Source())
}
