package browser

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestButtonsAreClickedOnceTheyCanBe(t *testing.T) {
	t.Parallel()
	p := show(t, `<button id=b disabled>Go</button><p id=out></p>`, `
		setTimeout(() => b.disabled = false, 100)
		b.onclick = () => out.textContent = "gone"`)
	p.NotSee("gone")
	p.Click("button", "Go")
	p.See("gone")
	require.Equal(t, "gone", p.text("paragraph", ""))
}

func TestHiddenAndCoveredElementsAreNotClicked(t *testing.T) {
	t.Parallel()
	p := show(t, `<button hidden>Hidden</button><button>Behind</button>
		<dialog id=d><button autofocus>Front</button></dialog><p id=out></p>`, `
		d.showModal()
		document.addEventListener("click", e => out.append(e.target.textContent))
		d.querySelector("button").onclick = () => d.close()`)
	p.AwaitFocus("button", "Front")
	p.AwaitCount(0, "button", "Hidden")
	p.AwaitCount(0, "button", "Behind")
	p.Click("button", "Front")
	p.Click("button", "Behind")
	p.See("FrontBehind")
}

func TestAnOverlayIsWaitedFor(t *testing.T) {
	t.Parallel()
	p := show(t, `<button id=b>Go</button><p id=out></p>`, `
		const overlay = document.body.appendChild(document.createElement("div"))
		Object.assign(overlay.style, {position: "fixed", inset: 0})
		overlay.onclick = () => out.textContent = "wrong"
		b.onclick = () => out.textContent = "right"
		setTimeout(() => overlay.remove(), 100)`)
	p.Click("button", "Go")
	p.See("right")
}

func TestAClickThatComesTooLateReachesNothingElse(t *testing.T) {
	t.Parallel()
	p := show(t, `<button>Aim</button><button id=b>Other</button><p id=out></p>`, `
		for (const type of ["pointerdown", "mousedown", "mouseup", "click"])
			document.addEventListener(type, e => out.append(type + " " + e.target.textContent + "; "))`)
	p.Until("aim", func(ctx context.Context) error {
		e, err := p.One(ctx, "Aim", "button")
		require.NoError(t, err)
		at, err := Call[Point](ctx, e, FindPoint)
		require.NoError(t, err)
		Eval[any](p, `Object.assign(b.style, {position: "fixed", inset: 0, width: "100%"}), undefined`)
		require.NoError(t, p.ClickAt(ctx, at))
		require.ErrorContains(t, p.missed(ctx, e), "moved away from the mouse")
		return nil
	})
	require.Equal(t, "nothing", p.Focused())
	Eval[any](p, `b.hidden = true, undefined`)
	p.Click("button", "Aim")
	p.See("click Aim;")
	p.NotSee("Other;")
}

func TestElementsFarBelowAreClicked(t *testing.T) {
	t.Parallel()
	p := show(t, `<div id=space></div><label><input type=checkbox id=c>Agree</label>`, `
		space.style.height = "5000px"
		document.documentElement.style.scrollBehavior = "smooth"
		Object.assign(c.style, {position: "absolute", opacity: 0, pointerEvents: "none"})`)
	require.Equal(t, "false", p.State("checked", "checkbox", "Agree"))
	p.Click("checkbox", "Agree")
	require.Equal(t, "true", p.State("checked", "checkbox", "Agree"))
}

func TestFieldsAreFoundByLabelAndFilled(t *testing.T) {
	t.Parallel()
	p := show(t, `<label>Name <input id=n value=old aria-describedby=hint></label><p id=hint>Up to 255</p>
		<label>Password <input type=password></label>
		<label for=d>Description</label><textarea id=d></textarea>
		<label>Lifespan <select><option>7 days<option>30 days<option>90 days</select></label>`, ``)
	p.Fill("Password", "a secret")
	require.Equal(t, "a secret", p.Value("Password"))
	p.Fill("Name", "Größe 😀")
	p.Fill("Description", "one\ntwo")
	p.Choose("Lifespan", "90 days")
	require.Equal(t, "Größe 😀", p.Value("Name"))
	require.Equal(t, "one\ntwo", p.Value("Description"))
	require.Equal(t, "90 days", p.Value("Lifespan"))
	require.Equal(t, "Up to 255", p.Description("textbox", "Name"))
	p.Fill("Name", "")
	require.Empty(t, p.Value("Name"))
}

func TestKeysMoveTheFocus(t *testing.T) {
	t.Parallel()
	p := show(t, `<button>One</button><a href=#x>Two</a><label>Three <input id=i></label><p id=out></p>`, `
		document.addEventListener("keydown", e => e.key === "Shift" || out.append(e.key, ";"))
		document.addEventListener("click", e => out.append("click;"))`)
	require.Equal(t, "nothing", p.Focused())
	p.Press("Tab")
	require.Equal(t, `button "One"`, p.Focused())
	p.Press("Space", "Tab")
	require.Equal(t, `link "Two"`, p.Focused())
	p.Press("Enter", "Tab")
	require.Equal(t, `textbox "Three"`, p.Focused())
	p.Write("ab")
	p.Press("Home", "Delete", "End", "Backspace", "Shift+Tab")
	p.AwaitFocus("link", "Two")
	p.Press("Escape", "ArrowDown")
	require.Equal(t, "Tab; ;click;Tab;Enter;click;Tab;a;b;Home;Delete;End;Backspace;Tab;Escape;ArrowDown;",
		p.text("paragraph", ""))
	require.Empty(t, p.Value("Three"))
}

func TestPartsOfAPageAreTold(t *testing.T) {
	t.Parallel()
	p := show(t, `<table><tr><th>Name<th>Scope<tr><td>a<td>push<td><button>Delete</button>
		<tr><td>b<td>pull<td><button>Delete</button></table>
		<section aria-label=Help>push</section><p id=out></p>`, `
		document.addEventListener("click", e => out.textContent = "deleted " + e.target.closest("tr").cells[0].textContent)`)
	p.AwaitCount(3, "row", "")
	p.With("row", "a").See("push")
	p.With("row", "b").NotSee("push")
	p.In("region", "Help").See("push")
	p.With("row", "b").Click("button", "Delete")
	p.See("deleted b")
}

func TestOnlyWhatIsVisibleIsSeen(t *testing.T) {
	t.Parallel()
	p := show(t, `<p hidden>alpha</p><details><summary>more</summary>beta</details><p>split <b>in
		two</b></p><dialog>gamma</dialog>`, ``)
	p.See("more split in two")
	for _, text := range []string{"alpha", "beta", "gamma"} {
		p.NotSee(text)
	}
	p.Click("DisclosureTriangle", "more")
	p.See("beta")
}

func TestHistoryIsTravelled(t *testing.T) {
	t.Parallel()
	address := site(t, map[string]string{
		"/":       `<!DOCTYPE html><title>First</title><a href=/second>Onward</a>`,
		"/second": `<!DOCTYPE html><title>Second</title><p>there`,
	})
	p := NewPage(t)
	p.Open(address)
	p.Click("link", "Onward")
	p.See("there")
	p.Back()
	require.Equal(t, address+"/", p.URL())
	p.Forward()
	require.Equal(t, address+"/second", p.URL())
	p.Reload()
	p.See("there")
	Eval[any](p, `history.pushState(null, "", "/third")`)
	p.Back()
	require.Equal(t, address+"/second", p.URL())
}

func TestSurroundingsAreEmulated(t *testing.T) {
	t.Parallel()
	address := document(t, ``, ``)
	p := NewPage(t)
	p.Open(address)
	const describe = `[innerWidth + "x" + innerHeight, matchMedia("(prefers-color-scheme: dark)").matches,
		matchMedia("(prefers-reduced-motion: reduce)").matches, new Date(0).getHours(), navigator.language,
		new Date(0).toLocaleDateString()].join(" ")`
	require.Equal(t, "1280x800 false true 0 en-US 1/1/1970", Eval[string](p, describe))
	p.Viewport(320, 640)
	p.Prefers("prefers-color-scheme", "dark")
	p.Timezone("Asia/Tokyo")
	p.Locale("de-DE")
	p.StopClock(time.Date(2026, 11, 21, 17, 37, 17, 0, time.UTC))
	p.Reload()
	require.Equal(t, "320x640 true true 9 de-DE 1.1.1970", Eval[string](p, describe))
	require.Equal(t, "2026-11-21T17:37:17.000Z", Eval[string](p, `new Date().toISOString()`))
}

func TestClipboardIsReadAndForbidden(t *testing.T) {
	t.Parallel()
	const body, script = `<button id=b>Copy</button><p role=status id=out></p>`, `
		b.onclick = () => navigator.clipboard.writeText("secret").then(
			() => out.textContent = "Copied", e => out.textContent = e.name)`
	t.Run("allowed", func(t *testing.T) {
		p := show(t, body, script)
		p.UseClipboard(true)
		p.Click("button", "Copy")
		p.See("Copied")
		require.Equal(t, "secret", p.Clipboard())
	})
	t.Run("forbidden", func(t *testing.T) {
		p := show(t, body, script)
		p.UseClipboard(false)
		p.Click("button", "Copy")
		p.See("NotAllowedError")
		require.Empty(t, p.Clipboard())
	})
}

func TestPagesShareNothingButTabsDo(t *testing.T) {
	t.Parallel()
	address := document(t, ``, ``)
	p := NewPage(t)
	p.Open(address)
	Eval[any](p, `localStorage.setItem("key", "mine")`)
	same, other := p.Tab(), NewPage(t)
	same.Open(address)
	other.Open(address)
	require.Equal(t, "mine", Eval[string](same, `localStorage.getItem("key")`))
	require.Empty(t, Eval[string](other, `localStorage.getItem("key")`))
}
