package browser

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestButtonsAreClickedOnceTheyCanBe(t *testing.T) {
	t.Parallel()
	p := show(t, `<button id=b disabled>Go</button><p id=out></p>`, `
		setTimeout(() => b.disabled = false, 100)
		b.onclick = () => out.textContent = "gone"`)
	p.notSee("gone")
	p.click("button", "Go")
	p.see("gone")
	require.Equal(t, "gone", p.text("paragraph", ""))
}

func TestHiddenAndCoveredElementsAreNotClicked(t *testing.T) {
	t.Parallel()
	p := show(t, `<button hidden>Hidden</button><button>Behind</button><dialog id=d><button autofocus>Front</button></dialog><p id=out></p>`, `
		d.showModal()
		document.addEventListener("click", e => out.append(e.target.textContent))
		d.querySelector("button").onclick = () => d.close()`)
	p.awaitFocus("button", "Front")
	p.awaitCount(0, "button", "Hidden")
	p.awaitCount(0, "button", "Behind")
	p.click("button", "Front")
	p.click("button", "Behind")
	p.see("FrontBehind")
}

func TestAnOverlayIsWaitedFor(t *testing.T) {
	t.Parallel()
	p := show(t, `<button id=b>Go</button><p id=out></p>`, `
		const overlay = document.body.appendChild(document.createElement("div"))
		Object.assign(overlay.style, {position: "fixed", inset: 0})
		overlay.onclick = () => out.textContent = "wrong"
		b.onclick = () => out.textContent = "right"
		setTimeout(() => overlay.remove(), 100)`)
	p.click("button", "Go")
	p.see("right")
}

func TestElementsFarBelowAreClicked(t *testing.T) {
	t.Parallel()
	p := show(t, `<div id=space></div><label><input type=checkbox id=c>Agree</label>`, `
		space.style.height = "5000px"
		document.documentElement.style.scrollBehavior = "smooth"
		Object.assign(c.style, {position: "absolute", opacity: 0, pointerEvents: "none"})`)
	require.Equal(t, "false", p.state("checked", "checkbox", "Agree"))
	p.click("checkbox", "Agree")
	require.Equal(t, "true", p.state("checked", "checkbox", "Agree"))
}

func TestFieldsAreFoundByLabelAndFilled(t *testing.T) {
	t.Parallel()
	p := show(t, `<label>Name <input id=n value=old aria-describedby=hint></label><p id=hint>Up to 255</p>
		<label for=d>Description</label><textarea id=d></textarea>
		<label>Lifespan <select><option>7 days<option>30 days<option>90 days</select></label>`, ``)
	p.fill("Name", "Größe 😀")
	p.fill("Description", "one\ntwo")
	p.choose("Lifespan", "90 days")
	require.Equal(t, "Größe 😀", p.value("Name"))
	require.Equal(t, "one\ntwo", p.value("Description"))
	require.Equal(t, "90 days", p.value("Lifespan"))
	require.Equal(t, "Up to 255", p.description("textbox", "Name"))
	p.fill("Name", "")
	require.Empty(t, p.value("Name"))
}

func TestKeysMoveTheFocus(t *testing.T) {
	t.Parallel()
	p := show(t, `<button>One</button><a href=#x>Two</a><label>Three <input id=i></label><p id=out></p>`, `
		document.addEventListener("keydown", e => out.append(e.key, ";"))
		document.addEventListener("click", e => out.append("click;"))`)
	require.Equal(t, "nothing", p.focused())
	p.press("Tab")
	require.Equal(t, `button "One"`, p.focused())
	p.press("Space", "Tab")
	require.Equal(t, `link "Two"`, p.focused())
	p.press("Enter", "Tab")
	require.Equal(t, `textbox "Three"`, p.focused())
	p.write("ab")
	p.press("Home", "Delete", "End", "Backspace", "Shift+Tab")
	p.awaitFocus("link", "Two")
	p.press("Escape", "ArrowDown")
	require.Equal(t, "Tab; ;click;Tab;Enter;click;Tab;a;b;Home;Delete;End;Backspace;Tab;Escape;ArrowDown;",
		p.text("paragraph", ""))
	require.Empty(t, p.value("Three"))
}

func TestPartsOfAPageAreTold(t *testing.T) {
	t.Parallel()
	p := show(t, `<table><tr><th>Name<th>Scope<tr><td>a<td>push<td><button>Delete</button><tr><td>b<td>pull<td><button>Delete</button></table>
		<section aria-label=Help>push</section><p id=out></p>`, `
		document.addEventListener("click", e => out.textContent = "deleted " + e.target.closest("tr").cells[0].textContent)`)
	p.awaitCount(3, "row", "")
	p.with("row", "a").see("push")
	p.with("row", "b").notSee("push")
	p.in("region", "Help").see("push")
	p.with("row", "b").click("button", "Delete")
	p.see("deleted b")
}

func TestOnlyWhatIsVisibleIsSeen(t *testing.T) {
	t.Parallel()
	p := show(t, `<p hidden>alpha</p><details><summary>more</summary>beta</details><p>split <b>in
		two</b></p><dialog>gamma</dialog>`, ``)
	p.see("more split in two")
	for _, text := range []string{"alpha", "beta", "gamma"} {
		p.notSee(text)
	}
	p.click("DisclosureTriangle", "more")
	p.see("beta")
}

func TestHistoryIsTravelled(t *testing.T) {
	t.Parallel()
	address := site(t, map[string]string{
		"/":       `<!DOCTYPE html><title>First</title><a href=/second>Onward</a>`,
		"/second": `<!DOCTYPE html><title>Second</title><p>there`,
	})
	p := newPage(t)
	p.open(address)
	p.click("link", "Onward")
	p.see("there")
	p.back()
	require.Equal(t, address+"/", p.url())
	p.forward()
	require.Equal(t, address+"/second", p.url())
	p.reload()
	p.see("there")
	eval[any](p, `history.pushState(null, "", "/third")`)
	p.back()
	require.Equal(t, address+"/second", p.url())
}

func TestSurroundingsAreEmulated(t *testing.T) {
	t.Parallel()
	address := document(t, ``, ``)
	p := newPage(t)
	p.open(address)
	const describe = `[innerWidth + "x" + innerHeight, matchMedia("(prefers-color-scheme: dark)").matches,
		matchMedia("(prefers-reduced-motion: reduce)").matches, new Date(0).getHours(), navigator.language,
		new Date(0).toLocaleDateString()].join(" ")`
	require.Equal(t, "1280x800 false true 0 en-US 1/1/1970", eval[string](p, describe))
	p.viewport(320, 640)
	p.prefers("prefers-color-scheme", "dark")
	p.timezone("Asia/Tokyo")
	p.locale("de-DE")
	p.stopClock(time.Date(2026, 11, 21, 17, 37, 17, 0, time.UTC))
	p.reload()
	require.Equal(t, "320x640 true true 9 de-DE 1.1.1970", eval[string](p, describe))
	require.Equal(t, "2026-11-21T17:37:17.000Z", eval[string](p, `new Date().toISOString()`))
}

func TestClipboardIsReadAndForbidden(t *testing.T) {
	t.Parallel()
	const body, script = `<button id=b>Copy</button><p role=status id=out></p>`, `
		b.onclick = () => navigator.clipboard.writeText("secret").then(() => out.textContent = "Copied", e => out.textContent = e.name)`
	t.Run("allowed", func(t *testing.T) {
		p := show(t, body, script)
		p.useClipboard(true)
		p.click("button", "Copy")
		p.see("Copied")
		require.Equal(t, "secret", p.clipboard())
	})
	t.Run("forbidden", func(t *testing.T) {
		p := show(t, body, script)
		p.useClipboard(false)
		p.click("button", "Copy")
		p.see("NotAllowedError")
		require.Empty(t, p.clipboard())
	})
}

func TestPagesShareNothingButTabsDo(t *testing.T) {
	t.Parallel()
	address := document(t, ``, ``)
	p := newPage(t)
	p.open(address)
	eval[any](p, `localStorage.setItem("key", "mine")`)
	same, other := p.tab(), newPage(t)
	same.open(address)
	other.open(address)
	require.Equal(t, "mine", eval[string](same, `localStorage.getItem("key")`))
	require.Empty(t, eval[string](other, `localStorage.getItem("key")`))
}
