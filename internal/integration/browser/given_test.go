package browser

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

const day = 24 * time.Hour

// enter opens the admin page in a session of user; "" stands for nobody.
func (b *backend) enter(t testing.TB, user string) *page {
	t.Helper()
	p := newPage(t)
	b.show(p, user)
	return p
}

// show is enter for a page that has been prepared.
func (b *backend) show(p *page, user string) {
	p.t.Helper()
	if user != "" {
		b.logIn(p, user)
	}
	p.open(b.url("/transfer/"))
}

// given puts tokens into the store as they are. What they lack is filled in: they
// are full access, unlimited, and made just now.
func (b *backend) given(tokens ...transfertoken.Token) []transfertoken.Token {
	b.t.Helper()
	for i := range tokens {
		tokens[i] = complete(tokens[i], b.clock.Now())
		var digest transfertoken.Digest
		rand.Read(digest[:])
		record := transfertoken.Record{Token: tokens[i], Digest: digest, SaltID: "00000000"}
		require.NoError(b.t, b.store.Store.Create(context.WithoutCancel(b.t.Context()), record))
	}
	return tokens
}

func complete(token transfertoken.Token, now time.Time) transfertoken.Token {
	token.ID = uuid.Must(uuid.NewV7())
	token.Revision = 1
	if token.Permissions == 0 {
		token.Permissions = transfertoken.FullAccess
	}
	if token.Lifespan == "" {
		token.Lifespan = transfertoken.Unlimited
		if !token.ExpiresAt.IsZero() {
			token.Lifespan = transfertoken.Days90
		}
	}
	if token.CreatedAt.IsZero() {
		token.CreatedAt = now
	}
	if token.UpdatedAt.IsZero() {
		token.UpdatedAt = token.CreatedAt
	}
	return token
}

// usual are tokens as a site may have them.
func usual(now time.Time) []transfertoken.Token {
	created := func(ago time.Duration, lifespan time.Duration, token transfertoken.Token) transfertoken.Token {
		token.CreatedAt = now.Add(-ago)
		if lifespan != 0 {
			token.ExpiresAt = token.CreatedAt.Add(lifespan)
			token.Lifespan = map[time.Duration]transfertoken.Lifespan{
				7 * day: transfertoken.Days7, 30 * day: transfertoken.Days30, 90 * day: transfertoken.Days90,
			}[lifespan]
		}
		return token
	}
	return []transfertoken.Token{
		created(211*day, 0, transfertoken.Token{
			Name: "nightly backup", Description: "Fetches everything at two in the morning", Permissions: transfertoken.Pull,
			CreatedBy: "ann", Hint: "0Qm3xT", LastUsedAt: now.Add(-15*time.Hour - 36*time.Minute),
		}),
		created(28*day, 30*day, transfertoken.Token{
			Name: "staging to production", Description: "Releases of the editors", CreatedBy: "ann", Hint: "1bVw9K",
			LastUsedAt: now.Add(-4 * time.Minute),
		}),
		created(9*day, 7*day, transfertoken.Token{
			Name: "contractor", Description: "Photos of the new collection", Permissions: transfertoken.Push,
			CreatedBy: "bob", Hint: "2Ghe4s", LastUsedAt: now.Add(-3 * day),
		}),
		created(12*day, 90*day, transfertoken.Token{
			Name: "migration from the old site", Permissions: transfertoken.Push, CreatedBy: "ann", Hint: "0zR7pD",
			LastUsedAt: now.Add(-11 * day),
		}),
		created(2*time.Hour, 7*day, transfertoken.Token{
			Name: "laptop of Noor", Description: "To try things out locally", Permissions: transfertoken.Pull,
			CreatedBy: "noor", Hint: "3kJ5fa",
		}),
	}
}
