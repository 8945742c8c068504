package sqldata_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// childVariable holds the task of a process that a test starts and kills.
const childVariable = "TRANSFERTOKEN_TEST_SQLDATA_CHILD"

// A task says which tables and files a child has, and what it does. The zero Role transfers for ever.
type task struct {
	Role                              role
	Driver, Dialect, DSN, Prefix, Dir string
	URL, Token                        string // of a server, if the Role is a client
}

// TestChild is the process that is killed. It writes a line for each thing that it has done.
func TestChild(t *testing.T) {
	var job task
	text := os.Getenv(childVariable)
	if text == "" { // other tests start it, in a process of its own
		return
	}
	require.NoError(t, json.Unmarshal([]byte(text), &job))
	db, err := sql.Open(job.Driver, job.DSN)
	require.NoError(t, err)
	d := &database{backend{driver: job.Driver, dialect: sqldata.Dialect(job.Dialect)}, db, job.Prefix, job.DSN}
	if job.Role != "" {
		job.Role.play(t, d, job)
		return
	}
	x := d.instance(t, d.shopConfig(job.Dir))
	for n := 0; ; n++ {
		data := sampleOf(t, x, n%2+1)
		_, err := datatransfer.Run(t.Context(), data.Source(), begin(t, x), &datatransfer.Options{
			OnProgress: func(p datatransfer.Progress) { fmt.Println("child:", p.Stage, p.Records) },
		})
		require.NoError(t, err)
		fmt.Println("child: committed")
	}
}

// task returns the task to transfer for ever.
func (d *database) task(dir string) task {
	return task{Driver: d.driver, Dialect: string(d.dialect), DSN: d.source, Prefix: d.prefix, Dir: dir}
}

// TestKilledProcessLeavesOldOrNew kills it after a number of lines that grows, so that it dies in every stage.
func TestKilledProcessLeavesOldOrNew(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x := d.instance(t, d.shopConfig(dir))
		push(t, x, sampleOf(t, x, 1))
		job, err := json.Marshal(d.task(dir))
		require.NoError(t, err)
		for lines := 1; lines <= 10; lines++ {
			child := exec.Command(os.Args[0], "-test.run=^TestChild$")
			child.Env = append(os.Environ(), childVariable+"="+string(job))
			output, err := child.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, child.Start())
			scanner := bufio.NewScanner(output)
			var last string
			for seen := 0; seen < lines && scanner.Scan(); seen++ {
				last = scanner.Text()
				require.True(t, strings.HasPrefix(last, "child:"), "the child failed: %s", last)
			}
			require.NotEmpty(t, last)
			require.NoError(t, child.Process.Kill())
			_ = child.Wait() // it was killed
			require.NoError(t, scanner.Err())

			got, opts := read(t, x), &transfertest.CompareOptions{IgnoreIDs: true}
			one, err := transfertest.Compare(t.Context(), sampleOf(t, x, 1).Source(), got.Source(), opts)
			require.NoError(t, err)
			two, err := transfertest.Compare(t.Context(), sampleOf(t, x, 2).Source(), got.Source(), opts)
			require.NoError(t, err)
			require.True(t, len(one) == 0 || len(two) == 0, "after %d lines: neither\n%s\nnor\n%s", lines, one, two)
		}
		push(t, x, sampleOf(t, x, 3)) // waits until the server has noticed the death
		requireHolds(t, x, sampleOf(t, x, 3))
		require.Len(t, foldersIn(t, dir), 1)
	})
}

// TestTwoProcessesTakeTurns uses two Instances, which know nothing of each other.
func TestTwoProcessesTakeTurns(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x, other := d.instance(t, d.shopConfig(dir)), d.instance(t, d.shopConfig(dir))
		first, second := begin(t, x), begin(t, other)
		data, next := sampleOf(t, x, 1), sampleOf(t, x, 2)
		require.NoError(t, first.Begin(t.Context(), datatransfer.Start{Schemas: data.Schemas}))
		done := make(chan error)
		go func() {
			_, err := datatransfer.Run(t.Context(), next.Source(), second, nil)
			done <- err
		}()
		require.NoError(t, first.WriteEntities(t.Context(), data.Source().Entities(t.Context())))
		require.NoError(t, first.WriteAssets(t.Context(), data.Source().Assets(t.Context())))
		select {
		case err := <-done:
			require.Fail(t, "the second transfer did not wait", "%v", err)
		default:
		}
		require.NoError(t, first.Commit(t.Context()))
		require.NoError(t, <-done)
		requireHolds(t, x, next)
		require.Len(t, foldersIn(t, dir), 1)
	})
}

// TestTransfersOfDifferentTablesTakeTurns holds the lock of the state table alone to account: one
// transfer brings content, the other one settings.
func TestTransfersOfDifferentTablesTakeTurns(t *testing.T) {
	onEachServer(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x, other := d.instance(t, d.shopConfig(dir)), d.instance(t, d.shopConfig(dir))
		schemas := sampleOf(t, x, 1).Schemas
		require.NoError(t, begin(t, x).Begin(t.Context(), datatransfer.Start{
			Schemas: schemas, Scope: datatransfer.Scope{NoCoreStore: true, NoWebhooks: true},
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, begin(t, other).Begin(ctx, datatransfer.Start{
			Schemas: schemas, Scope: datatransfer.Scope{OnlyTypes: []string{}, NoFiles: true},
		}), context.DeadlineExceeded)
	})
}
