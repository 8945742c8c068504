package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
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
			b := newBackend(t, nil)
			p := b.enter(t, "ann")
			form := p.fillIn("x")
			form.paste("Name", name)
			form.paste("Description (optional)", name)
			p.save()
			p.panel(name).in("heading", "The secret of "+name).see("The secret of " + name)
			b.works(p.secret(name), transfertoken.Pull)
			require.Equal(t, name, b.tokens()[0].Name)

			row := p.with("row", name)
			row.see(name)
			row.in("rowheader", name).see(name)
			require.Equal(t, []string{name}, p.names())
			require.Equal(t, name, eval[string](p, `document.querySelector("td.description").textContent`))

			p.edit(name)
			form = p.in("dialog", "Edit "+name)
			form.see("Edit " + name)
			require.Equal(t, name, form.value("Name"))
			require.Equal(t, name, form.value("Description (optional)"))
			form.click("button", "Save")
			p.dismissed()
			p.see(name + " has been saved.")
			require.Empty(t, b.seen("PUT"))

			p.regenerate(name)
			p.in("alertdialog", "Regenerate "+name+"?").click("button", "Cancel")
			p.remove(name)
			p.in("alertdialog", "Delete "+name+"?").click("button", "Delete")
			p.dismissed()
			p.see(name + " has been deleted.")
			require.Empty(t, b.tokens())
			p.harmless()
		})
	}
}

// harmless requires that nothing of hostile has become more than text. What runs
// a script is noticed anyway.
func (p *page) harmless() {
	p.t.Helper()
	require.Equal(p.t, "Transfer tokens", eval[string](p, "document.title"))
	require.Zero(p.t,
		eval[int](p, `document.querySelectorAll("main img, main svg, main b, main script, main [onmouseover]").length`))
}

func TestHostileTextsAreShownAsTextInTheListAndInConflicts(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.permit(hostile["image"], admin.ActionAccess, admin.ActionRead, admin.ActionCreate, admin.ActionUpdate,
		admin.ActionRegenerate, admin.ActionDelete)
	for _, text := range hostile {
		b.issue(transfertoken.NewToken{
			Name: text, Description: text + "\n" + text, Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited,
			CreatedBy: text,
		})
	}
	p := b.enter(t, hostile["image"])
	p.see(fmt.Sprintf("Tokens: %d of %d", len(hostile), len(hostile)))
	for _, text := range hostile {
		p.click("button", text)
		p.in("rowheader", text).see(text)
	}
	require.ElementsMatch(t, p.names(),
		eval[[]string](p, `[...document.querySelectorAll("dd.created-by")].map(name => name.textContent)`))
	require.Zero(t, eval[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"),
		"the page is wider than the window")

	name, other := hostile["script"], hostile["quotes"]+hostile["placeholder"]
	p.edit(name)
	p.dialog().fill("Description (optional)", "mine")
	token := b.named(name)
	_, err := b.svc.Update(t.Context(), token.ID, transfertoken.Changes{Description: &other})
	require.NoError(t, err)
	p.expectStatus(412)
	p.save()
	p.dialog().see("Stored now: " + other)
	p.harmless()
}

func TestTwinsAreToldApart(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	composed, decomposed := "caf\u00e9", "cafe\u0301"
	p := b.enter(t, "ann")
	for _, name := range []string{composed, decomposed} {
		p.fillIn("x").paste("Name", name)
		p.save()
		b.works(p.secret(name), transfertoken.Pull)
	}
	require.ElementsMatch(t, []string{composed, decomposed}, p.names())
	p.deletes(decomposed)
	require.Equal(t, []string{composed}, p.names())
	require.Equal(t, composed, b.tokens()[0].Name)
	p.edit(composed)
	p.dialog().paste("Name", decomposed)
	p.save()
	p.dismissed()
	require.Equal(t, decomposed, b.tokens()[0].Name)
}
