package browser

import (
	"fmt"
	"time"
)

// HandClock gives pages that are opened after that a clock that shows now and
// goes on only by pass. It drives intervals as well.
func (p *Page) HandClock(now time.Time) {
	p.T.Helper()
	p.onNewDocument(fmt.Sprintf(`{
		let now = %d
		const intervals = []
		globalThis.Date = class extends Date {
			constructor(...args) { args.length ? super(...args) : super(now) }
			static now() { return now }
		}
		globalThis.setInterval = (act, every) => intervals.push({act, every, next: now + every})
		globalThis.pass = milliseconds => {
			for (const end = now + milliseconds; now < end; ) {
				now = Math.min(end, ...intervals.map(i => i.next))
				for (const i of intervals) if (i.next === now) { i.next += i.every; i.act() }
			}
		}
	}`, now.UnixMilli()))
}

// Pass lets time go by on a page that has a handClock.
func (p *Page) Pass(d time.Duration) {
	p.T.Helper()
	Eval[any](p, fmt.Sprintf("pass(%d)", d.Milliseconds()))
}
