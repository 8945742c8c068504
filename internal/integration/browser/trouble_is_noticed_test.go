package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
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
			[]trouble{{cspTrouble, "script-src-elem blocks inline at "}, {cspTrouble, map[string]string{
				"Chromium": "error: Executing inline script violates", "Firefox": "blocked an inline script",
			}[current.name()]}}},
		"inline handler": {`<button onclick="x()">Go</button>`, ``, []trouble{{cspTrouble, "script-src-attr"}}},
		"inline style":   {`<p style="color:red">x</p>`, ``, []trouble{{cspTrouble, "style-src-attr"}}},
		"eval":           {"", `try { eval("1") } catch {}`, []trouble{{cspTrouble, "eval"}}},
		"missing file": {"", `fetch("missing").then(r => r.text())`,
			[]trouble{{statusTrouble, "404 GET http://127.0.0.1:"}}},
		"foreign request": {"", `fetch("` + broken.URL + `/x").catch(() => {})`, []trouble{{cspTrouble, "connect-src"}}},
		"alert":           {"", `alert("oops")`, []trouble{{DialogTrouble, "alert: oops"}}},
		"window":          {"", `window.open("/")`, []trouble{{windowTrouble, "http://127.0.0.1:"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := document(t, c.body, c.script)
			p := NewPage(t)
			for _, want := range c.want {
				p.Expect(want.kind, want.text)
			}
			p.Open(address)
			p.Settle()
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
	p := NewPage(t)
	p.Expect(issueTrouble, "QuirksModeIssue")
	p.Open(address)
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
	p := NewPage(t)
	p.Expect(foreignTrouble, "GET "+other)
	p.allow(NetworkTrouble, "ERR_BLOCKED_BY_ORB")
	p.Open(plain.URL)
	p.See("done")
}

func TestRequestsThatFailAreNoticed(t *testing.T) {
	t.Parallel()
	address := document(t, `<button id=b>Go</button><p id=out></p>`, `
		b.onclick = () => fetch("/").then(() => out.textContent += "online;", () => out.textContent += "offline;")`)
	p := NewPage(t)
	p.Open(address)
	p.Offline(true)
	p.Expect(NetworkTrouble, "ERR_INTERNET_DISCONNECTED")
	p.Click("button", "Go")
	p.See("offline;")
	require.False(t, Eval[bool](p, "navigator.onLine"))
	p.Offline(false)
	p.Click("button", "Go")
	p.See("offline;online;")
	if current.name() == "Firefox" {
		return // whose page for errors answers no script
	}
	p.Offline(true)
	p.Reload()
	p.Offline(false)
	p.Reload()
	p.Click("button", "Go")
	p.See("online;")
}

func TestTroubleThatDoesNotHappenIsMissed(t *testing.T) {
	t.Parallel()
	p := show(t, ``, ``)
	p.Expect(consoleTrouble, "oops")
	require.ErrorContains(t, p.watch.outstanding(), `expected console trouble did not happen: "oops"`)
	Eval[any](p, `console.error("oops")`)
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
	p := NewPage(t)
	p.ExpectStatus(503)
	p.Open(server.URL)
	Eval[any](p, `fetch("slow"), undefined`)
	p.Until("request", func(context.Context) error {
		if err := p.watch.outstanding(); !strings.Contains(err.Error(), "not answered yet: GET "+server.URL+"/slow") {
			return err
		}
		return nil
	})
	close(release)
}

func TestRequestsOfADocumentThatWasLeftAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWatch()
	w.home("http://host/")
	w.sent("a", "GET", "http://host/", "first", false)
	w.navigated("first")
	require.ErrorContains(t, w.outstanding(), "not answered yet: GET http://host/")
	w.navigated("second")
	require.NoError(t, w.outstanding())
	w.sent("b", "GET", "http://host/late", "first", false)
	require.NoError(t, w.outstanding())
	w.navigated("first") // back in the history
	w.sent("c", "GET", "http://host/again", "first", false)
	require.ErrorContains(t, w.outstanding(), "not answered yet: GET http://host/again")
}

func TestTroubleFailsATest(t *testing.T) {
	t.Parallel()
	p := show(t, ``, `console.error("oops")`)
	verdict := judge(t, func(fake *fakeTB) {
		p.T = fake
		p.end()
	})
	require.Contains(t, verdict.failed, "console: error: oops")
	p.T = t
	p.Expect(consoleTrouble, "oops")
}

func TestDialogsAreAnswered(t *testing.T) {
	t.Parallel()
	p := show(t, `<button id=b>Ask</button><p id=out></p>`, `b.onclick = () => out.textContent += confirm("Sure?") + ";"`)
	p.Expect(DialogTrouble, "confirm: Sure?")
	p.Click("button", "Ask")
	p.See("false;")
	p.AcceptDialogs()
	p.Click("button", "Ask")
	p.See("false;true;")
}
