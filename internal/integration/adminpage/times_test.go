package adminpage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// cell returns what a cell of the table shows, and the time that machines read in
// it.
func cell(p *browser.Page, token, column string) (shown, machine string) {
	p.T.Helper()
	found := browser.Eval[[]string](p, `(() => {
		const rows = [...document.querySelectorAll("tbody tr")]
		const cell = rows.find(row => row.querySelector(".name")?.textContent === "`+token+`").querySelector(".`+column+`")
		return [cell.querySelector(".words")?.textContent ?? cell.textContent, cell.querySelector("time")?.dateTime ?? ""]
	})()`)
	return found[0], found[1]
}

const milli = "2006-01-02T15:04:05.000Z"

func TestTimesAreSaidInWords(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	now := b.Clock.Now()
	left := map[string]struct {
		left time.Duration
		say  string
	}{
		"now":        {0, "expired 1 second ago"},
		"1 ms ago":   {-time.Millisecond, "expired 1 second ago"},
		"in 1 ms":    {time.Millisecond, "expires in 1 second"},
		"30 s":       {30 * time.Second, "expires in 30 seconds"},
		"-56 s":      {-56 * time.Second, "expired 56 seconds ago"},
		"59 s":       {59 * time.Second, "expires in 1 minute"},
		"60 s":       {time.Minute, "expires in 1 minute"},
		"59 min":     {59 * time.Minute, "expires in 1 hour"},
		"-20 min":    {-20 * time.Minute, "expired 20 minutes ago"},
		"22 h":       {22 * time.Hour, "expires in 22 hours"},
		"23 h 59":    {browser.Day - time.Minute, "expires in 1 day"},
		"1 day":      {browser.Day, "expires in 1 day"},
		"-2 days":    {-2 * browser.Day, "expired 2 days ago"},
		"3 days":     {3 * browser.Day, "expires in 3 days"},
		"90 days":    {90 * browser.Day, "expires in 90 days"},
		"-1,000 day": {-1000 * browser.Day, "expired 3 years ago"},
	}
	for name, one := range left {
		b.Given(transfertoken.Token{Name: name, CreatedAt: now.Add(one.left - 90*browser.Day), ExpiresAt: now.Add(one.left)})
	}
	b.Given(transfertoken.Token{Name: "for ever"}, transfertoken.Token{Name: "without its end",
		Lifespan: transfertoken.Days7})
	p := browser.NewPage(t)
	p.StopClock(now)
	b.Show(p, "ann")
	p.See("Tokens: 18 of 18")
	for name, one := range left {
		shown, machine := cell(p, name, "expiry")
		require.Equal(t, one.say, shown, name)
		require.Equal(t, now.Add(one.left).Format(milli), machine, name)
	}
	shown, machine := cell(p, "for ever", "expiry")
	require.Equal(t, "unlimited", shown)
	require.Empty(t, machine)
	shown, machine = cell(p, "without its end", "expiry")
	require.Regexp(t, "^expired [0-9]+ years ago$", shown, "it is refused")
	require.Equal(t, "1970-01-01T00:00:00.000Z", machine)
}

func TestUseIsSaidInWords(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	now := b.Clock.Now()
	created := now.Add(-400 * browser.Day)
	b.Given(
		transfertoken.Token{Name: "unused", CreatedAt: created},
		transfertoken.Token{Name: "in use", CreatedAt: created, LastUsedAt: now},
		transfertoken.Token{Name: "recent", CreatedAt: created, LastUsedAt: now.Add(-4 * time.Minute)},
		transfertoken.Token{Name: "old", CreatedAt: created, LastUsedAt: now.Add(-365 * browser.Day)},
	)
	p := browser.NewPage(t)
	p.StopClock(now)
	b.Show(p, "ann")
	p.See("Tokens: 4 of 4")
	for name, want := range map[string]string{"unused": "never", "in use": "1 second ago", "recent": "4 minutes ago",
		"old": "1 year ago"} {
		shown, _ := cell(p, name, "last-used")
		require.Equal(t, want, shown)
	}
	_, machine := cell(p, "recent", "last-used")
	require.Equal(t, "2026-11-21T17:33:17.000Z", machine)
	shown, machine := cell(p, "unused", "created")
	require.Equal(t, "Oct 17, 2025", shown)
	require.Equal(t, "2025-10-17T17:37:17.000Z", machine)
	_, machine = cell(p, "unused", "last-used")
	require.Empty(t, machine)
}

func TestTheServersClockCountsIfTheBrowsersIsWrong(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{"a day behind": -browser.Day, "a day ahead": browser.Day} {
		t.Run(name, func(t *testing.T) {
			b := browser.NewBackend(t, nil)
			now := b.Clock.Now()
			b.Given(
				transfertoken.Token{Name: "alive", CreatedAt: now, ExpiresAt: now.Add(2 * time.Hour)},
				transfertoken.Token{Name: "dead", CreatedAt: now.Add(-90 * browser.Day), ExpiresAt: now.Add(-2 * time.Hour),
					LastUsedAt: now.Add(-3 * time.Minute)},
			)
			p := browser.NewPage(t)
			p.StopClock(now.Add(wrong))
			b.Show(p, "ann")
			p.See("Tokens: 2 of 2")
			for _, want := range []string{"expires in 2 hours", "expired 2 hours ago", "3 minutes ago"} {
				p.See(want)
			}
		})
	}
}

func TestExactTimesAreWrittenAsTheViewerWritesThem(t *testing.T) {
	t.Parallel()
	for _, where := range []struct{ locale, zone, day, date, clock string }{
		{"en-US", "America/New_York", "Nov 21, 2026", "Saturday, November 21, 2026", "12:37:17 PM EST"},
		{"de-DE", "Europe/Berlin", "21.11.2026", "Samstag, 21. November 2026", "18:37:17 MEZ"},
		{"ja-JP", "Asia/Tokyo", "2026/11/22", "2026年11月22日日曜日", "2:37:17 JST"},
	} {
		t.Run(where.zone, func(t *testing.T) {
			b := browser.NewBackend(t, nil)
			b.Given(transfertoken.Token{Name: "contractor", ExpiresAt: b.Clock.Now().Add(90 * browser.Day)})
			p := browser.NewPage(t)
			p.Locale(where.locale)
			p.Timezone(where.zone)
			b.Show(p, "ann")
			p.See("Tokens: 1 of 1")
			shown, machine := cell(p, "contractor", "created")
			require.Equal(t, where.day, shown)
			require.Equal(t, "2026-11-21T17:37:17.000Z", machine)
			p.See("expires in 90 days")
			p.Click("button", "contractor")
			p.See("Created " + where.date)
			p.See(where.clock)
			p.See("Last used never")
		})
	}
}

func TestWordsFollowTheTimeWithoutAReload(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{NoLiveUpdates: true}})
	now := b.Clock.Now()
	b.Given(transfertoken.Token{Name: "contractor", CreatedAt: now.Add(-90 * browser.Day),
		ExpiresAt:  now.Add(3 * time.Minute),
		LastUsedAt: now})
	p := browser.NewPage(t)
	p.HandClock(now)
	b.Show(p, "ann")
	p.See("Tokens: 1 of 1")
	p.See("expires in 3 minutes")
	asked := len(b.Seen())
	tabTo(p, "Tab", "button", "contractor")
	p.Pass(2 * time.Minute)
	p.See("expires in 1 minute")
	p.See("2 minutes ago")
	p.See("1 token ends within 7 days.")
	p.Pass(time.Minute)
	p.See("expired 1 second ago")
	p.See("3 minutes ago")
	p.NotSee("within 7 days")
	p.Pass(2 * browser.Day)
	p.See("expired 2 days ago")
	require.Equal(t, browser.Named("button", "contractor"), p.Focused())
	require.Len(t, b.Seen(), asked)
}

func TestColourIsNotAloneInTellingThatATokenEnds(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	now := b.Clock.Now()
	for name, left := range map[string]time.Duration{"later": 7*browser.Day + time.Hour, "soon": 7 * browser.Day,
		"over": 0} {
		b.Given(transfertoken.Token{Name: name, CreatedAt: now.Add(left - 90*browser.Day), ExpiresAt: now.Add(left)})
	}
	p := browser.NewPage(t)
	p.StopClock(now)
	b.Show(p, "ann")
	p.See("Tokens: 3 of 3")
	colour := func(name string) string {
		return browser.Eval[string](p,
			`getComputedStyle([...document.querySelectorAll("tbody tr")].find(
				row => row.querySelector(".name").textContent === "`+name+`").querySelector(".expiry .words")).color`)
	}
	require.Len(t, map[string]bool{colour("later"): true, colour("soon"): true, colour("over"): true}, 3)
	p.With("row", "over").See("expired")
	p.With("row", "soon").See("expires in 7 days")
}
