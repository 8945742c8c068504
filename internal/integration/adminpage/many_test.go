package adminpage

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// many puts n tokens into the store, in no order: "client 1" is the oldest, was
// used last the longest ago, and expires first.
func many(b *browser.Backend, n int) {
	b.T.Helper()
	now := b.Clock.Now()
	tokens := make([]transfertoken.Token, n)
	for i := range tokens {
		rank := time.Duration(i+1) * time.Minute
		tokens[i] = transfertoken.Token{
			Name: fmt.Sprintf("client %d", i+1), Permissions: transfertoken.Push, CreatedBy: "ann",
			Hint:      fmt.Sprintf("h%05d", i+1),
			CreatedAt: now.Add(rank - 60*browser.Day), ExpiresAt: now.Add(rank + 30*browser.Day),
			LastUsedAt: now.Add(rank - 5*browser.Day),
		}
	}
	rand.Shuffle(n, func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
	b.Given(tokens...)
}

func clients(from, to int) (names []string) {
	step := 1
	if to < from {
		step = -1
	}
	for i := from; i != to+step; i += step {
		names = append(names, fmt.Sprintf("client %d", i))
	}
	return names
}

func TestALongListIsShownStepByStep(t *testing.T) {
	t.Parallel()
	const n = 2500
	b := browser.NewBackend(t, nil)
	many(b, n)
	p := b.Enter(t, "ann")
	p.See("Tokens: 100 of 2500")
	require.Equal(t, clients(1, 100), p.Names(), "natural order: 2 before 10")
	nodes := func() int { return browser.Eval[int](p, `document.querySelectorAll("*").length`) }
	first := nodes()
	require.Less(t, first, 100*30+300, "only what is shown is in the document")
	tabTo(p, "Shift+Tab", "button", "Show more")
	p.Press("Enter")
	p.See("Tokens: 200 of 2500")
	p.AwaitFocus("button", "client 101")
	focusShows(p)
	require.Equal(t, clients(1, 200), p.Names())
	p.Click("button", "Show more")
	p.AwaitFocus("button", "client 201")
	p.Click("button", "Created")
	p.See("Tokens: 100 of 2500")
	require.Equal(t, clients(n, n-99), p.Names())
	require.InDelta(t, first, nodes(), 300, "what is not shown any more is not in the document")
}

func TestTheLastStepShowsTheRestAndEnds(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	many(b, 101)
	p := b.Enter(t, "ann")
	p.See("Tokens: 100 of 101")
	p.Click("button", "Show more")
	p.AwaitFocus("button", "client 101")
	p.See("Tokens: 101 of 101")
	p.AwaitCount(0, "button", "Show more")
}

func TestAllTokensAreSorted(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	many(b, 150)
	b.Given(transfertoken.Token{Name: "Über", CreatedAt: b.Clock.Now().Add(-365 * browser.Day)}) // unlimited, never used
	p := b.Enter(t, "ann")
	p.See("Tokens: 100 of 151")
	sorted := func(column, direction string) []string {
		p.Click("button", column)
		require.Equal(t, map[string]string{column: direction}, browser.Eval[map[string]string](p, `Object.fromEntries(
			[...document.querySelectorAll("[aria-sort]")].map(th => [th.textContent, th.ariaSort]))`))
		p.See("Tokens: 100 of 151")
		p.Click("button", "Show more")
		p.See("Tokens: 151 of 151")
		return p.Names()
	}
	require.Equal(t, append(clients(150, 1), "Über"), sorted("Created", "descending"))
	require.Equal(t, append([]string{"Über"}, clients(1, 150)...), sorted("Created", "ascending"))
	require.Equal(t, append(clients(1, 150), "Über"), sorted("Expiry", "ascending"))
	require.Equal(t, append([]string{"Über"}, clients(150, 1)...), sorted("Expiry", "descending"))
	require.Equal(t, append(clients(150, 1), "Über"), sorted("Last used", "descending"))
	require.Equal(t, append([]string{"Über"}, clients(1, 150)...), sorted("Type", "ascending"), "Full access, Push")
	require.Equal(t, append(clients(1, 150), "Über"), sorted("Name", "ascending"))
	require.Equal(t, append([]string{"Über"}, clients(150, 1)...), sorted("Name", "descending"))
}

func TestTheFilterLooksThroughAllTokens(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	many(b, 1000)
	b.Given(transfertoken.Token{
		Name: "zz Größe", Description: "The shop in\nLübeck", Permissions: transfertoken.Pull, CreatedBy: "Zoë",
		Hint: "9QmxT0",
	})
	p := b.Enter(t, "ann")
	p.See("Tokens: 100 of 1001")
	for _, text := range []string{"zz Größe", "ZZ GR", "lübeck", "Zoë", "9QmxT0", " pull "} {
		p.Fill("Filter", text)
		p.See("Tokens: 1 of 1001")
		require.Equal(t, []string{"zz Größe"}, p.Names(), text)
	}
	p.Fill("Filter", "client 99")
	p.See("Tokens: 11 of 1001")
	require.Equal(t, append([]string{"client 99"}, clients(990, 999)...), p.Names())
	require.Equal(t, `searchbox "Filter"`, p.Focused())
	p.Fill("Filter", "push")
	p.See("Tokens: 100 of 1001")
	p.Fill("Filter", "nothing has this")
	p.See("No token matches the filter.")
	require.Empty(t, p.Names())
	p.Fill("Filter", "")
	p.See("Tokens: 100 of 1001")
}

func TestFilterFindsWhatIsTypedInAnotherWay(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(
		transfertoken.Token{Name: "Cafe\u0301 sync"}, transfertoken.Token{Name: "İSTANBUL"},
		transfertoken.Token{Name: "ısparta"},
		transfertoken.Token{Name: "Straße"}, transfertoken.Token{Name: "ﬁnance ２"}, transfertoken.Token{Name: "ΟΔΟΣ"},
		transfertoken.Token{Name: "other"},
	)
	p := b.Enter(t, "ann")
	p.See("Tokens: 7 of 7")
	for text, name := range map[string]string{
		"Caf\u00e9": "Cafe\u0301 sync", "cafe\u0301": "Cafe\u0301 sync", "CAFE": "Cafe\u0301 sync", "istanbul": "İSTANBUL",
		"i\u0307stanbul": "İSTANBUL",
		"Isparta":        "ısparta", "isparta": "ısparta", "STRASSE": "Straße", "finance 2": "ﬁnance ２", "οδος": "ΟΔΟΣ",
	} {
		p.Fill("Filter", text)
		p.See("Tokens: 1 of 7")
		require.Equal(t, []string{name}, p.Names(), text)
	}
}

func TestEditingAFilteredTokenKeepsFilterAndFocus(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	many(b, 1000)
	p := b.Enter(t, "ann")
	p.See("Tokens: 100 of 1000")
	p.Click("button", "Created")
	p.Fill("Filter", "client 77")
	p.See("Tokens: 11 of 1000")
	p.Click("button", "Edit client 775")
	p.Fill("Name", "client 775 b")
	p.Click("button", "Save")
	p.See("client 775 b has been saved.")
	p.AwaitFocus("button", "Edit client 775 b")
	p.See("Tokens: 11 of 1000")
	require.Equal(t, "client 77", p.Value("Filter"))
	require.Equal(t, "Created", browser.Eval[string](p, `document.querySelector("[aria-sort=descending]").textContent`))
	require.Contains(t, p.Names(), "client 775 b")
}

func TestATokenThatDoesNotMatchAnyMoreLeavesTheFocusAtTheFilter(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.See("Tokens: 5 of 5")
	p.Fill("Filter", "contractor")
	p.See("Tokens: 1 of 5")
	p.Click("button", "Edit contractor")
	p.Fill("Name", "photographer")
	p.Click("button", "Save")
	p.See("photographer has been saved.")
	p.See("No token matches the filter.")
	p.AwaitFocus("searchbox", "Filter")
}

func TestDeletingAFilteredTokenKeepsFilterAndFocus(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	many(b, 300)
	p := b.Enter(t, "ann")
	p.See("Tokens: 100 of 300")
	p.Fill("Filter", "client 27")
	p.See("Tokens: 11 of 300")
	p.Remove("client 275")
	p.In("alertdialog", "").Click("button", "Delete")
	p.See("client 275 has been deleted.")
	p.See("Tokens: 10 of 299")
	p.AwaitFocus("button", "client 276")
	require.Equal(t, "client 27", p.Value("Filter"))
	p.Fill("Filter", "")
	p.See("Tokens: 100 of 299")
}
