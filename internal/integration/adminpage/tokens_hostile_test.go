package adminpage

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// hostile are texts that a careless page would run, fill in, mix up or cut.
var hostile = map[string]string{
	"script":              `<script>document.title = "ran"</script>`,
	"image":               `<img src=x onerror="document.title = 'ran'">`,
	"end of the settings": `</script><script>document.title = "ran"</script><b>`,
	"comment":             `<!-- --><svg onload=alert(1)>`,
	"quotes":              `"' onmouseover='alert(1)' x="`,
	"entities":            `&lt;b&gt; &amp;amp; &#x3c;`,
	"placeholder":         `{name} {when} {shown} {total}`,
	"template":            "${alert(1)} `${x}` {{.Texts}} $& $1",
	"address":             `javascript:alert(1)`,
	"selector":            `"] , * [data-id="\`,
	"right to left":       "מפתח 123 مفتاح",
	"emoji":               "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301",
	"long word":           strings.Repeat("W", 255),
	"property":            `__proto__`,
}

func TestHostileNamesAreShownAsTextEverywhere(t *testing.T) {
	t.Parallel()
	for what, name := range hostile {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			p := b.Enter(t, "ann")
			form := p.FillIn("x")
			form.Paste("Name", name)
			form.Paste("Description (optional)", name)
			p.Save()
			p.Panel(name).In("heading", "The secret of "+name).See("The secret of " + name)
			b.Works(p.Secret(name), transfertoken.Pull)
			require.Equal(t, name, b.Tokens()[0].Name)

			row := p.With("row", name)
			row.See(name)
			row.In("rowheader", name).See(name)
			require.Equal(t, []string{name}, p.Names())
			require.Equal(t, name, browser.Eval[string](p, `document.querySelector("td.description").textContent`))

			p.Edit(name)
			form = p.In("dialog", "Edit "+name)
			form.See("Edit " + name)
			require.Equal(t, name, form.Value("Name"))
			require.Equal(t, name, form.Value("Description (optional)"))
			form.Click("button", "Save")
			p.Dismissed()
			p.See(name + " has been saved.")
			require.Empty(t, b.Seen("PUT"))

			p.Regenerate(name)
			p.In("alertdialog", "Regenerate "+name+"?").Click("button", "Cancel")
			p.Remove(name)
			p.In("alertdialog", "Delete "+name+"?").Click("button", "Delete")
			p.Dismissed()
			p.See(name + " has been deleted.")
			require.Empty(t, b.Tokens())
			harmless(p)
		})
	}
}

// harmless requires that nothing of hostile has become more than text. What runs
// a script is noticed anyway.
func harmless(p *browser.Page) {
	p.T.Helper()
	require.Equal(p.T, "Transfer tokens", browser.Eval[string](p, "document.title"))
	require.Zero(p.T,
		browser.Eval[int](p,
			`document.querySelectorAll("main img, main svg:not(.actions .icon), main b, main script, main [onmouseover]").length`))
}

func TestHostileTextsAreShownAsTextInTheListAndInConflicts(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Permit(hostile["image"], admin.ActionAccess, admin.ActionRead, admin.ActionCreate, admin.ActionUpdate,
		admin.ActionRegenerate, admin.ActionDelete)
	for _, text := range hostile {
		b.Issue(transfertoken.NewToken{
			Name: text, Description: text + "\n" + text, Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited,
			CreatedBy: text,
		})
	}
	p := b.Enter(t, hostile["image"])
	p.See(fmt.Sprintf("Tokens: %d of %d", len(hostile), len(hostile)))
	for _, text := range hostile {
		p.Click("button", text)
		p.In("rowheader", text).See(text)
	}
	require.ElementsMatch(t, p.Names(),
		browser.Eval[[]string](p, `[...document.querySelectorAll("dd.created-by")].map(name => name.textContent)`))
	require.Zero(t, browser.Eval[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"),
		"the page is wider than the window")

	name, other := hostile["script"], hostile["quotes"]+hostile["placeholder"]
	p.Edit(name)
	p.Dialog().Fill("Description (optional)", "mine")
	token := b.Named(name)
	_, err := b.Svc.Update(t.Context(), token.ID, transfertoken.Changes{Description: &other})
	require.NoError(t, err)
	p.ExpectStatus(412)
	p.Save()
	p.Dialog().See("Stored now: " + other)
	harmless(p)
}

func TestTwinsAreToldApart(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	composed, decomposed := "caf\u00e9", "cafe\u0301"
	p := b.Enter(t, "ann")
	for _, name := range []string{composed, decomposed} {
		p.FillIn("x").Paste("Name", name)
		p.Save()
		b.Works(p.Secret(name), transfertoken.Pull)
	}
	require.ElementsMatch(t, []string{composed, decomposed}, p.Names())
	deletes(p, decomposed)
	require.Equal(t, []string{composed}, p.Names())
	require.Equal(t, composed, b.Tokens()[0].Name)
	p.Edit(composed)
	p.Dialog().Paste("Name", decomposed)
	p.Save()
	p.Dismissed()
	require.Equal(t, decomposed, b.Tokens()[0].Name)
}
