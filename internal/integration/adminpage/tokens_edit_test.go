package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// A field for text has line ends of its own.
func TestADescriptionWithCRLFStaysWhenSomethingElseIsChanged(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	token := b.Given(transfertoken.Token{Name: "staging", Description: "one\r\ntwo"})[0]
	p := b.Enter(t, "ann")
	p.Click("button", "Edit staging")
	p.Fill("Name", "production")
	p.Click("button", "Save")
	p.See("production has been saved.")
	stored, err := b.Svc.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, "one\r\ntwo", stored.Description)
}

func TestOnlyWhatWasChangedIsSent(t *testing.T) {
	t.Parallel()
	before := transfertoken.NewToken{Name: "staging", Description: "one\ntwo", Permissions: transfertoken.Push,
		Lifespan: transfertoken.Days7}
	for name, c := range map[string]struct {
		change func(form browser.Scope)
		body   string
		after  transfertoken.NewToken
	}{
		"name": {
			func(form browser.Scope) { form.Fill("Name", " production ") },
			`{"name": "production"}`,
			transfertoken.NewToken{Name: "production", Description: "one\ntwo", Permissions: transfertoken.Push},
		},
		"description": {
			func(form browser.Scope) { form.Fill("Description (optional)", "three\nfour") },
			`{"description": "three\nfour"}`,
			transfertoken.NewToken{Name: "staging", Description: "three\nfour", Permissions: transfertoken.Push},
		},
		"no description": {
			func(form browser.Scope) { form.Fill("Description (optional)", "") },
			`{"description": ""}`,
			transfertoken.NewToken{Name: "staging", Permissions: transfertoken.Push},
		},
		"type": {
			func(form browser.Scope) { form.Click("radio", browser.Radios["Full access"]) },
			`{"permissions": ["push", "pull"]}`,
			transfertoken.NewToken{Name: "staging", Description: "one\ntwo", Permissions: transfertoken.FullAccess},
		},
		"all": {
			func(form browser.Scope) {
				form.Fill("Name", "production")
				form.Fill("Description (optional)", "three")
				form.Click("radio", browser.Radios["Pull"])
			},
			`{"name": "production", "description": "three", "permissions": ["pull"]}`,
			transfertoken.NewToken{Name: "production", Description: "three", Permissions: transfertoken.Pull},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			issued := b.Issue(before)
			p := b.Enter(t, "ann")
			p.Edit("staging")
			form := p.In("dialog", "Edit staging")
			p.AwaitFocus("textbox", "Name")
			require.Equal(t, "staging", form.Value("Name"))
			require.Equal(t, "one\ntwo", form.Value("Description (optional)"))
			require.Equal(t, "true", form.State("checked", "radio", browser.Radios["Push"]))
			form.See("The duration stays as it is. It starts again when the token is regenerated.")
			form.AwaitCount(0, "combobox", "")
			c.change(form)
			p.Save()
			p.Dismissed()
			p.See(c.after.Name + " has been saved.")
			p.AwaitFocus("button", "Edit "+c.after.Name)

			puts := b.Seen("PUT")
			require.Len(t, puts, 1)
			require.JSONEq(t, c.body, puts[0].Body)
			require.Equal(t, `"1"`, puts[0].Header.Get("If-Match"))
			got := b.Named(c.after.Name)
			require.Equal(t, c.after.Description, got.Description)
			require.Equal(t, c.after.Permissions, got.Permissions)
			require.Equal(t, issued.Token.ExpiresAt, got.ExpiresAt)
			require.Equal(t, []string{c.after.Name}, p.Names())
			p.Row(c.after.Name).See(map[transfertoken.Permissions]string{
				transfertoken.Push: "Push", transfertoken.Pull: "Pull", transfertoken.FullAccess: "Full access",
			}[c.after.Permissions])
			require.Equal(t, c.after.Description,
				browser.Eval[string](p, `document.querySelector("td.description").textContent`))
		})
	}
}

func TestWhatWasNotChangedIsNotSent(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(transfertoken.NewToken{Name: "staging", Description: "one\r\ntwo\t", Permissions: transfertoken.Pull,
		Lifespan: transfertoken.Days7})
	p := b.Enter(t, "ann")
	p.Edit("staging")
	p.Dialog().Fill("Name", "other")
	p.Dialog().Fill("Name", " staging ")
	p.Dialog().Click("radio", browser.Radios["Push"])
	p.Dialog().Click("radio", browser.Radios["Pull"])
	p.Save()
	p.Dismissed()
	p.See("staging has been saved.")
	p.AwaitFocus("button", "Edit staging")
	require.Empty(t, b.Seen("PUT"))
}

func TestCancelSavesNothingAndReturns(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(p *browser.Page){
		"Cancel": func(p *browser.Page) { p.Dialog().Click("button", "Cancel") },
		"Escape": func(p *browser.Page) { p.Press("Escape") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			b.Issue(browser.Staging)
			p := b.Enter(t, "ann")
			p.Edit("staging")
			p.Dialog().Fill("Name", "production")
			cancel(p)
			p.Dialog().In("alert", "").See("What you changed is not saved.")
			p.AwaitFocus("button", "Keep editing")
			cancel(p)
			p.AwaitFocus("button", "Keep editing")
			p.Press("Enter")
			p.Dialog().NotSee("What you changed is not saved.")
			require.Equal(t, "production", p.Dialog().Value("Name"))
			discard(p)
			p.AwaitFocus("button", "Edit staging")
			require.Empty(t, b.Seen("PUT"))
			p.Edit("staging")
			require.Equal(t, "staging", p.Dialog().Value("Name"))
			cancel(p)
			p.Dismissed()
		})
	}
}

// discard closes the form, and with it what was changed.
func discard(p *browser.Page) {
	p.T.Helper()
	p.Dialog().Click("button", "Cancel")
	p.Dialog().Click("button", "Discard")
	p.Dismissed()
}

func TestFilterAndOrderStayWhenATokenIsEdited(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	for _, name := range []string{"site one", "other", "site two", "site three"} {
		b.Issue(transfertoken.NewToken{Name: name, Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
		b.Clock.Advance(browser.Day)
	}
	p := b.Enter(t, "ann")
	p.Fill("Filter", "site")
	p.Click("button", "Created")
	p.See("Tokens: 3 of 4")
	require.Equal(t, []string{"site three", "site two", "site one"}, p.Names())
	p.Edit("site two")
	p.Dialog().Fill("Name", "site zero")
	p.Save()
	p.Dismissed()
	p.AwaitFocus("button", "Edit site zero")
	require.Equal(t, []string{"site three", "site zero", "site one"}, p.Names())
	require.Equal(t, "site", p.Value("Filter"))
	require.Equal(t, "Created", browser.Eval[string](p, `document.querySelector("[aria-sort=descending]").textContent`))
}
