package transfertoken_test

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// filterStores are a store that is a Filterer, and one that lists only everything.
var filterStores = map[string]func() transfertoken.Store{
	"Filterer": func() transfertoken.Store { return transfertoken.NewMemoryStore() },
	"other":    func() transfertoken.Store { return &spyStore{Store: transfertoken.NewMemoryStore()} },
}

func TestListLeavesTheTokensThatAreAskedFor(t *testing.T) {
	for name, newStore := range filterStores {
		t.Run(name, func(t *testing.T) {
			svc, err := transfertoken.New(newStore(), testSalt, &transfertoken.Options{
				Now: func() time.Time { return start },
			})
			require.NoError(t, err)
			lifespans := []transfertoken.Lifespan{
				transfertoken.Days7, transfertoken.Days30, transfertoken.Days90, transfertoken.Unlimited,
			}
			var all []transfertoken.Token
			for i := range 1200 {
				issued, err := svc.Create(t.Context(), transfertoken.NewToken{
					Name: fmt.Sprint("token ", i), Permissions: transfertoken.Push, Lifespan: lifespans[i%4],
					CreatedBy: []string{"ann", "bob", ""}[i%3],
				})
				require.NoError(t, err)
				all = append(all, issued.Token)
			}
			week, month := start.AddDate(0, 0, 7), start.AddDate(0, 0, 30)
			for what, row := range map[string]struct {
				opts transfertoken.ListOptions
				want func(transfertoken.Token) bool
			}{
				"one maker":      {transfertoken.ListOptions{CreatedBy: ptr(" ann ")}, isBy("ann")},
				"no maker":       {transfertoken.ListOptions{CreatedBy: ptr("")}, isBy("")},
				"an unknown one": {transfertoken.ListOptions{CreatedBy: ptr("Ann")}, isBy("Ann")},
				"just after a week": {
					transfertoken.ListOptions{ExpiresBefore: week.Add(1)},
					func(token transfertoken.Token) bool { return token.Lifespan == transfertoken.Days7 },
				},
				"a week": {
					transfertoken.ListOptions{ExpiresBefore: week},
					func(transfertoken.Token) bool { return false },
				},
				"ever": {
					transfertoken.ListOptions{ExpiresBefore: start.AddDate(7000, 0, 0).In(time.FixedZone("", 3600))},
					func(token transfertoken.Token) bool { return token.Lifespan != transfertoken.Unlimited },
				},
				"both": {
					transfertoken.ListOptions{CreatedBy: ptr("bob"), ExpiresBefore: month.Add(time.Hour)},
					func(token transfertoken.Token) bool {
						return token.CreatedBy == "bob" && !token.ExpiresAt.IsZero() && !token.ExpiresAt.After(month)
					},
				},
			} {
				var want []transfertoken.Token
				for _, token := range all {
					if row.want(token) {
						want = append(want, token)
					}
				}
				for _, limit := range []int{0, 70, 1000} {
					var got []transfertoken.Token
					opts := row.opts
					opts.Limit = limit
					for {
						page, err := svc.List(t.Context(), opts)
						require.NoError(t, err)
						require.LessOrEqual(t, len(page), cmp.Or(limit, 100))
						if len(page) == 0 {
							break
						}
						got = append(got, page...)
						opts.After = page[len(page)-1].ID
					}
					require.Equal(t, want, got, what)
				}
			}
		})
	}
}

func isBy(maker string) func(transfertoken.Token) bool {
	return func(token transfertoken.Token) bool { return token.CreatedBy == maker }
}

func TestAFilterThatNoTokenCanMatchIsRefused(t *testing.T) {
	f := newFixture(t, nil)
	for field, opts := range map[string]transfertoken.ListOptions{
		"createdBy":     {CreatedBy: ptr("a\x00")},
		"expiresBefore": {ExpiresBefore: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		_, err := f.List(t.Context(), opts)
		require.Equal(t, []string{field}, fieldsOf(t, err))
	}
	_, err := f.List(t.Context(), transfertoken.ListOptions{
		Limit: -1, CreatedBy: ptr("\xff"), ExpiresBefore: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	require.Equal(t, []string{"limit", "createdBy", "expiresBefore"}, fieldsOf(t, err))
	require.Empty(t, f.spy.takeCalls())
}

// straying is a Filterer that returns every record.
type straying struct{ *transfertoken.MemoryStore }

func (s straying) ListFiltered(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	return s.List(ctx, opts)
}

func TestAFiltererThatReturnsOtherRecordsHasFailed(t *testing.T) {
	svc, err := transfertoken.New(straying{transfertoken.NewMemoryStore()}, testSalt, nil)
	require.NoError(t, err)
	_, err = svc.Create(t.Context(),
		transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	page, err := svc.List(t.Context(), transfertoken.ListOptions{CreatedBy: ptr("ann")})
	require.ErrorContains(t, err, "a record that the filter leaves out")
	require.Empty(t, page)
	page, err = svc.List(t.Context(), transfertoken.ListOptions{CreatedBy: ptr(""), After: uuid.Nil})
	require.NoError(t, err)
	require.Len(t, page, 1)
}
