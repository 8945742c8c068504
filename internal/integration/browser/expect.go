package browser

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"
)

// Expect declares trouble that has to happen before the test ends: of this kind,
// with a text that contains this one.
func (p *Page) Expect(kind, text string) {
	_, inFirefox := p.tab.(*firefoxTab)
	p.watch.expect(expectation{trouble{kind, text}, inFirefox && kind == NetworkTrouble}) // see tellsNoFailureOf
}

// allow declares trouble that may happen.
func (p *Page) allow(kind, text string) { p.watch.expect(expectation{trouble{kind, text}, true}) }

// ExpectStatus declares that there will be an answer with this status.
func (p *Page) ExpectStatus(status int) { p.Expect(statusTrouble, fmt.Sprintf("%d ", status)) }

// AcceptDialogs accepts the dialogs from now on, which are dismissed otherwise.
func (p *Page) AcceptDialogs() { p.watch.acceptsDialogs.Store(true) }

// end requires that there was all the trouble that was declared, and no other.
func (p *Page) end() {
	p.T.Helper()
	if p.T.Failed() {
		if err := p.watch.unexpected(); err != nil {
			p.T.Logf("trouble on the page:\n%v", err)
		}
		return
	}
	p.Settle()
	require.NoError(p.T, p.watch.unexpected(), "trouble on the page")
}

// Settle waits until no request is under way and what is expected has happened.
func (p *Page) Settle() {
	p.T.Helper()
	calm := 0
	p.Until("settle", func(context.Context) error {
		err := p.watch.outstanding()
		if calm++; err != nil {
			calm = 0
		} else if calm < 3 {
			err = fmt.Errorf("it has only just become calm")
		}
		return err
	})
}
