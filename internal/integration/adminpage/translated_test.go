package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

var german = map[string]string{
	"lang": "de", "title": "Transfer-Tokens", "create": "Neues Transfer-Token anlegen", "edit": "Bearbeiten",
	"delete":      "Löschen",
	"deleteNamed": "{name} löschen", "moreNamed": "Mehr zu {name}", "deleteTitle": "{name} löschen?", "cancel": "Abbrechen", "filter": "Filtern",
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
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{Texts: german}})
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.See("5 Tokens, davon gezeigt: 5")
	require.Equal(t, "de ltr",
		browser.Eval[string](p, `document.documentElement.lang + " " + document.documentElement.dir`))
	require.Equal(t, "Transfer-Tokens", browser.Eval[string](p, "document.title"))
	for _, text := range []string{
		"läuft in 2 Tagen ab", "vor 2 Tagen abgelaufen", "vor 4 Minuten", "nie", "unbegrenzt", "Holen", "Zuletzt benutzt",
	} {
		p.See(text)
	}
	p.AwaitCount(1, "button", "Edit contractor") // is not translated
	p.Click("button", "contractor löschen")
	p.In("alertdialog", "contractor löschen?").Click("button", "Abbrechen")
	p.Click("button", "Neues Transfer-Token anlegen")
	p.Click("button", "Speichern")
	p.See("Bitte ausfüllen.")
	p.AwaitFocus("textbox", "Name des Tokens")
}

func TestTextsOfARefusalAreThoseOfTheHost(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignInURL: "/login", Texts: map[string]string{
		"lang": "de", "signedOutTitle": "Nicht angemeldet", "signIn": "Anmelden",
	}}})
	p := browser.NewPage(t)
	p.ExpectStatus(401)
	b.Show(p, "")
	p.See("Nicht angemeldet")
	p.AwaitCount(1, "link", "Anmelden")
	require.Equal(t, "de ltr",
		browser.Eval[string](p, `document.documentElement.lang + " " + document.documentElement.dir`))
}

func TestWritingFromRightToLeftMirrorsThePage(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{Texts: hebrew}})
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.See("אסימונים: 5 מתוך 5")
	p.See("פג תוקף בעוד יומיים")
	require.Equal(t, "he rtl",
		browser.Eval[string](p, `document.documentElement.lang + " " + document.documentElement.dir`))
	left := func(selector string) float64 {
		return browser.Eval[float64](p, `document.querySelector("`+selector+`").getBoundingClientRect().left`)
	}
	require.Less(t, left("#create"), left("h1"))
	require.Less(t, left("td.actions"), left("tbody .name"))
	fits(p)

	p.Click("button", "contractor")
	for _, selector := range []string{"tbody .name bdi", ".description bdi", ".created-by bdi"} {
		alignedRight(p, selector)
	}
	p.Viewport(320, 640)
	for _, selector := range []string{"tbody .name bdi", ".description bdi"} {
		alignedRight(p, selector)
	}
}

// alignedRight requires that the lines of what is chosen start at the right.
func alignedRight(p *browser.Page, selector string) {
	p.T.Helper()
	require.True(p.T, browser.Eval[bool](p, `[...document.querySelectorAll("main `+selector+`")].every(e => {
		const style = getComputedStyle(e)
		if (style.display === "inline") return getComputedStyle(e.parentElement).direction === "rtl"
		return style.textAlign === "right"
	})`), selector)
}

func TestTheMarkBesideANameHasRoomInBothDirections(t *testing.T) {
	t.Parallel()
	for name, texts := range map[string]map[string]string{"left to right": nil, "right to left": hebrew} {
		t.Run(name, func(t *testing.T) {
			p := longNames(t, &browser.BackendOptions{Admin: admin.Options{Texts: texts}})
			for _, viewport := range viewports {
				p.Viewport(viewport.width, viewport.height)
				require.Empty(t, browser.Eval[[]string](p, `[...document.querySelectorAll("tbody .name")].map(button => {
					const box = button.getBoundingClientRect(), name = button.firstChild.getBoundingClientRect()
					const room = document.documentElement.dir === "rtl" ? box.right - name.right : name.left - box.left
					return room < 12 || name.top - box.top > 2 ? JSON.stringify({box, name}) : ""
				}).filter(Boolean)`))
			}
		})
	}
}
