package integration

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func newPushToken(name string) transfertoken.NewToken {
	return transfertoken.NewToken{Name: name, Permissions: transfertoken.Push, Lifespan: transfertoken.Days30}
}

func TestOneInstanceRefusesTokensThatAnotherRevoked(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		salt := transfertoken.GenerateSalt()
		here, there := tbl.service(t, salt, nil), tbl.service(t, salt, nil)
		ctx := t.Context()
		issued, err := here.Create(ctx, transfertoken.NewToken{
			Name: "nightly", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days30,
		})
		require.NoError(t, err)
		authorize := func(secret transfertoken.Secret, need transfertoken.Permissions) (transfertoken.Grant, error) {
			return there.Authorize(ctx, secret.Reveal(), need)
		}
		grant, err := authorize(issued.Secret, transfertoken.Push)
		require.NoError(t, err)

		narrowed := transfertoken.Pull
		_, err = here.Update(ctx, issued.Token.ID, transfertoken.Changes{Permissions: &narrowed})
		require.NoError(t, err)
		_, err = authorize(issued.Secret, transfertoken.Push)
		require.ErrorIs(t, err, transfertoken.ErrForbidden)
		require.ErrorIs(t, grant.Recheck(ctx), transfertoken.ErrForbidden)
		grant, err = authorize(issued.Secret, transfertoken.Pull)
		require.NoError(t, err)

		again, err := here.Regenerate(ctx, issued.Token.ID, transfertoken.AnyRevision)
		require.NoError(t, err)
		_, err = authorize(issued.Secret, transfertoken.Pull)
		require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
		require.ErrorIs(t, grant.Recheck(ctx), transfertoken.ErrUnauthorized)
		grant, err = authorize(again.Secret, transfertoken.Pull)
		require.NoError(t, err)

		require.NoError(t, here.Delete(ctx, issued.Token.ID, transfertoken.AnyRevision))
		_, err = authorize(again.Secret, transfertoken.Pull)
		require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
		require.ErrorIs(t, grant.Recheck(ctx), transfertoken.ErrUnauthorized)
	})
}

const racers = 32

func TestOneOfManyCreatesGetsTheName(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		salt := transfertoken.GenerateSalt()
		services := [2]*transfertoken.TokenService{tbl.service(t, salt, nil), tbl.service(t, salt, nil)}
		rounds := repetitions(100)
		for round := range rounds {
			requireOneWinner(t, func(i int) error {
				_, err := services[i%2].Create(t.Context(), newPushToken(fmt.Sprintf("round %d", round)))
				return err
			})
		}
		require.Len(t, names(t, services[0]), rounds)
	})
}

// Each instance ensures the tokens of its configuration when it starts.
func TestOfManyInstancesThatEnsureATokenOneWrites(t *testing.T) {
	const instances = 16
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		salt := transfertoken.GenerateSalt()
		var written [instances][]transfertoken.EventKind
		var services [instances]*transfertoken.TokenService
		for i := range services {
			services[i] = tbl.service(t, salt, &transfertoken.Options{
				OnEvent: func(_ context.Context, e transfertoken.Event) { written[i] = append(written[i], e.Kind) },
			})
		}
		ensure := func(want transfertoken.NewToken, secret transfertoken.Secret) []transfertoken.EventKind {
			var wait sync.WaitGroup
			var tokens [instances]transfertoken.Token
			var errs [instances]error
			for i := range services {
				wait.Go(func() { tokens[i], errs[i] = services[i].Ensure(t.Context(), want, secret) })
			}
			wait.Wait()
			var kinds []transfertoken.EventKind
			for i := range services {
				require.NoError(t, errs[i])
				require.Equal(t, tokens[0].ID, tokens[i].ID)
				require.Equal(t, tokens[0].Revision, tokens[i].Revision)
				kinds = append(kinds, written[i]...)
				written[i] = nil
			}
			return kinds
		}
		for round := range repetitions(20) {
			want := newPushToken(fmt.Sprintf("round %d", round))
			secret, err := transfertoken.GenerateSecret("")
			require.NoError(t, err)
			require.Equal(t, []transfertoken.EventKind{transfertoken.EventCreated}, ensure(want, secret))
			want.Description, want.Permissions = "changed", transfertoken.Pull
			require.Equal(t, []transfertoken.EventKind{transfertoken.EventUpdated}, ensure(want, secret))
			former := secret
			secret, err = transfertoken.GenerateSecret("")
			require.NoError(t, err)
			want.Suspended = true
			require.Equal(t, []transfertoken.EventKind{transfertoken.EventRegenerated}, ensure(want, secret))
			require.Empty(t, ensure(want, secret))
			_, err = services[0].Authorize(t.Context(), secret.Reveal(), transfertoken.Pull)
			require.ErrorIs(t, err, transfertoken.ErrSuspended)
			_, err = services[1].Authorize(t.Context(), former.Reveal(), transfertoken.Pull)
			require.Equal(t, transfertoken.ErrUnauthorized, err)
			written[0], written[1] = nil, nil
		}
	})
}

func TestOneOfManyRenamesGetsTheName(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		salt := transfertoken.GenerateSalt()
		services := [2]*transfertoken.TokenService{tbl.service(t, salt, nil), tbl.service(t, salt, nil)}
		var tokens [racers]transfertoken.Token
		for i := range tokens {
			issued, err := services[0].Create(t.Context(), newPushToken(fmt.Sprintf("token %d", i)))
			require.NoError(t, err)
			tokens[i] = issued.Token
		}
		for round := range repetitions(100) {
			name := fmt.Sprintf("round %d", round)
			requireOneWinner(t, func(i int) error {
				_, err := services[i%2].Update(t.Context(), tokens[i].ID, transfertoken.Changes{Name: &name})
				return err
			})
		}
		require.Len(t, names(t, services[0]), racers)
	})
}

// requireOneWinner fails the test unless exactly one of the racers succeeds and all
// others get ErrNameTaken.
func requireOneWinner(t *testing.T, race func(i int) error) {
	t.Helper()
	var wait sync.WaitGroup
	var errs [racers]error
	start := make(chan struct{})
	for i := range racers {
		wait.Go(func() {
			<-start
			errs[i] = race(i)
		})
	}
	close(start)
	wait.Wait()
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
			continue
		}
		require.ErrorIs(t, err, transfertoken.ErrNameTaken)
	}
	require.Equal(t, 1, winners)
}

// names returns the names of all tokens. It fails the test if two have the same.
func names(t *testing.T, svc *transfertoken.TokenService) map[string]bool {
	t.Helper()
	seen := make(map[string]bool)
	for token, err := range svc.All(t.Context()) {
		require.NoError(t, err)
		require.False(t, seen[token.Name], "%q is there twice", token.Name)
		seen[token.Name] = true
	}
	return seen
}

// rolloutOptions returns the options of an instance in the first and in the second
// deployment of a rollout.
func rolloutOptions(before, after transfertoken.Salt) (first, second transfertoken.Options) {
	return transfertoken.Options{NextSalt: after, TouchInterval: -1},
		transfertoken.Options{OtherSalts: []transfertoken.Salt{before}, TouchInterval: -1}
}

// In a rollout the instances disagree on which of two salts is the current one.
func TestRolloutOfASaltRefusesNobody(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		before, after := transfertoken.GenerateSalt(), transfertoken.GenerateSalt()
		first, second := rolloutOptions(before, after)
		services := []*transfertoken.TokenService{
			tbl.service(t, before, &first), tbl.service(t, after, &second), tbl.service(t, before, &first),
		}
		var secrets []string
		for i := range 3 {
			issued, err := services[i].Create(t.Context(), newPushToken(fmt.Sprint(i)))
			require.NoError(t, err)
			secrets = append(secrets, issued.Secret.Reveal())
		}
		errs := make(chan error, 1)
		var wait sync.WaitGroup
		for i := range 6 {
			wait.Go(func() {
				for n := range 60 {
					_, err := services[i%3].Authorize(t.Context(), secrets[n%3], transfertoken.Push)
					if err != nil {
						select {
						case errs <- err:
						default:
						}
						return
					}
				}
			})
		}
		wait.Wait()
		select {
		case err := <-errs:
			require.NoError(t, err)
		default:
		}

		last := services[1]
		for _, secret := range secrets {
			_, err := last.Authorize(t.Context(), secret, transfertoken.Push)
			require.NoError(t, err)
		}
		usage, err := last.Salts(t.Context())
		require.NoError(t, err)
		require.Equal(t, len(secrets), usage[0].Tokens, "the current salt")
		require.Zero(t, usage[1].Tokens, "the former salt")
	})
}

func TestRolloutOfASaltWritesEachTokenOnce(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		before, after := transfertoken.GenerateSalt(), transfertoken.GenerateSalt()
		db, recorder := tbl.openRecorded(t)
		service := func(salt transfertoken.Salt, opts *transfertoken.Options) *transfertoken.TokenService {
			return newService(t, tbl.storeOver(t, db), salt, opts)
		}
		first, second := rolloutOptions(before, after)
		old := service(before, &transfertoken.Options{TouchInterval: -1})
		next, done := service(before, &first), service(after, &second)
		require.NoError(t, tbl.storeOver(t, db).Migrate(t.Context()))
		var secrets []string
		for i := range 5 {
			issued, err := old.Create(t.Context(), newPushToken(fmt.Sprint(i)))
			require.NoError(t, err)
			secrets = append(secrets, issued.Secret.Reveal())
		}
		for _, stage := range []struct {
			name      string
			instances []*transfertoken.TokenService
			writes    int
		}{
			{"first deployment", []*transfertoken.TokenService{old, next}, 0},
			{"second deployment", []*transfertoken.TokenService{next, done}, len(secrets)},
			{"afterwards", []*transfertoken.TokenService{done}, 0},
		} {
			recorder.take()
			for n := range 20 {
				for _, secret := range secrets {
					_, err := stage.instances[n%len(stage.instances)].Authorize(t.Context(), secret, transfertoken.Push)
					require.NoError(t, err, stage.name)
				}
			}
			writes := 0
			for _, text := range recorder.take() {
				if !strings.HasPrefix(text, "SELECT ") && !strings.HasPrefix(text, "SHOW ") {
					writes++
				}
			}
			require.Equal(t, stage.writes, writes, stage.name)
		}
	})
}

// refusals are the errors that no failure of the database may be.
var refusals = []error{
	transfertoken.ErrUnauthorized, transfertoken.ErrForbidden, transfertoken.ErrDisabled, transfertoken.ErrNotFound,
	transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken, transfertoken.ErrConflict, transfertoken.ErrInvalid,
}

func requireFailure(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	for _, refusal := range refusals {
		require.False(t, errors.Is(err, refusal), "%v", err)
	}
}
