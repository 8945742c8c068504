package browser

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"
)

// expect declares trouble that has to happen before the test ends: of this kind,
// with a text that contains this one.
func (p *page) expect(kind, text string) { p.watch.expect(expectation{trouble{kind, text}, false}) }

// allow declares trouble that may happen.
func (p *page) allow(kind, text string) { p.watch.expect(expectation{trouble{kind, text}, true}) }

// expectStatus declares that there will be an answer with this status.
func (p *page) expectStatus(status int) { p.expect(statusTrouble, fmt.Sprintf("%d ", status)) }

// end requires that there was all the trouble that was declared, and no other.
func (p *page) end() {
	p.t.Helper()
	if p.t.Failed() {
		if err := p.watch.unexpected(); err != nil {
			p.t.Logf("trouble on the page:\n%v", err)
		}
		return
	}
	p.settle()
	require.NoError(p.t, p.watch.unexpected(), "trouble on the page")
}

// settle waits until no request is under way and what is expected has happened.
func (p *page) settle() {
	p.t.Helper()
	calm := 0
	p.until("settle", func(context.Context) error {
		err := p.watch.outstanding()
		if calm++; err != nil {
			calm = 0
		} else if calm < 3 {
			err = fmt.Errorf("it has only just become calm")
		}
		return err
	})
}
