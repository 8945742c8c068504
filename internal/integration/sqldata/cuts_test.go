package sqldata_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// The phases of a live transfer, beside its stages.
const (
	phaseBegin  datatransfer.Stage = "begin"
	phaseCommit datatransfer.Stage = "commit"
)

func phases() []datatransfer.Stage {
	return append(append([]datatransfer.Stage{phaseBegin}, datatransfer.Stages()...), phaseCommit)
}

// A misfortune happens in the middle of a transfer.
type misfortune string

const (
	lineIsCut      misfortune = "the line is cut"
	clientIsKilled misfortune = "the client is killed"
	serverIsKilled misfortune = "the server is killed"
	diskIsFull     misfortune = "the disk of the receiver is full"
)

// TestCutTransferLeavesOldOrNew cuts live transfers short after a random byte, as many in each stage and direction as
// TRANSFERTOKEN_TEST_CUTS says.
func TestCutTransferLeavesOldOrNew(t *testing.T) {
	count := repetitions(2, 16)
	if text := os.Getenv("TRANSFERTOKEN_TEST_CUTS"); text != "" {
		var err error
		count, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	testCuts(t, backends[0], count, lineIsCut, clientIsKilled, serverIsKilled, diskIsFull)
}

// TestKilledReceiverLeavesOldOrNew kills the process that receives, with every database.
func TestKilledReceiverLeavesOldOrNew(t *testing.T) {
	for _, b := range backends[1:] {
		t.Run(b.name, func(t *testing.T) {
			b.need(t)
			testCuts(t, b, repetitions(1, 4), "")
		})
	}
}

// testCuts cuts so many transfers in each phase and direction by the misfortunes in turn. The empty misfortune is that
// the receiver is killed.
func testCuts(t *testing.T, b backend, n int, misfortunes ...misfortune) {
	seed := randomSeed(t)
	for _, direction := range []role{rolePush, rolePull} {
		t.Run(string(direction), func(t *testing.T) {
			r := newRoute(t, b, direction)
			for place, phase := range phases() {
				count := n
				if phase == phaseBegin { // nothing has changed yet
					count = (n + 3) / 4
				}
				for i := range count {
					how := misfortunes[(place+i)%len(misfortunes)]
					switch {
					case how == "" && direction == rolePush:
						how = serverIsKilled
					case how == "":
						how = clientIsKilled
					case how == diskIsFull && r.disk == nil:
						how = lineIsCut
					}
					ok := t.Run(fmt.Sprintf("%s/%d", phase, i), func(t *testing.T) {
						r.cut(t, rand.New(rand.NewPCG(seed, uint64(i))), phase, how)
					})
					if !ok {
						return // the next one would begin with what this one left
					}
				}
			}
			t.Logf("of %d transfers, %d were committed", r.cuts, r.commits)
		})
	}
}

// randomSeed returns the seed that TRANSFERTOKEN_TEST_SEED has, or one of its own.
func randomSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("TRANSFERTOKEN_TEST_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("TRANSFERTOKEN_TEST_SEED=%d repeats this", seed)
	return seed
}

// repetitions returns few, or full if TRANSFERTOKEN_TEST_FULL is 1.
func repetitions(few, full int) int {
	if os.Getenv("TRANSFERTOKEN_TEST_FULL") == "1" {
		return full
	}
	return few
}

// A route is transfers in one direction, through a line, from one of two senders with different data.
type route struct {
	direction role
	senders   [2]*end
	servers   [2]server // of the senders, if they serve
	receiver  *end
	server    server // of the receiver, if it serves
	line      *line
	disk      *disk // of the receiver
	expected  [2]expectation
	holds     int // which of the data the receiver has

	cuts, commits int
}

// An expectation is how a transfer from a sender goes, if nothing happens to it.
type expectation struct {
	digest string
	from   map[datatransfer.Stage]bytesPassed // when the phase begins
	to     map[datatransfer.Stage]bytesPassed
	commit time.Duration // how long the commit takes
}

func newRoute(t *testing.T, b backend, direction role) *route {
	r := &route{direction: direction, line: newLine(t), disk: newDisk(t)}
	folder := t.TempDir()
	if r.disk == nil {
		t.Log("no disk is full, because this user cannot mount a small one: lines are cut instead")
	} else {
		folder = r.disk.folder
	}
	r.receiver = newEnd(t, b, folder)
	if direction == rolePush {
		r.server = r.receiver.serve(t)
	}
	for n := range r.senders {
		sender := newEnd(t, backends[0], t.TempDir())
		push(t, sender.Instance, shopData(t, sender, n+1))
		r.senders[n] = sender
		if direction == rolePull {
			r.servers[n] = sender.serve(t)
		}
	}
	temporary, err := os.MkdirTemp(folder, "temporary-")
	require.NoError(t, err)
	t.Setenv("TMPDIR", temporary)
	for _, n := range []int{0, 1, 0} { // the first one may find an empty database, and take longer
		r.measure(t, n)
	}
	require.NotEqual(t, r.expected[0].digest, r.expected[1].digest)
	return r
}

// shopData returns data with several messages for each stage.
func shopData(t testing.TB, e *end, n int) *transfertest.Snapshot {
	t.Helper()
	data := sampleOf(t, e.Instance, n)
	many := manyRows(nil, 52+n)
	for _, entity := range many.Entities {
		entity.ID += "000" // the others have smaller ones
		data.Entities = append(data.Entities, entity)
	}
	for _, l := range many.Links {
		l.Left.Ref += "000"
		l.Right.Ref += "000"
		data.Links = append(data.Links, l)
	}
	data.Configuration = append(data.Configuration, many.Configuration...)
	random := rand.NewChaCha8([32]byte{byte(n)})
	for i := range 5 {
		hash := fmt.Sprintf("big_%d", i)
		data.Entities = append(data.Entities, datatransfer.Entity{
			Type: datatransfer.TypeFile, ID: datatransfer.IntRef(int64(5000 + i)),
			Data: fmt.Appendf(nil, `{"name":"%s","hash":"%s","ext":".bin"}`, hash, hash),
		})
		file := transfertest.File{Name: hash + ".bin", Metadata: []byte(`{}`), Content: make([]byte, 300_000+n)}
		_, _ = random.Read(file.Content)
		data.Files = append(data.Files, file)
	}
	return data
}

// measure lets a transfer through, and notes how it goes.
func (r *route) measure(t *testing.T, n int) {
	t.Helper()
	e := &r.expected[n]
	e.from, e.to = map[datatransfer.Stage]bytesPassed{phaseBegin: {}}, map[datatransfer.Stage]bytesPassed{}
	before := countResources()
	server := r.server
	if r.direction == rolePull {
		server = r.servers[n]
	}
	r.line.reset(server.Address, nil)
	var written time.Time
	require.NoError(t, r.client(n)(t, r.line.url(), server.Token, &datatransfer.Options{
		OnProgress: func(p datatransfer.Progress) {
			switch passed := r.line.count(); {
			case p.Done:
				e.to[p.Stage], e.from[phaseCommit] = passed, passed
				written = time.Now()
			case p.Records == 0 && e.from[p.Stage] == bytesPassed{}:
				e.from[p.Stage] = passed
				if p.Stage == datatransfer.StageEntities {
					e.to[phaseBegin] = passed
				}
			}
		},
	}))
	e.commit = time.Since(written)
	r.line.wait()
	e.to[phaseCommit] = r.line.count()
	before.requireSame(t)
	e.digest = r.receiver.digest(t)
	r.holds = n
}

// client returns the transfer of the client from sender n, in this process.
func (r *route) client(n int) func(t *testing.T, url, token string, opts *datatransfer.Options) error {
	if r.direction == rolePush {
		return func(t *testing.T, url, token string, opts *datatransfer.Options) error {
			return r.senders[n].push(t.Context(), url, token, opts)
		}
	}
	return func(t *testing.T, url, token string, opts *datatransfer.Options) error {
		return r.receiver.pull(t.Context(), url, token, opts)
	}
}

// cut lets a transfer begin, and then a misfortune happen.
func (r *route) cut(t *testing.T, random *rand.Rand, phase datatransfer.Stage, how misfortune) {
	r.cuts++
	n := 1 - r.holds
	before := countResources()
	server, serving := r.server, r.receiver
	if r.direction == rolePull {
		server, serving = r.servers[n], r.senders[n]
	}
	var victim *child
	started := make(chan struct{}) // closed when there is a victim
	if how == serverIsKilled {
		victim = serving.start(t, roleServe, "", "")
		server = victim.server(t)
		close(started)
	}
	happened := make(chan struct{})
	hard := random.IntN(2) == 0
	e := r.expected[n].event(random, phase, r.direction, func() {
		defer close(happened)
		switch how {
		case lineIsCut:
			r.line.cut(hard)
		case diskIsFull:
			r.disk.fill(t)
		default:
			<-started
			victim.kill()
		}
	})
	t.Logf("%s after byte %d %s", how, e.after, [...]string{up: "to the server", down: "to the client"}[e.direction])
	r.line.reset(server.Address, e)

	var err error
	var committed, known bool
	if how == clientIsKilled {
		client := r.senders[n]
		if r.direction == rolePull {
			client = r.receiver
		}
		victim = client.start(t, r.direction, r.line.url(), server.Token)
		close(started)
		var said string
		committed, said = victim.wait()
		require.Empty(t, said, "the child failed by itself")
	} else {
		err = r.client(n)(t, r.line.url(), server.Token, nil)
		committed, known = err == nil, !errors.Is(err, datatransfer.ErrCommitUnknown)
	}
	select {
	case <-happened:
	case <-time.After(time.Minute):
		t.Fatalf("the transfer did not come so far: %v", err)
	}
	if how == serverIsKilled {
		victim.wait()
	}
	r.line.wait()
	before.requireSame(t)

	if how == serverIsKilled && r.direction == rolePush || how == clientIsKilled && r.direction == rolePull {
		r.restart(t)
	}
	if how == diskIsFull {
		r.disk.empty(t)
	}
	r.check(t, n, phase, how, outcome{err, committed, known})
}

// event returns the event that a misfortune happens after a random byte of a phase. In the commit it happens a random
// time after the last byte before it.
func (e expectation) event(random *rand.Rand, phase datatransfer.Stage, direction role, do func()) *event {
	if phase != phaseCommit {
		way := random.IntN(2)
		from, to := e.from[phase][way], e.to[phase][way]
		return &event{way, from + random.Int64N(to-from), do}
	}
	wait := time.Duration(random.Int64N(int64(2 * e.commit)))
	later := func() { time.AfterFunc(wait, do) }
	if direction == rolePush {
		return &event{up, e.from[phase][up] + 1, later}
	}
	return &event{down, e.from[phase][down], later}
}

// restart does what the receiver does when it starts again. A database server may take a moment to notice its death.
func (r *route) restart(t *testing.T) {
	t.Helper()
	require.NoError(t, r.receiver.Migrate(t.Context()))
	for deadline := time.Now().Add(time.Minute); r.receiver.variable != "" && len(foldersIn(t, r.receiver.dir)) > 1; {
		require.True(t, time.Now().Before(deadline), "folders that a killed process left are not removed")
		require.NoError(t, r.receiver.Migrate(t.Context()))
	}
}

// An outcome tells how a transfer ended, as far as the client knows.
type outcome struct {
	err              error
	committed, known bool
}

// check fails unless the receiver holds what it has to hold, and nothing else.
func (r *route) check(t *testing.T, n int, phase datatransfer.Stage, how misfortune, o outcome) {
	t.Helper()
	got := r.receiver.digest(t)
	isNew := got == r.expected[n].digest
	require.True(t, isNew || got == r.expected[r.holds].digest, "neither the old data nor the new")
	if o.committed {
		require.True(t, isNew, "the old data after a commit")
	} else if o.known || phase != phaseCommit {
		require.False(t, isNew, "the new data without a commit: %v", o.err)
	}
	if (how == lineIsCut || how == serverIsKilled) && phase != phaseBegin && phase != phaseCommit {
		require.ErrorIs(t, o.err, remote.ErrInterrupted)
	}
	require.Len(t, foldersIn(t, r.receiver.dir), 1, "folders of files")
	require.Empty(t, foldersIn(t, os.TempDir()), "temporary files")
	if isNew {
		r.holds = n
		r.commits++
	}
}

// resources are those that this process has.
type resources struct{ goroutines, files int }

func countResources() resources {
	files, _ := os.ReadDir("/proc/self/fd") // elsewhere than on Linux none are counted
	return resources{runtime.NumGoroutine(), len(files)}
}

// requireSame waits until the process has no more resources than before.
func (before resources) requireSame(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; <-time.After(time.Millisecond) {
		now := countResources()
		if now.goroutines <= before.goroutines && now.files <= before.files {
			return
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%+v before, %+v after:\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
