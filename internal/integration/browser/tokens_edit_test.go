package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// A field for text has line ends of its own.
func TestADescriptionWithCRLFStaysWhenSomethingElseIsChanged(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	token := b.given(transfertoken.Token{Name: "staging", Description: "one\r\ntwo"})[0]
	p := b.enter(t, "ann")
	p.click("button", "Edit staging")
	p.fill("Name", "production")
	p.click("button", "Save")
	p.see("production has been saved.")
	stored, err := b.svc.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, "one\r\ntwo", stored.Description)
}

func TestOnlyWhatWasChangedIsSent(t *testing.T) {
	t.Parallel()
	before := transfertoken.NewToken{Name: "staging", Description: "one\ntwo", Permissions: transfertoken.Push,
		Lifespan: transfertoken.Days7}
	for name, c := range map[string]struct {
		change func(form scope)
		body   string
		after  transfertoken.NewToken
	}{
		"name": {
			func(form scope) { form.fill("Name", " production ") },
			`{"name": "production"}`,
			transfertoken.NewToken{Name: "production", Description: "one\ntwo", Permissions: transfertoken.Push},
		},
		"description": {
			func(form scope) { form.fill("Description (optional)", "three\nfour") },
			`{"description": "three\nfour"}`,
			transfertoken.NewToken{Name: "staging", Description: "three\nfour", Permissions: transfertoken.Push},
		},
		"no description": {
			func(form scope) { form.fill("Description (optional)", "") },
			`{"description": ""}`,
			transfertoken.NewToken{Name: "staging", Permissions: transfertoken.Push},
		},
		"type": {
			func(form scope) { form.click("radio", radios["Full access"]) },
			`{"permissions": ["push", "pull"]}`,
			transfertoken.NewToken{Name: "staging", Description: "one\ntwo", Permissions: transfertoken.FullAccess},
		},
		"all": {
			func(form scope) {
				form.fill("Name", "production")
				form.fill("Description (optional)", "three")
				form.click("radio", radios["Pull"])
			},
			`{"name": "production", "description": "three", "permissions": ["pull"]}`,
			transfertoken.NewToken{Name: "production", Description: "three", Permissions: transfertoken.Pull},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, nil)
			issued := b.issue(before)
			p := b.enter(t, "ann")
			p.edit("staging")
			form := p.in("dialog", "Edit staging")
			p.awaitFocus("textbox", "Name")
			require.Equal(t, "staging", form.value("Name"))
			require.Equal(t, "one\ntwo", form.value("Description (optional)"))
			require.Equal(t, "true", form.state("checked", "radio", radios["Push"]))
			form.see("The duration stays as it is. It starts again when the token is regenerated.")
			form.awaitCount(0, "combobox", "")
			c.change(form)
			p.save()
			p.dismissed()
			p.see(c.after.Name + " has been saved.")
			p.awaitFocus("button", "Edit "+c.after.Name)

			puts := b.seen("PUT")
			require.Len(t, puts, 1)
			require.JSONEq(t, c.body, puts[0].Body)
			require.Equal(t, `"1"`, puts[0].Header.Get("If-Match"))
			got := b.named(c.after.Name)
			require.Equal(t, c.after.Description, got.Description)
			require.Equal(t, c.after.Permissions, got.Permissions)
			require.Equal(t, issued.Token.ExpiresAt, got.ExpiresAt)
			require.Equal(t, []string{c.after.Name}, p.names())
			p.row(c.after.Name).see(map[transfertoken.Permissions]string{
				transfertoken.Push: "Push", transfertoken.Pull: "Pull", transfertoken.FullAccess: "Full access",
			}[c.after.Permissions])
			require.Equal(t, c.after.Description, eval[string](p, `document.querySelector("td.description").textContent`))
		})
	}
}

func TestWhatWasNotChangedIsNotSent(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(transfertoken.NewToken{Name: "staging", Description: "one\r\ntwo\t", Permissions: transfertoken.Pull,
		Lifespan: transfertoken.Days7})
	p := b.enter(t, "ann")
	p.edit("staging")
	p.dialog().fill("Name", "other")
	p.dialog().fill("Name", " staging ")
	p.dialog().click("radio", radios["Push"])
	p.dialog().click("radio", radios["Pull"])
	p.save()
	p.dismissed()
	p.see("staging has been saved.")
	p.awaitFocus("button", "Edit staging")
	require.Empty(t, b.seen("PUT"))
}

func TestCancelSavesNothingAndReturns(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(p *page){
		"Cancel": func(p *page) { p.dialog().click("button", "Cancel") },
		"Escape": func(p *page) { p.press("Escape") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, nil)
			b.issue(staging)
			p := b.enter(t, "ann")
			p.edit("staging")
			p.dialog().fill("Name", "production")
			cancel(p)
			p.dismissed()
			p.awaitFocus("button", "Edit staging")
			require.Empty(t, b.seen("PUT"))
			p.edit("staging")
			require.Equal(t, "staging", p.dialog().value("Name"))
		})
	}
}

func TestFilterAndOrderStayWhenATokenIsEdited(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	for _, name := range []string{"site one", "other", "site two", "site three"} {
		b.issue(transfertoken.NewToken{Name: name, Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
		b.clock.Advance(day)
	}
	p := b.enter(t, "ann")
	p.fill("Filter", "site")
	p.choose("Sort by", "Newest first")
	p.see("Tokens: 3 of 4")
	require.Equal(t, []string{"site three", "site two", "site one"}, p.names())
	p.edit("site two")
	p.dialog().fill("Name", "site zero")
	p.save()
	p.dismissed()
	p.awaitFocus("button", "Edit site zero")
	require.Equal(t, []string{"site three", "site zero", "site one"}, p.names())
	require.Equal(t, "site", p.value("Filter"))
	require.Equal(t, "created", p.value("Sort by"))
}
