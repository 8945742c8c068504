package transfertoken_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// population is a memory store with many tokens, and the secrets of some of them.
type population struct {
	store            *transfertoken.MemoryStore
	full, pull, week []string // secrets, by permissions or lifespan
	digests          map[transfertoken.Digest]*transfertoken.Record
}

const presentedOfAKind = 300

// populations maps a number of tokens to a func() *population.
var populations sync.Map

func populate(b *testing.B, tokens int) *population {
	b.Helper()
	made, _ := populations.LoadOrStore(tokens, sync.OnceValue(func() *population {
		p := &population{
			store:   transfertoken.NewMemoryStore(),
			digests: make(map[transfertoken.Digest]*transfertoken.Record, tokens),
		}
		svc, err := transfertoken.New(p.store, testSalt, nil)
		require.NoError(b, err)
		issue := func(
			kind string, permissions transfertoken.Permissions, lifespan transfertoken.Lifespan, count int,
		) []string {
			var secrets []string
			for i := range count {
				issued, err := svc.Create(
					b.Context(),
					transfertoken.NewToken{
						Name:        kind + " " + strconv.Itoa(i),
						Permissions: permissions,
						Lifespan:    lifespan,
					},
				)
				require.NoError(b, err)
				if i < presentedOfAKind {
					secrets = append(secrets, issued.Secret.Reveal())
				}
			}
			return secrets
		}
		p.full = issue("full", transfertoken.FullAccess, transfertoken.Unlimited, presentedOfAKind)
		p.pull = issue("pull", transfertoken.Pull, transfertoken.Unlimited, presentedOfAKind)
		p.week = issue("week", transfertoken.FullAccess, transfertoken.Days7, tokens-2*presentedOfAKind)
		page := transfertoken.ListOptions{Limit: 1000}
		for len(p.digests) < tokens {
			records, err := p.store.List(b.Context(), page)
			require.NoError(b, err)
			for i := range records {
				p.digests[records[i].Digest] = &records[i]
			}
			page.After = records[len(records)-1].ID
		}
		return p
	}))
	return made.(func() *population)()
}

// service returns a service on p whose clock is ahead by that much.
func (p *population) service(b *testing.B, ahead time.Duration,
	others ...transfertoken.Salt) *transfertoken.TokenService {
	b.Helper()
	opts := &transfertoken.Options{OtherSalts: others}
	if ahead != 0 {
		opts.Now = func() time.Time { return time.Now().Add(ahead) }
	}
	svc, err := transfertoken.New(p.store, testSalt, opts)
	require.NoError(b, err)
	return svc
}

// floor returns the cheapest check of a secret against keyed digests: an
// HMAC-SHA-512 with a reused state and one look-up in a map.
func (p *population) floor() func(secret string) bool {
	mac := hmac.New(sha512.New, []byte(testSalt))
	var text []byte
	var digest transfertoken.Digest
	return func(secret string) bool {
		text = append(text[:0], secret...)
		mac.Reset()
		mac.Write(text)
		mac.Sum(digest[:0])
		return p.digests[digest] != nil
	}
}

func authorizer(svc *transfertoken.TokenService, need transfertoken.Permissions) func(secret string) bool {
	return func(secret string) bool {
		_, err := svc.Authorize(context.Background(), secret, need)
		return err == nil
	}
}

var sizes = []int{1_000, 1_000_000}

func BenchmarkAuthorize(b *testing.B) {
	unknown := make([]string, presentedOfAKind)
	for i := range unknown {
		content := fmt.Sprintf("xfer_%043d", i)
		unknown[i] = content + checksumOf(content)
	}
	malformed := []string{unknown[0][:53] + "x"}
	for _, tokens := range sizes {
		b.Run(fmt.Sprintf("tokens=%d", tokens), func(b *testing.B) {
			p := populate(b, tokens)
			now, later, rotating := p.service(b, 0), p.service(b, 8*24*time.Hour), p.service(b, 0, otherSalt, thirdSalt)
			for _, row := range []struct {
				name    string
				svc     *transfertoken.TokenService
				secrets []string
				need    transfertoken.Permissions
				want    bool
			}{
				{"accepted", now, p.full, transfertoken.Push, true},
				{"accepted-3-salts", rotating, p.full, transfertoken.Push, true},
				{"wrong-scope", now, p.pull, transfertoken.Push, false},
				{"expired", later, p.week, transfertoken.Push, false},
				{"unknown", now, unknown, transfertoken.Push, false},
				{"unknown-3-salts", rotating, unknown, transfertoken.Push, false},
				{"malformed", now, malformed, transfertoken.Push, false},
			} {
				newCheck := func() func(string) bool { return authorizer(row.svc, row.need) }
				b.Run(row.name, func(b *testing.B) { benchmarkCheck(b, row.secrets, row.want, newCheck) })
			}
		})
	}
}

// benchmarkCheck times a check of the secrets in turn, on one and on all cores.
func benchmarkCheck(b *testing.B, secrets []string, want bool, newCheck func() func(string) bool) {
	b.Run("serial", func(b *testing.B) {
		b.ReportAllocs()
		check := newCheck()
		for i := 0; b.Loop(); i++ {
			if check(secrets[i%len(secrets)]) != want {
				b.Fatal("wrong answer")
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			check := newCheck()
			for i := 0; pb.Next(); i++ {
				if check(secrets[i%len(secrets)]) != want {
					b.Error("wrong answer")
					return
				}
			}
		})
	})
}

// BenchmarkAuthorizeOverFloor runs the floor and Authorize in turns, so that other
// load on the machine slows both. It reports how many floors an Authorize costs on
// one core (x-floor), and how its gain from all cores compares with the floor's
// gain (of-floor-scaling, where 1 is equal).
func BenchmarkAuthorizeOverFloor(b *testing.B) {
	for _, tokens := range sizes {
		b.Run(fmt.Sprintf("tokens=%d", tokens), func(b *testing.B) {
			p := populate(b, tokens)
			svc := p.service(b, 0)
			newAuthorizer := func() func(string) bool { return authorizer(svc, transfertoken.Push) }
			cores := runtime.GOMAXPROCS(0)
			var cost, scaling []float64
			for b.Loop() {
				floor, all := p.together(1, p.floor), p.together(cores, p.floor)
				authorize, allAuthorize := p.together(1, newAuthorizer), p.together(cores, newAuthorizer)
				cost = append(cost, authorize/floor)
				scaling = append(scaling, authorize/allAuthorize/(floor/all))
			}
			b.ReportMetric(median(cost), "x-floor")
			b.ReportMetric(median(scaling), "of-floor-scaling")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// together returns the time of one check while that many workers make checks.
func (p *population) together(workers int, newCheck func() func(string) bool) float64 {
	const checks = 20_000
	var wrong atomic.Bool
	var ready, done sync.WaitGroup
	ready.Add(workers + 1)
	for range workers {
		done.Go(func() {
			check := newCheck()
			ready.Done()
			ready.Wait()
			for i := range checks {
				if !check(p.full[i%len(p.full)]) {
					wrong.Store(true)
				}
			}
		})
	}
	ready.Done()
	begin := time.Now()
	done.Wait()
	if wrong.Load() {
		panic("wrong answer")
	}
	return float64(time.Since(begin)) / float64(checks*workers)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func BenchmarkCreate(b *testing.B) {
	svc := (&population{store: transfertoken.NewMemoryStore()}).service(b, 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, err := svc.Create(
			b.Context(),
			transfertoken.NewToken{
				Name:        strconv.Itoa(i),
				Permissions: transfertoken.Push,
				Lifespan:    transfertoken.Days7,
			},
		)
		require.NoError(b, err)
	}
}

func BenchmarkRegenerate(b *testing.B) {
	svc := (&population{store: transfertoken.NewMemoryStore()}).service(b, 0)
	issued, err := svc.Create(b.Context(),
		transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := svc.Regenerate(b.Context(), issued.Token.ID, transfertoken.AnyRevision)
		require.NoError(b, err)
	}
}
