package adminpage

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// awaitFragment waits until the address of the page ends in this.
func awaitFragment(p *browser.Page, want string) {
	p.T.Helper()
	p.Until("the address ends in "+want, func(context.Context) error {
		if url := p.URL(); !strings.HasSuffix(url, want) {
			return fmt.Errorf("it is %s", url)
		}
		return nil
	})
}

func TestFilterAndOrderAreInTheAddress(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.Fill("Filter", "a & ü")
	p.See("No token matches the filter.")
	awaitFragment(p, "/transfer/#filter=a+%26+%C3%BC")
	p.Fill("Filter", "pull")
	p.Click("button", "Created")
	awaitFragment(p, "/transfer/#filter=pull&sort=-created")
	p.Reload()
	p.See("Tokens: 2 of 5")
	require.Equal(t, []string{"laptop of Noor", "nightly backup"}, p.Names())
	require.Equal(t, "pull", p.Value("Filter"))
	for _, r := range b.Seen() {
		require.NotContains(t, r.URI, "filter", "what was typed is sent to the server")
	}
	p.Fill("Filter", "")
	p.Click("button", "Name")
	awaitFragment(p, "/transfer/")
	p.Open(b.URL("/transfer/#filter=push&sort=nonsense"))
	p.See("Tokens: 2 of 5")
	require.Equal(t, []string{"contractor", "migration from the old site"}, p.Names())
}

func TestNoMatchLeavesNoHeadersAndAWayOut(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	p.Fill("Filter", "nothing")
	p.See("No token matches the filter.")
	p.AwaitCount(0, "table", "")
	p.Click("button", "Clear the filter")
	p.See("Tokens: 5 of 5")
	p.AwaitFocus("searchbox", "Filter")
}

func TestTokensThatEndSoonAreSaidAboveTheList(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	p.See("2 tokens end within 7 days.")
	p.Click("button", "Show")
	p.See("Tokens: 2 of 5")
	require.Equal(t, []string{"laptop of Noor", "staging to production"}, p.Names())
	p.Fill("Filter", "")
	deletes(p, "laptop of Noor")
	p.See("1 token ends within 7 days.")
	deletes(p, "staging to production")
	p.NotSee("within 7 days")
}

func TestTokensThatNobodyUsesAreMarked(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	ago := func(days int) transfertoken.Token {
		return transfertoken.Token{Name: fmt.Sprint(days, " days"),
			CreatedAt: b.Clock.Now().AddDate(0, 0, -400), LastUsedAt: b.Clock.Now().AddDate(0, 0, -days)}
	}
	b.Given(ago(90), ago(89),
		transfertoken.Token{Name: "never", CreatedAt: b.Clock.Now().AddDate(0, 0, -90)}, transfertoken.Token{Name: "new"})
	p := b.Enter(t, "ann")
	p.See("Tokens: 4 of 4")
	p.Fill("Filter", "unused for 90 days")
	p.See("Tokens: 2 of 4")
	require.Equal(t, []string{"90 days", "never"}, p.Names())
	p.Row("never").See("unused for 90 days")
}

func TestTheListTellsTokensApartByTheirLastCharacters(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	p.Row("contractor").See("…2Ghe4s · by bob")
}
