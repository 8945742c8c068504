package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/admin"
)

var german = map[string]string{
	"lang": "de", "title": "Transfer-Tokens", "create": "Neues Transfer-Token anlegen", "edit": "Bearbeiten",
	"delete":      "Löschen",
	"deleteNamed": "{name} löschen", "deleteTitle": "{name} löschen?", "cancel": "Abbrechen", "filter": "Filtern",
	"shown": "{total} Tokens, davon gezeigt: {shown}", "expires": "läuft {when} ab", "expired": "{when} abgelaufen",
	"never": "nie", "unlimited": "unbegrenzt", "typePull": "Holen", "columnLastUsed": "Zuletzt benutzt",
	"fieldName": "Name des Tokens", "problemMissing": "Bitte ausfüllen.", "save": "Speichern",
}

// hebrew is written from right to left.
var hebrew = map[string]string{
	"lang": "he", "dir": "rtl", "title": "אסימוני העברה", "create": "יצירת אסימון העברה", "edit": "עריכה",
	"regenerate": "חידוש",
	"delete":     "מחיקה", "columnDescription": "תיאור", "columnType": "סוג", "columnExpires": "תפוגה",
	"columnLastUsed": "שימוש אחרון",
	"editNamed":      "עריכה {name}", "regenerateNamed": "חידוש {name}", "deleteNamed": "מחיקה {name}",
	"deleteTitle": "למחוק את {name}?", "expires": "פג תוקף {when}", "cancel": "ביטול",
	"shown": "אסימונים: {shown} מתוך {total}",
}

func TestTextsAreThoseOfTheHost(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{admin: admin.Options{Texts: german}})
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "ann")
	p.see("5 Tokens, davon gezeigt: 5")
	require.Equal(t, "de ltr", eval[string](p, `document.documentElement.lang + " " + document.documentElement.dir`))
	require.Equal(t, "Transfer-Tokens", eval[string](p, "document.title"))
	for _, text := range []string{
		"läuft in 2 Tagen ab", "vor 2 Tagen abgelaufen", "vor 4 Minuten", "nie", "unbegrenzt", "Holen", "Zuletzt benutzt",
	} {
		p.see(text)
	}
	p.awaitCount(1, "button", "Edit contractor") // is not translated
	p.click("button", "contractor löschen")
	p.in("alertdialog", "contractor löschen?").click("button", "Abbrechen")
	p.click("button", "Neues Transfer-Token anlegen")
	p.click("button", "Speichern")
	p.see("Bitte ausfüllen.")
	p.awaitFocus("textbox", "Name des Tokens")
}

func TestTextsOfARefusalAreThoseOfTheHost(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{admin: admin.Options{SignInURL: "/login", Texts: map[string]string{
		"lang": "de", "signedOutTitle": "Nicht angemeldet", "signIn": "Anmelden",
	}}})
	p := newPage(t)
	p.expectStatus(401)
	b.show(p, "")
	p.see("Nicht angemeldet")
	p.awaitCount(1, "link", "Anmelden")
	require.Equal(t, "de ltr", eval[string](p, `document.documentElement.lang + " " + document.documentElement.dir`))
}

func TestWritingFromRightToLeftMirrorsThePage(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{admin: admin.Options{Texts: hebrew}})
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "ann")
	p.see("אסימונים: 5 מתוך 5")
	p.see("פג תוקף בעוד יומיים")
	require.Equal(t, "he rtl", eval[string](p, `document.documentElement.lang + " " + document.documentElement.dir`))
	left := func(selector string) float64 {
		return eval[float64](p, `document.querySelector("`+selector+`").getBoundingClientRect().left`)
	}
	require.Less(t, left("#create"), left("h1"))
	require.Less(t, left("td.actions"), left("tbody .name"))
	p.fits()

	p.click("button", "contractor")
	for _, selector := range []string{"tbody .name bdi", ".description bdi", ".created-by bdi"} {
		p.alignedRight(selector)
	}
	p.viewport(320, 640)
	for _, selector := range []string{"tbody .name bdi", ".description bdi"} {
		p.alignedRight(selector)
	}
}

// alignedRight requires that the lines of what is chosen start at the right.
func (p *page) alignedRight(selector string) {
	p.t.Helper()
	require.True(p.t, eval[bool](p, `[...document.querySelectorAll("main `+selector+`")].every(e => {
		const style = getComputedStyle(e)
		return style.display === "inline" ? getComputedStyle(e.parentElement).direction === "rtl" : style.textAlign === "right"
	})`), selector)
}

func TestTheMarkBesideANameHasRoomInBothDirections(t *testing.T) {
	t.Parallel()
	for name, texts := range map[string]map[string]string{"left to right": nil, "right to left": hebrew} {
		t.Run(name, func(t *testing.T) {
			p := longNames(t, &backendOptions{admin: admin.Options{Texts: texts}})
			for _, viewport := range viewports {
				p.viewport(viewport.width, viewport.height)
				require.Empty(t, eval[[]string](p, `[...document.querySelectorAll("tbody .name")].map(button => {
					const box = button.getBoundingClientRect(), name = button.firstChild.getBoundingClientRect()
					const room = document.documentElement.dir === "rtl" ? box.right - name.right : name.left - box.left
					return room < 12 || name.top - box.top > 2 ? JSON.stringify({box, name}) : ""
				}).filter(Boolean)`))
			}
		})
	}
}
