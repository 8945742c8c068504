package browser

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// Day is the unit of lifespans.
const Day = 24 * time.Hour

// Enter opens the admin page in a session of user; "" stands for nobody.
func (b *Backend) Enter(t testing.TB, user string) *Page {
	t.Helper()
	p := NewPage(t)
	b.Show(p, user)
	return p
}

// Show is enter for a page that has been prepared. It waits until the list is loaded,
// which moves things, unless there are faults.
func (b *Backend) Show(p *Page, user string) {
	p.T.Helper()
	if user != "" {
		b.LogIn(p, user)
	}
	p.Open(b.URL("/transfer/"))
	if b.faulty() {
		return
	}
	p.Until("load the list", func(ctx context.Context) error {
		progress, err := evaluate[string](ctx, p.tab, `document.querySelector("#progress")?.textContent ?? ""`)
		if err == nil && progress != "" {
			err = errors.New(progress)
		}
		return err
	})
}

// Given puts tokens into the store as they are. What they lack is filled in: they
// are full access, unlimited, and made just now.
func (b *Backend) Given(tokens ...transfertoken.Token) []transfertoken.Token {
	b.T.Helper()
	for i := range tokens {
		tokens[i] = complete(tokens[i], b.Clock.Now())
		var digest transfertoken.Digest
		rand.Read(digest[:])
		record := transfertoken.Record{Token: tokens[i], Digest: digest, SaltID: "00000000"}
		require.NoError(b.T, b.Store.Store.Create(context.WithoutCancel(b.T.Context()), record))
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

// Usual are tokens as a site may have them.
func Usual(now time.Time) []transfertoken.Token {
	created := func(ago time.Duration, lifespan time.Duration, token transfertoken.Token) transfertoken.Token {
		token.CreatedAt = now.Add(-ago)
		if lifespan != 0 {
			token.ExpiresAt = token.CreatedAt.Add(lifespan)
			token.Lifespan = map[time.Duration]transfertoken.Lifespan{
				7 * Day: transfertoken.Days7, 30 * Day: transfertoken.Days30, 90 * Day: transfertoken.Days90,
			}[lifespan]
		}
		return token
	}
	return []transfertoken.Token{
		created(211*Day, 0, transfertoken.Token{
			Name: "nightly backup", Description: "Fetches everything at two in the morning", Permissions: transfertoken.Pull,
			CreatedBy: "ann", Hint: "0Qm3xT", LastUsedAt: now.Add(-15*time.Hour - 36*time.Minute),
		}),
		created(28*Day, 30*Day, transfertoken.Token{
			Name: "staging to production", Description: "Releases of the editors", CreatedBy: "ann", Hint: "1bVw9K",
			LastUsedAt: now.Add(-4 * time.Minute),
		}),
		created(9*Day, 7*Day, transfertoken.Token{
			Name: "contractor", Description: "Photos of the new collection", Permissions: transfertoken.Push,
			CreatedBy: "bob", Hint: "2Ghe4s", LastUsedAt: now.Add(-3 * Day),
		}),
		created(12*Day, 90*Day, transfertoken.Token{
			Name: "migration from the old site", Permissions: transfertoken.Push, CreatedBy: "ann", Hint: "0zR7pD",
			LastUsedAt: now.Add(-11 * Day),
		}),
		created(2*time.Hour, 7*Day, transfertoken.Token{
			Name: "laptop of Noor", Description: "To try things out locally", Permissions: transfertoken.Pull,
			CreatedBy: "noor", Hint: "3kJ5fa",
		}),
	}
}

// Staging is a token that many tests issue.
var Staging = transfertoken.NewToken{Name: "staging", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
	CreatedBy: "test"}

// Visit opens the host, which no test is about.
func Visit(t testing.TB, b *Backend) *Page {
	t.Helper()
	p := NewPage(t)
	p.Open(b.Server.URL)
	p.See("Host")
	return p
}
