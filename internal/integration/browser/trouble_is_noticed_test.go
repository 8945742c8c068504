package browser

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTroubleIsNoticed brings about each kind of trouble. A page that does not
// expect it would fail.
func TestTroubleIsNoticed(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter,
		*http.Request) {
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(broken.Close)
	for name, c := range map[string]struct {
		body, script string
		want         []trouble // all of it
	}{
		"exception":        {"", `throw new Error("oops")`, []trouble{{exceptionTrouble, "oops"}}},
		"rejected promise": {"", `Promise.reject(new Error("oops"))`, []trouble{{exceptionTrouble, "oops"}}},
		"console error":    {"", `console.error("oops", 5)`, []trouble{{consoleTrouble, "error: oops 5"}}},
		"console warning":  {"", `console.warn("oops")`, []trouble{{consoleTrouble, "warning: oops"}}},
		"failed assertion": {"", `console.assert(false, "oops")`, []trouble{{consoleTrouble, "oops"}}},
		"inline script": {`<script>console.log(1)</script>`, ``,
			[]trouble{{cspTrouble, "script-src-elem blocks inline at "}, {cspTrouble, "script-src-elem blocks kInlineViolation"},
				{cspTrouble, "error: Executing inline script violates"}}},
		"inline handler": {`<button onclick="x()">Go</button>`, ``, []trouble{{cspTrouble, "script-src-attr"}}},
		"inline style":   {`<p style="color:red">x</p>`, ``, []trouble{{cspTrouble, "style-src-attr"}}},
		"eval":           {"", `try { eval("1") } catch {}`, []trouble{{cspTrouble, "eval"}}},
		"missing file": {"", `fetch("missing").then(r => r.text())`,
			[]trouble{{statusTrouble, "404 GET http://127.0.0.1:"}}},
		"foreign request": {"", `fetch("` + broken.URL + `/x").catch(() => {})`, []trouble{{cspTrouble, "connect-src"}}},
		"alert":           {"", `alert("oops")`, []trouble{{dialogTrouble, "alert: oops"}}},
		"window":          {"", `window.open("/")`, []trouble{{windowTrouble, "http://127.0.0.1:"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := document(t, c.body, c.script)
			p := newPage(t)
			for _, want := range c.want {
				p.expect(want.kind, want.text)
			}
			p.open(address)
			p.settle()
			p.watch.expected = nil
			err := p.watch.unexpected()
			require.Error(t, err)
			for _, want := range c.want {
				require.ErrorContains(t, err, want.kind+": ")
				require.ErrorContains(t, err, want.text)
				p.allow(want.kind, "")
			}
		})
	}
}

func TestIssuesAreNoticed(t *testing.T) {
	t.Parallel()
	address := site(t, map[string]string{"/": "<title>Old</title>"})
	p := newPage(t)
	p.expect(issueTrouble, "QuirksModeIssue")
	p.open(address)
}

func TestRequestsToOtherOriginsAreNoticed(t *testing.T) {
	t.Parallel()
	other := site(t, map[string]string{"/": "x"})
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!DOCTYPE html><title>Plain</title><link rel=icon href="data:,"><img alt="" src="` + other +
			`/"><p>done`))
	}))
	t.Cleanup(plain.Close)
	p := newPage(t)
	p.expect(foreignTrouble, "GET "+other)
	p.allow(networkTrouble, "ERR_BLOCKED_BY_ORB")
	p.open(plain.URL)
	p.see("done")
}

func TestRequestsThatFailAreNoticed(t *testing.T) {
	t.Parallel()
	address := document(t, `<button id=b>Go</button><p id=out></p>`, `
		b.onclick = () => fetch("/").then(() => out.textContent += "online;", () => out.textContent += "offline;")`)
	p := newPage(t)
	p.open(address)
	p.offline(true)
	p.expect(networkTrouble, "ERR_INTERNET_DISCONNECTED")
	p.click("button", "Go")
	p.see("offline;")
	require.False(t, eval[bool](p, "navigator.onLine"))
	p.offline(false)
	p.click("button", "Go")
	p.see("offline;online;")
	p.offline(true)
	p.reload()
	p.offline(false)
	p.reload()
	p.click("button", "Go")
	p.see("online;")
}

func TestTroubleThatDoesNotHappenIsMissed(t *testing.T) {
	t.Parallel()
	p := show(t, ``, ``)
	p.expect(consoleTrouble, "oops")
	require.ErrorContains(t, p.watch.outstanding(), `expected console trouble did not happen: "oops"`)
	eval[any](p, `console.error("oops")`)
}

func TestAnAnswerThatIsUnderWayIsWaitedFor(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/slow" {
			<-release
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		w.Write([]byte(`<!DOCTYPE html><link rel=icon href="data:,"><title>Slow</title>`))
	}))
	t.Cleanup(server.Close)
	p := newPage(t)
	p.expectStatus(503)
	p.open(server.URL)
	eval[any](p, `fetch("slow"), undefined`)
	p.until("request", func(context.Context) error {
		if err := p.watch.outstanding(); err == nil {
			return errors.New("nothing is outstanding")
		}
		return nil
	})
	require.ErrorContains(t, p.watch.outstanding(), "not answered yet: GET "+server.URL+"/slow")
	close(release)
}

func TestTroubleFailsATest(t *testing.T) {
	t.Parallel()
	p := show(t, ``, `console.error("oops")`)
	verdict := judge(t, func(fake *fakeTB) {
		p.t = fake
		p.end()
	})
	require.Contains(t, verdict.failed, "console: error: oops")
	p.t = t
	p.expect(consoleTrouble, "oops")
}

func TestDialogsAreAnswered(t *testing.T) {
	t.Parallel()
	p := show(t, `<button id=b>Ask</button><p id=out></p>`, `b.onclick = () => out.textContent += confirm("Sure?") + ";"`)
	p.expect(dialogTrouble, "confirm: Sure?")
	p.click("button", "Ask")
	p.see("false;")
	p.acceptDialogs()
	p.click("button", "Ask")
	p.see("false;true;")
}
