package tokentest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// Salt is the salt of every Service. It is no secret: never configure it.
const Salt transfertoken.Salt = "tokentest: known to everybody"

// Service is a TokenService on a store in memory, with a clock that only the
// test moves. Make one with [NewService]. Give the TokenService in it to the
// code under test.
//
// Methods that take a TB end the test if they cannot do what they are told.
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

// Issue makes a token with these permissions and lifespan, which starts at what
// the clock shows, and a name of its own. The token is deleted at the end of the
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

// Expire moves the clock to where the token expires, unless it is past that. It
// takes the other tokens along. The lifespan of the token must be limited.
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

// Narrow changes what the token grants to p.
func (s *Service) Narrow(tb TB, id uuid.UUID, p transfertoken.Permissions) {
	tb.Helper()
	if _, err := s.Update(context.Background(), id, transfertoken.Changes{Permissions: &p}); err != nil {
		tb.Fatalf("tokentest: narrow token: %v", err)
	}
}

// Fail makes every call of the store fail with err, until it is told Fail(nil).
// Transfers that are under way at a Server are cut off only after some time.
func (s *Service) Fail(err error) { s.store.fail(err) }
