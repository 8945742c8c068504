package tokentest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// Salt is the salt of every Service. Everybody knows it: never configure it.
const Salt transfertoken.Salt = "tokentest: known to everybody"

// Service is a TokenService on a store in memory, with a clock that only the
// test moves. Make one with [NewService]. Give the TokenService in it to the
// code under test.
//
// Methods that take a TB end the test if they fail.
type Service struct {
	*transfertoken.TokenService
	Clock *Clock

	store *failingStore
}

// NewService returns a service with the salt [Salt]. Its clock shows the present
// time, in milliseconds, and stands still.
//
// opts are those of transfertoken.New; nil stands for its defaults. Now is set
// to the clock.
func NewService(tb TB, opts *transfertoken.Options) *Service {
	tb.Helper()
	svc := &Service{
		Clock: &Clock{now: time.Now().UTC().Truncate(time.Millisecond)},
		store: &failingStore{memory: transfertoken.NewMemoryStore()},
	}
	var settings transfertoken.Options
	if opts != nil {
		settings = *opts
	}
	settings.Now = svc.Clock.Now
	var err error
	if svc.TokenService, err = transfertoken.New(svc.store, Salt, &settings); err != nil {
		tb.Fatalf("tokentest: new service: %v", err)
	}
	return svc
}

// Issue makes a token with these permissions and lifespan, which starts at the
// time of the clock, and a name of its own. The token is deleted at the end of the
// test, if it is still there, whatever state the service is in.
func (s *Service) Issue(tb TB, p transfertoken.Permissions, l transfertoken.Lifespan) transfertoken.Issued {
	tb.Helper()
	issued, err := s.Create(context.Background(), transfertoken.NewToken{
		Name:        fmt.Sprintf("%v %v %d", p, l, s.store.issued.Add(1)),
		Description: "issued by tokentest",
		Permissions: p,
		Lifespan:    l,
		CreatedBy:   "tokentest",
	})
	if err != nil {
		tb.Fatalf("tokentest: issue token: %v", err)
	}
	tb.Cleanup(func() {
		err := s.store.memory.Delete(context.Background(), issued.Token.ID, transfertoken.AnyRevision)
		if err != nil && !errors.Is(err, transfertoken.ErrNotFound) {
			tb.Logf("tokentest: clean up token: %v", err)
		}
	})
	return issued
}

// Expire moves the clock to the end of the token, unless it is past that. Other
// tokens expire with it if their end is not later. The lifespan of the token must be
// limited.
func (s *Service) Expire(tb TB, id uuid.UUID) {
	tb.Helper()
	token, err := s.Get(context.Background(), id)
	if err != nil {
		tb.Fatalf("tokentest: expire token: %v", err)
	}
	if token.ExpiresAt.IsZero() {
		tb.Fatalf("tokentest: expire token: its lifespan is %v", token.Lifespan)
	}
	if !token.Expired(s.Clock.Now()) {
		s.Clock.Set(token.ExpiresAt)
	}
}

// Revoke deletes the token.
func (s *Service) Revoke(tb TB, id uuid.UUID) {
	tb.Helper()
	if err := s.Delete(context.Background(), id, transfertoken.AnyRevision); err != nil {
		tb.Fatalf("tokentest: revoke token: %v", err)
	}
}

// Suspend suspends the token. An Update with Suspended false lifts that.
func (s *Service) Suspend(tb TB, id uuid.UUID) {
	tb.Helper()
	suspended := true
	if _, err := s.Update(context.Background(), id, transfertoken.Changes{Suspended: &suspended}); err != nil {
		tb.Fatalf("tokentest: suspend token: %v", err)
	}
}

// Narrow changes what the token grants to p.
func (s *Service) Narrow(tb TB, id uuid.UUID, p transfertoken.Permissions) {
	tb.Helper()
	if _, err := s.Update(context.Background(), id, transfertoken.Changes{Permissions: &p}); err != nil {
		tb.Fatalf("tokentest: narrow token: %v", err)
	}
}

// Fail makes every call of the store fail with err. Fail(nil) ends that. Transfers
// that are under way at a Server are cut off only after some time.
func (s *Service) Fail(err error) { s.store.fail(err) }

// A Clock stands still until it is moved. The zero Clock shows the zero time. It
// must not be copied and is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to t, forward or back.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves the clock by d, back if d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// failingStore is a store in memory that fails on request.
type failingStore struct {
	memory  *transfertoken.MemoryStore
	failure atomic.Pointer[error] // nil: works
	issued  atomic.Int64          // tokens that Issue made, for their names
}

var _ transfertoken.Store = (*failingStore)(nil)

func (s *failingStore) fail(err error) {
	if err == nil {
		s.failure.Store(nil)
		return
	}
	s.failure.Store(&err)
}

func (s *failingStore) err() error {
	if failure := s.failure.Load(); failure != nil {
		return *failure
	}
	return nil
}

func (s *failingStore) Create(ctx context.Context, r transfertoken.Record) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Create(ctx, r)
}

func (s *failingStore) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	if err := s.err(); err != nil {
		return transfertoken.Record{}, err
	}
	return s.memory.Get(ctx, id)
}

func (s *failingStore) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record, error) {
	if err := s.err(); err != nil {
		return transfertoken.Record{}, err
	}
	return s.memory.FindByDigest(ctx, digests)
}

func (s *failingStore) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	if err := s.err(); err != nil {
		return nil, err
	}
	return s.memory.List(ctx, opts)
}

func (s *failingStore) Update(ctx context.Context, r transfertoken.Record) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Update(ctx, r)
}

func (s *failingStore) Rekey(ctx context.Context, id uuid.UUID, from, to transfertoken.Digest, saltID string) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Rekey(ctx, id, from, to, saltID)
}

func (s *failingStore) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Touch(ctx, id, at)
}

func (s *failingStore) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Delete(ctx, id, revision)
}
