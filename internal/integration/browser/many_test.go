package browser

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// many puts n tokens into the store, in no order: "client 1" is the oldest, was
// used last the longest ago, and expires first.
func (b *backend) many(n int) {
	b.t.Helper()
	now := b.clock.Now()
	tokens := make([]transfertoken.Token, n)
	for i := range tokens {
		rank := time.Duration(i+1) * time.Minute
		tokens[i] = transfertoken.Token{
			Name: fmt.Sprintf("client %d", i+1), Permissions: transfertoken.Push, CreatedBy: "ann",
			Hint:      fmt.Sprintf("h%05d", i+1),
			CreatedAt: now.Add(rank - 60*day), ExpiresAt: now.Add(rank + 30*day), LastUsedAt: now.Add(rank - 5*day),
		}
	}
	rand.Shuffle(n, func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
	b.given(tokens...)
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
	b := newBackend(t, nil)
	b.many(n)
	p := b.enter(t, "ann")
	p.see("Tokens: 100 of 2500")
	require.Equal(t, clients(1, 100), p.names(), "natural order: 2 before 10")
	nodes := func() int { return eval[int](p, `document.querySelectorAll("*").length`) }
	first := nodes()
	require.Less(t, first, 100*30+300, "only what is shown is in the document")
	p.tabTo("Shift+Tab", "button", "Show more")
	p.press("Enter")
	p.see("Tokens: 200 of 2500")
	p.awaitFocus("button", "client 101")
	p.focusShows()
	require.Equal(t, clients(1, 200), p.names())
	p.click("button", "Show more")
	p.awaitFocus("button", "client 201")
	p.choose("Sort by", "Newest first")
	p.see("Tokens: 100 of 2500")
	require.Equal(t, clients(n, n-99), p.names())
	require.InDelta(t, first, nodes(), 300, "what is not shown any more is not in the document")
}

func TestTheLastStepShowsTheRestAndEnds(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.many(101)
	p := b.enter(t, "ann")
	p.see("Tokens: 100 of 101")
	p.click("button", "Show more")
	p.awaitFocus("button", "client 101")
	p.see("Tokens: 101 of 101")
	p.awaitCount(0, "button", "Show more")
}

func TestAllTokensAreSorted(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.many(150)
	b.given(transfertoken.Token{Name: "Über", CreatedAt: b.clock.Now().Add(-365 * day)}) // unlimited, never used
	p := b.enter(t, "ann")
	p.see("Tokens: 100 of 151")
	sorted := func(order string) []string {
		p.choose("Sort by", order)
		p.see("Tokens: 100 of 151")
		p.click("button", "Show more")
		p.see("Tokens: 151 of 151")
		return p.names()
	}
	require.Equal(t, append(clients(150, 1), "Über"), sorted("Newest first"))
	require.Equal(t, append(clients(1, 150), "Über"), sorted("Expires first"))
	require.Equal(t, append(clients(150, 1), "Über"), sorted("Last used first"))
	require.Equal(t, append(clients(1, 150), "Über"), sorted("Name"))
}

func TestTheFilterLooksThroughAllTokens(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.many(1000)
	b.given(transfertoken.Token{
		Name: "zz Größe", Description: "The shop in\nLübeck", Permissions: transfertoken.Pull, CreatedBy: "Zoë",
		Hint: "9QmxT0",
	})
	p := b.enter(t, "ann")
	p.see("Tokens: 100 of 1001")
	for _, text := range []string{"zz Größe", "ZZ GR", "lübeck", "Zoë", "9QmxT0", " pull "} {
		p.fill("Filter", text)
		p.see("Tokens: 1 of 1001")
		require.Equal(t, []string{"zz Größe"}, p.names(), text)
	}
	p.fill("Filter", "client 99")
	p.see("Tokens: 11 of 1001")
	require.Equal(t, append([]string{"client 99"}, clients(990, 999)...), p.names())
	require.Equal(t, `searchbox "Filter"`, p.focused())
	p.fill("Filter", "push")
	p.see("Tokens: 100 of 1001")
	p.fill("Filter", "nothing has this")
	p.see("No token matches the filter.")
	require.Empty(t, p.names())
	p.fill("Filter", "")
	p.see("Tokens: 100 of 1001")
}

func TestFilterFindsWhatIsTypedInAnotherWay(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(
		transfertoken.Token{Name: "Cafe\u0301 sync"}, transfertoken.Token{Name: "İSTANBUL"},
		transfertoken.Token{Name: "ısparta"},
		transfertoken.Token{Name: "Straße"}, transfertoken.Token{Name: "ﬁnance ２"}, transfertoken.Token{Name: "ΟΔΟΣ"},
		transfertoken.Token{Name: "other"},
	)
	p := b.enter(t, "ann")
	p.see("Tokens: 7 of 7")
	for text, name := range map[string]string{
		"Caf\u00e9": "Cafe\u0301 sync", "cafe\u0301": "Cafe\u0301 sync", "CAFE": "Cafe\u0301 sync", "istanbul": "İSTANBUL",
		"i\u0307stanbul": "İSTANBUL",
		"Isparta":        "ısparta", "isparta": "ısparta", "STRASSE": "Straße", "finance 2": "ﬁnance ２", "οδος": "ΟΔΟΣ",
	} {
		p.fill("Filter", text)
		p.see("Tokens: 1 of 7")
		require.Equal(t, []string{name}, p.names(), text)
	}
}

func TestEditingAFilteredTokenKeepsFilterAndFocus(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.many(1000)
	p := b.enter(t, "ann")
	p.see("Tokens: 100 of 1000")
	p.choose("Sort by", "Newest first")
	p.fill("Filter", "client 77")
	p.see("Tokens: 11 of 1000")
	p.click("button", "Edit client 775")
	p.fill("Name", "client 775 b")
	p.click("button", "Save")
	p.see("client 775 b has been saved.")
	p.awaitFocus("button", "Edit client 775 b")
	p.see("Tokens: 11 of 1000")
	require.Equal(t, "client 77", p.value("Filter"))
	require.Equal(t, "created", p.value("Sort by"))
	require.Contains(t, p.names(), "client 775 b")
}

func TestATokenThatDoesNotMatchAnyMoreLeavesTheFocusAtTheFilter(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "ann")
	p.see("Tokens: 5 of 5")
	p.fill("Filter", "contractor")
	p.see("Tokens: 1 of 5")
	p.click("button", "Edit contractor")
	p.fill("Name", "photographer")
	p.click("button", "Save")
	p.see("photographer has been saved.")
	p.see("No token matches the filter.")
	p.awaitFocus("searchbox", "Filter")
}

func TestDeletingAFilteredTokenKeepsFilterAndFocus(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.many(300)
	p := b.enter(t, "ann")
	p.see("Tokens: 100 of 300")
	p.fill("Filter", "client 27")
	p.see("Tokens: 11 of 300")
	p.click("button", "Delete client 275")
	p.in("alertdialog", "").click("button", "Delete")
	p.see("client 275 has been deleted.")
	p.see("Tokens: 10 of 299")
	p.awaitFocus("button", "client 276")
	require.Equal(t, "client 27", p.value("Filter"))
	p.fill("Filter", "")
	p.see("Tokens: 100 of 299")
}
