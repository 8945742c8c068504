package browser

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// cell returns what a cell of the table shows, and the time that machines read in
// it.
func (p *page) cell(token, column string) (shown, machine string) {
	p.t.Helper()
	found := eval[[]string](p, `(() => {
		const cell = [...document.querySelectorAll("tbody tr")].find(row => row.querySelector(".name")?.textContent === "`+token+`").querySelector(".`+column+`")
		return [cell.textContent, cell.querySelector("time")?.dateTime ?? ""]
	})()`)
	return found[0], found[1]
}

const milli = "2006-01-02T15:04:05.000Z"

func TestTimesAreSaidInWords(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	now := b.clock.Now()
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
		"23 h 59":    {day - time.Minute, "expires in 1 day"},
		"1 day":      {day, "expires in 1 day"},
		"-2 days":    {-2 * day, "expired 2 days ago"},
		"3 days":     {3 * day, "expires in 3 days"},
		"90 days":    {90 * day, "expires in 90 days"},
		"-1,000 day": {-1000 * day, "expired 3 years ago"},
	}
	for name, one := range left {
		b.given(transfertoken.Token{Name: name, CreatedAt: now.Add(one.left - 90*day), ExpiresAt: now.Add(one.left)})
	}
	b.given(transfertoken.Token{Name: "for ever"}, transfertoken.Token{Name: "without its end",
		Lifespan: transfertoken.Days7})
	p := newPage(t)
	p.stopClock(now)
	b.show(p, "ann")
	p.see("Tokens: 18 of 18")
	for name, one := range left {
		shown, machine := p.cell(name, "expiry")
		require.Equal(t, one.say, shown, name)
		require.Equal(t, now.Add(one.left).Format(milli), machine, name)
	}
	shown, machine := p.cell("for ever", "expiry")
	require.Equal(t, "unlimited", shown)
	require.Empty(t, machine)
	shown, machine = p.cell("without its end", "expiry")
	require.Regexp(t, "^expired [0-9]+ years ago$", shown, "it is refused")
	require.Equal(t, "1970-01-01T00:00:00.000Z", machine)
}

func TestUseIsSaidInWords(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	now := b.clock.Now()
	created := now.Add(-400 * day)
	b.given(
		transfertoken.Token{Name: "unused", CreatedAt: created},
		transfertoken.Token{Name: "in use", CreatedAt: created, LastUsedAt: now},
		transfertoken.Token{Name: "recent", CreatedAt: created, LastUsedAt: now.Add(-4 * time.Minute)},
		transfertoken.Token{Name: "old", CreatedAt: created, LastUsedAt: now.Add(-365 * day)},
	)
	p := newPage(t)
	p.stopClock(now)
	b.show(p, "ann")
	p.see("Tokens: 4 of 4")
	for name, want := range map[string]string{"unused": "never", "in use": "1 second ago", "recent": "4 minutes ago",
		"old": "1 year ago"} {
		shown, _ := p.cell(name, "last-used")
		require.Equal(t, want, shown)
	}
	_, machine := p.cell("recent", "last-used")
	require.Equal(t, "2026-11-21T17:33:17.000Z", machine)
	shown, machine := p.cell("unused", "created")
	require.Equal(t, "Oct 17, 2025", shown)
	require.Equal(t, "2025-10-17T17:37:17.000Z", machine)
	_, machine = p.cell("unused", "last-used")
	require.Empty(t, machine)
}

func TestTheServersClockCountsIfTheBrowsersIsWrong(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]time.Duration{"a day behind": -day, "a day ahead": day} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t, nil)
			now := b.clock.Now()
			b.given(
				transfertoken.Token{Name: "alive", CreatedAt: now, ExpiresAt: now.Add(2 * time.Hour)},
				transfertoken.Token{Name: "dead", CreatedAt: now.Add(-90 * day), ExpiresAt: now.Add(-2 * time.Hour),
					LastUsedAt: now.Add(-3 * time.Minute)},
			)
			p := newPage(t)
			p.stopClock(now.Add(wrong))
			b.show(p, "ann")
			p.see("Tokens: 2 of 2")
			for _, want := range []string{"expires in 2 hours", "expired 2 hours ago", "3 minutes ago"} {
				p.see(want)
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
			b := newBackend(t, nil)
			b.given(transfertoken.Token{Name: "contractor", ExpiresAt: b.clock.Now().Add(90 * day)})
			p := newPage(t)
			p.locale(where.locale)
			p.timezone(where.zone)
			b.show(p, "ann")
			p.see("Tokens: 1 of 1")
			shown, machine := p.cell("contractor", "created")
			require.Equal(t, where.day, shown)
			require.Equal(t, "2026-11-21T17:37:17.000Z", machine)
			p.see("expires in 90 days")
			p.click("button", "contractor")
			p.see("Created " + where.date)
			p.see(where.clock)
			p.see("Last used never")
		})
	}
}

func TestWordsFollowTheTimeWithoutAReload(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	now := b.clock.Now()
	b.given(transfertoken.Token{Name: "contractor", CreatedAt: now.Add(-90 * day), ExpiresAt: now.Add(3 * time.Minute),
		LastUsedAt: now})
	p := newPage(t)
	p.handClock(now)
	b.show(p, "ann")
	p.see("Tokens: 1 of 1")
	p.see("expires in 3 minutes")
	asked := len(b.seen())
	p.tabTo("Tab", "button", "contractor")
	p.pass(2 * time.Minute)
	p.see("expires in 1 minute")
	p.see("2 minutes ago")
	p.pass(time.Minute)
	p.see("expired 1 second ago")
	p.see("3 minutes ago")
	p.pass(2 * day)
	p.see("expired 2 days ago")
	require.Equal(t, named("button", "contractor"), p.focused())
	require.Len(t, b.seen(), asked)
}

func TestColourIsNotAloneInTellingThatATokenEnds(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	now := b.clock.Now()
	for name, left := range map[string]time.Duration{"later": 3*day + time.Hour, "soon": 3 * day, "over": 0} {
		b.given(transfertoken.Token{Name: name, CreatedAt: now.Add(left - 90*day), ExpiresAt: now.Add(left)})
	}
	p := newPage(t)
	p.stopClock(now)
	b.show(p, "ann")
	p.see("Tokens: 3 of 3")
	colour := func(name string) string {
		return eval[string](p,
			`getComputedStyle([...document.querySelectorAll("tbody tr")].find(row => row.querySelector(".name").textContent === "`+name+`").querySelector(".words")).color`)
	}
	require.Len(t, map[string]bool{colour("later"): true, colour("soon"): true, colour("over"): true}, 3)
	p.with("row", "over").see("expired")
	p.with("row", "soon").see("expires in 3 days")
}
