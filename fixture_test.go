package transfertoken_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

const (
	testSalt  transfertoken.Salt = "the current salt of these tests"
	otherSalt transfertoken.Salt = "another salt of these tests"
	thirdSalt transfertoken.Salt = "a third salt of these tests"
)

// start is the time at which the clock of a fixture starts.
var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// fixture is a service on a memory store that a spy watches.
type fixture struct {
	*transfertoken.TokenService
	spy   *spyStore
	clock *tokentest.Clock

	mu     sync.Mutex
	events []transfertoken.Event
}

func newFixture(t testing.TB, opts *transfertoken.Options) *fixture {
	t.Helper()
	return newFixtureOn(t, transfertoken.NewMemoryStore(), testSalt, opts)
}

// newFixtureOn returns a fixture on a store that others may share.
func newFixtureOn(t testing.TB, store transfertoken.Store, salt transfertoken.Salt,
	opts *transfertoken.Options) *fixture {
	t.Helper()
	f := &fixture{spy: &spyStore{Store: store}, clock: new(tokentest.Clock)}
	f.clock.Set(start)
	if opts == nil {
		opts = &transfertoken.Options{}
	}
	if opts.Now == nil {
		opts.Now = f.clock.Now
	}
	opts.OnEvent = func(_ context.Context, e transfertoken.Event) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.events = append(f.events, e)
	}
	var err error
	f.TokenService, err = transfertoken.New(f.spy, salt, opts)
	require.NoError(t, err)
	return f
}

// issue creates a token and returns it with its secret.
func (f *fixture) issue(t testing.TB, name string, p transfertoken.Permissions,
	l transfertoken.Lifespan) (transfertoken.Token, string) {
	t.Helper()
	issued, err := f.Create(t.Context(), transfertoken.NewToken{Name: name, Permissions: p, Lifespan: l})
	require.NoError(t, err)
	return issued.Token, issued.Secret.Reveal()
}

// suspend suspends a token, or lifts that.
func (f *fixture) suspend(t testing.TB, id uuid.UUID, suspended bool) {
	t.Helper()
	token, err := f.Update(t.Context(), id, transfertoken.Changes{Suspended: &suspended})
	require.NoError(t, err)
	require.Equal(t, suspended, token.Suspended)
}

// authorize returns the error of Authorize, and checks that the Grant fits it.
func (f *fixture) authorize(t testing.TB, secret string, need transfertoken.Permissions) error {
	t.Helper()
	grant, err := f.Authorize(t.Context(), secret, need)
	if err != nil {
		require.Equal(t, transfertoken.Grant{}, grant, "an error comes with the zero Grant")
	} else {
		require.True(t, grant.Token.Permissions.Has(need))
	}
	return err
}

// takeEvents returns the events since the last call.
func (f *fixture) takeEvents() []transfertoken.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	events := f.events
	f.events = nil
	return events
}

// kinds returns the kinds of the events since the last call.
func (f *fixture) kinds() []transfertoken.EventKind {
	var kinds []transfertoken.EventKind
	for _, e := range f.takeEvents() {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// errStore is the failure of a spyStore.
var errStore = errors.New("disk on fire")

// spyStore records the calls to a Store, and can fail them.
type spyStore struct {
	transfertoken.Store

	mu      sync.Mutex
	calls   []string
	digests [][]transfertoken.Digest // arguments of FindByDigest
	before  func(call string) error  // if not nil, called first; its error replaces the call
	after   func(call string) error  // if not nil, called last; its error is returned although the call was made
}

// takeCalls returns the names of the calls since the last takeCalls.
func (s *spyStore) takeCalls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// hook sets the functions that can fail a call. nil removes them.
func (s *spyStore) hook(before, after func(call string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after = before, after
}

func (s *spyStore) watch(call string, do func() error) error {
	s.mu.Lock()
	s.calls = append(s.calls, call)
	before, after := s.before, s.after
	s.mu.Unlock()
	if before != nil {
		if err := before(call); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	if after != nil {
		return after(call)
	}
	return nil
}

func (s *spyStore) Create(ctx context.Context, r transfertoken.Record) error {
	return s.watch("Create", func() error { return s.Store.Create(ctx, r) })
}

func (s *spyStore) Get(ctx context.Context, id uuid.UUID) (r transfertoken.Record, err error) {
	err = s.watch("Get", func() error { r, err = s.Store.Get(ctx, id); return err })
	return r, err
}

func (s *spyStore) FindByDigest(ctx context.Context,
	digests []transfertoken.Digest) (r transfertoken.Record, err error) {
	s.mu.Lock()
	s.digests = append(s.digests, slices.Clone(digests))
	s.mu.Unlock()
	err = s.watch("FindByDigest", func() error { r, err = s.Store.FindByDigest(ctx, digests); return err })
	return r, err
}

func (s *spyStore) List(ctx context.Context, opts transfertoken.ListOptions) (page []transfertoken.Record, err error) {
	err = s.watch("List", func() error { page, err = s.Store.List(ctx, opts); return err })
	return page, err
}

func (s *spyStore) Update(ctx context.Context, r transfertoken.Record) error {
	return s.watch("Update", func() error { return s.Store.Update(ctx, r) })
}

func (s *spyStore) Rekey(ctx context.Context, id uuid.UUID, from, to transfertoken.Digest, saltID string) error {
	return s.watch("Rekey", func() error { return s.Store.Rekey(ctx, id, from, to, saltID) })
}

func (s *spyStore) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	return s.watch("Touch", func() error { return s.Store.Touch(ctx, id, at) })
}

func (s *spyStore) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	return s.watch("Delete", func() error { return s.Store.Delete(ctx, id, revision) })
}

// fieldsOf returns the fields that err, a *ValidationError, names.
func fieldsOf(t testing.TB, err error) []string {
	t.Helper()
	require.ErrorIs(t, err, transfertoken.ErrInvalid)
	var validation *transfertoken.ValidationError
	require.ErrorAs(t, err, &validation)
	var fields []string
	for _, f := range validation.Fields {
		require.NotEmpty(t, f.Problem)
		require.Contains(t, err.Error(), f.Field+" "+f.Problem)
		fields = append(fields, f.Field)
	}
	return fields
}

func ptr[T any](v T) *T { return &v }
