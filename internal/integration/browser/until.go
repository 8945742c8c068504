package browser

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"
)

// changed is fulfilled when the document is likely to have changed.
const changed = `new Promise(done => {
	const observer = new MutationObserver(done)
	observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true})
	setTimeout(done, 50)
})`

// Until calls try again after every change of the page, also when another page
// has taken its place, until it returns nil.
func (p *Page) Until(what string, try func(ctx context.Context) error) {
	p.T.Helper()
	require.NoError(p.T, p.await(try), what)
}

func (p *Page) await(try func(ctx context.Context) error) error {
	ctx, cancel := p.limited()
	defer cancel()
	var last error
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			if last == nil {
				last = err
			}
			return last
		}
		last = err
		brief, stop := context.WithTimeout(ctx, time.Second) // a document that is left may never answer
		_, err = evaluate[any](brief, p.tab, changed)
		stop()
		if err != nil {
			select { // there is no document at the moment
			case <-ctx.Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}
