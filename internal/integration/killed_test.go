package integration

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

func TestKilledProcessLosesNothingThatItAcknowledged(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		salt := transfertoken.GenerateSalt()
		tbl.service(t, salt, nil) // makes the table
		done := 0
		for n := range repetitions(50) {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				book := killChild(t, tbl, salt, fmt.Sprintf("child-%d", n))
				done += book.done
				db := tbl.openDB(t)
				for _, id := range book.sessions {
					tbl.awaitSessionEnd(t, db, id)
				}
				store := tbl.storeOver(t, db)
				requireWhole(t, store)
				book.check(t, newService(t, store, salt, nil))
			})
		}
		t.Logf("%d operations were acknowledged", done)
	})
}

// killChild starts a child, kills it at a random moment, and returns the operations
// that it had acknowledged.
func killChild(t *testing.T, tbl testTable, salt transfertoken.Salt, prefix string) *ledger {
	t.Helper()
	text, err := json.Marshal(job{tbl.driver, tbl.dialect, tbl.dsn, tbl.table, []byte(salt), prefix})
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	var book ledger
	victim := 1 + rand.IntN(60)
	kill := func() { cmd.Process.Kill() }
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break // the last line may be incomplete
		}
		var r report
		require.NoError(t, json.Unmarshal(line, &r))
		book.enter(t, r)
		if book.done == victim && r.Done {
			time.AfterFunc(time.Duration(rand.IntN(4000))*time.Microsecond, kill)
		}
	}
	require.Error(t, cmd.Wait(), "the child must not end by itself")
	return &book
}

// requireWhole fails the test if a row is not the result of whole operations of a
// child.
func requireWhole(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	records, err := store.List(t.Context(), transfertoken.ListOptions{Limit: 1000})
	require.NoError(t, err)
	saltIDs := make(map[string]bool)
	for _, r := range records {
		want := childToken(r.Name)
		require.Equal(t, want, transfertoken.NewToken{
			Name: r.Name, Description: r.Description, Permissions: r.Permissions, Lifespan: r.Lifespan,
			CreatedBy: r.CreatedBy,
		})
		require.NotEqual(t, uuid.Nil, r.ID)
		require.Len(t, r.Hint, 6)
		require.Positive(t, r.Revision)
		require.False(t, r.UpdatedAt.Before(r.CreatedAt))
		require.False(t, r.ExpiresAt.Before(r.CreatedAt.Add(30*24*time.Hour)))
		found, err := store.FindByDigest(t.Context(), []transfertoken.Digest{r.Digest})
		require.NoError(t, err)
		require.Equal(t, r, found)
		saltIDs[r.SaltID] = true
	}
	require.LessOrEqual(t, len(saltIDs), 1)
}
