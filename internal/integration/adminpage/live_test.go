package adminpage

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// watching shows the usual tokens on a page whose clock goes on by hand.
func watching(t testing.TB, opts *browser.BackendOptions) (*browser.Backend, *browser.Page) {
	t.Helper()
	b := browser.NewBackend(t, opts)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := browser.NewPage(t)
	p.HandClock(b.Clock.Now())
	b.Show(p, "ann")
	p.See("Tokens: 5 of 5")
	return b, p
}

func TestTheListFollowsWhatOthersChange(t *testing.T) {
	t.Parallel()
	b, p := watching(t, nil)
	secret := p.Create("robot")
	p.Settle()
	p.Fill("Filter", "o")
	p.Edit("contractor")
	p.Dialog().Fill("Name", "typed")
	name := "laptop of Sam"
	_, err := b.Svc.Update(t.Context(), b.Named("laptop of Noor").ID, transfertoken.Changes{Name: &name})
	require.NoError(t, err)
	require.NoError(t, b.Svc.Delete(t.Context(), b.Named("nightly backup").ID, 0))
	b.Issue(browser.Staging)
	p.Pass(time.Minute)
	p.Until("the list follows", has(p, "laptop of Sam"))
	require.Equal(t, "typed", p.Dialog().Value("Name"))
	p.AwaitFocus("textbox", "Name")
	discard(p)
	p.AwaitFocus("button", "Edit contractor")
	p.See("Someone else changed the list. New: staging. Changed: laptop of Sam. Deleted: nightly backup.")
	require.Equal(t, secret, p.Secret("robot"))
	require.Equal(t, "o", p.Value("Filter"))
}

func TestThePageAsksOnceAMinuteAndOnlyWhileItIsSeen(t *testing.T) {
	t.Parallel()
	b, p := watching(t, nil)
	asked := func() int { p.Settle(); return len(b.Seen("GET")) }
	before := asked()
	p.Pass(59 * time.Second)
	require.Equal(t, before, asked())
	p.Pass(time.Second)
	require.Equal(t, before+1, asked())
	browser.Eval[any](p, `Object.defineProperty(document, "hidden", {value: true, configurable: true}), undefined`)
	p.Pass(10 * time.Minute)
	require.Equal(t, before+1, asked())
	browser.Eval[any](p, `delete document.hidden, document.dispatchEvent(new Event("visibilitychange")), undefined`)
	require.Equal(t, before+2, asked())
}

func TestAListThatWasReadBeforeAChangeOnThePageIsNotShown(t *testing.T) {
	t.Parallel()
	b, p := watching(t, nil)
	read, goOn := make(chan struct{}), make(chan struct{})
	b.Replace(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		before := httptest.NewRecorder()
		next.ServeHTTP(before, r)
		close(read)
		<-goOn
		maps.Copy(w.Header(), before.Header())
		w.WriteHeader(before.Code)
		w.Write(before.Body.Bytes())
	}, browser.List)
	p.Pass(time.Minute)
	<-read
	renames(p, "contractor", "photographer")
	close(goOn)
	p.Settle()
	require.Contains(t, p.Names(), "photographer")
	p.NotSee("Someone else changed the list.")
}

func TestAHostCanSwitchTheAskingOff(t *testing.T) {
	t.Parallel()
	b, p := watching(t, &browser.BackendOptions{Admin: admin.Options{NoLiveUpdates: true}})
	p.Settle()
	before := len(b.Seen("GET"))
	p.Pass(time.Hour)
	p.Settle()
	require.Len(t, b.Seen("GET"), before)
}

func has(p *browser.Page, name string) func(context.Context) error {
	return func(context.Context) error {
		if names := p.Names(); !slices.Contains(names, name) {
			return fmt.Errorf("there are %q", names)
		}
		return nil
	}
}
