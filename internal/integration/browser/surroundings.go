package browser

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"
)

// Viewport sets how much room the page has, in CSS pixels.
func (p *Page) Viewport(width, height int64) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.viewport(ctx, width, height) })
}

// Prefers sets a media feature: prefers("prefers-color-scheme", "dark"). Pages
// get prefers-reduced-motion: reduce unless it is set.
func (p *Page) Prefers(feature, value string) {
	p.T.Helper()
	p.features[feature] = value
	p.do(func(ctx context.Context, t tab) error { return t.media(ctx, maps.Clone(p.features)) })
}

// Timezone sets the time zone, which is UTC otherwise.
func (p *Page) Timezone(id string) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.timezone(ctx, id) })
}

// Locale sets the language and the format of numbers and dates, such as "de-DE",
// for pages that are opened after that. It is en-US otherwise.
func (p *Page) Locale(tag string) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.locale(ctx, tag) })
}

// Scripting turns JavaScript off for pages that are opened after that, or on again.
func (p *Page) Scripting(enabled bool) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.scripting(ctx, enabled) })
}

// Offline takes the network away, or gives it back. A page that is open has noticed it
// when Offline returns: its requests may overtake the command.
func (p *Page) Offline(offline bool) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.offline(ctx, offline) })
	p.Until("be offline or not", func(ctx context.Context) error {
		is, err := evaluate[bool](ctx, p.tab, `location.protocol.startsWith("http")
			? fetch(location.origin, {method: "HEAD", cache: "no-store"}).then(() => false, () => true) : `+strconv.FormatBool(offline))
		if err == nil && is != offline {
			err = fmt.Errorf("offline is %t", is)
		}
		return err
	})
}

// StopClock makes it now for pages that are opened after that, for ever. Timers
// still run.
func (p *Page) StopClock(now time.Time) {
	p.T.Helper()
	p.onNewDocument(fmt.Sprintf(`{
		const now = %d
		globalThis.Date = class extends Date {
			constructor(...args) { args.length ? super(...args) : super(now) }
			static now() { return now }
		}
	}`, now.UnixMilli()))
}

func (p *Page) onNewDocument(script string) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.onNewDocument(ctx, script) })
}
