package adminpage

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// atFault are the fields of the form, by the label that tests use.
type atFault struct{ role, label, problem string }

// complains requires that exactly these fields are marked, that each is described
// by its problem, and that the first of them has the focus.
func complains(p *browser.Page, fields ...atFault) {
	p.T.Helper()
	form := p.Dialog()
	form.In("alert", "").See("Nothing was saved. Look at the marked fields.")
	for _, field := range fields {
		require.Equal(p.T, "true", form.State("invalid", field.role, field.label), field.label)
		require.Contains(p.T, form.Description(field.role, field.label), field.problem)
	}
	require.Len(p.T, fields, browser.Eval[int](p, `document.querySelectorAll("[aria-invalid]").length`))
	first := fields[0]
	if first.role == "radiogroup" {
		first = atFault{role: "radio", label: browser.Radios["Push"]}
	}
	p.AwaitFocus(first.role, first.label)
}

const (
	charactersProblem = "Must not hold control characters or ones that change the direction of writing."
	takenProblem      = "Another token has this name."
)

func TestFieldsThatAreLeftOutAreAllNamed(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.Click("button", "Create new transfer token")
	p.AwaitFocus("textbox", "Name")
	p.Save()
	complains(p,
		atFault{"textbox", "Name", "Please fill this in."},
		atFault{"combobox", "Token duration", "Please choose one."},
		atFault{"radiogroup", "Token type", "Please choose one."},
	)
	p.Dialog().Fill("Name", "staging")
	p.Save()
	complains(p,
		atFault{"combobox", "Token duration", "Please choose one."},
		atFault{"radiogroup", "Token type", "Please choose one."},
	)
	p.Dialog().Choose("Token duration", "7 days")
	p.Save()
	complains(p, atFault{"radiogroup", "Token type", "Please choose one."})
	require.Equal(t, "staging", p.Dialog().Value("Name"))
	require.Equal(t, "7 days", browser.Eval[string](p, `document.querySelector("#lifespan").selectedOptions[0].text`))
	require.Empty(t, b.Seen("POST"))
	p.Dialog().Click("radio", browser.Radios["Push"])
	p.Save()
	b.Works(p.Secret("staging"), 1)
}

func TestWhatThePageFindsWrongIsNotSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ label, value, problem string }{
		"blank name":          {"Name", " \u00a0 ", "Please fill this in."},
		"long name":           {"Name", strings.Repeat("ä", 256), "At most 255 characters; these are 256."},
		"long name of emoji":  {"Name", strings.Repeat("😀", 257), "At most 255 characters; these are 257."},
		"control in name":     {"Name", "a\u0007b", charactersProblem},
		"override in name":    {"Name", "invoice\u202egpj", charactersProblem},
		"isolate in name":     {"Name", "\u2067name", charactersProblem},
		"Arabic mark in name": {"Name", "name\u061c", charactersProblem},
		"long description": {"Description (optional)", strings.Repeat("x", 2001),
			"At most 2000 characters; these are 2001."},
		"control in description":     {"Description (optional)", "a\u0000b", charactersProblem},
		"next line in description":   {"Description (optional)", "a\u0085b", charactersProblem},
		"right-to-left mark in text": {"Description (optional)", "a\u200fb", charactersProblem},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			p := b.Enter(t, "ann")
			form := p.FillIn("x")
			form.Paste(c.label, c.value)
			p.Save()
			complains(p, atFault{"textbox", c.label, c.problem})
			require.Equal(t, c.value, form.Value(c.label))
			require.Empty(t, b.Seen("POST"))
			form.Paste(c.label, "good")
			p.Save()
			p.Dismissed()
			require.Len(t, b.Tokens(), 1)
		})
	}
}

func TestTheLongestTextsAreTaken(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	form := p.FillIn("x")
	name, description := strings.Repeat("😀", 255), strings.Repeat("a\n\t😀", 499)+"last"
	form.Paste("Name", "  "+name+" ")
	form.Paste("Description (optional)", description)
	p.Save()
	p.Dismissed()
	require.Equal(t, name, b.Tokens()[0].Name)
	require.Equal(t, description, b.Tokens()[0].Description)
}

func TestANameThatIsTakenIsSaidBesideIt(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(browser.Staging)
	p := b.Enter(t, "ann")
	form := p.FillIn("staging")
	p.ExpectStatus(400)
	p.Save()
	complains(p, atFault{"textbox", "Name", takenProblem})
	require.Equal(t, "staging", form.Value("Name"))
	require.Equal(t, "for tests", form.Value("Description (optional)"))
	require.Equal(t, "2592000000", form.Value("Token duration"))
	require.Equal(t, "true", form.State("checked", "radio", browser.Radios["Pull"]))
	form.Fill("Name", "another")
	p.Save()
	p.Secret("another")
	require.Len(t, b.Tokens(), 2)
}

func TestANameThatIsTakenIsSaidBesideItWhenItIsChanged(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(browser.Staging)
	other := browser.Staging
	other.Name = "other"
	b.Issue(other)
	p := b.Enter(t, "ann")
	p.Edit("other")
	p.Dialog().Fill("Name", "staging")
	p.ExpectStatus(400)
	p.Save()
	complains(p, atFault{"textbox", "Name", takenProblem})
	require.Equal(t, "staging", p.Dialog().Value("Name"))
	discard(p)
	require.Equal(t, "other", b.Tokens()[1].Name)
}

func TestAProblemThatOnlyTheServerSeesIsSaidBesideItsField(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	form := p.FillIn("x")
	form.Click("textbox", "Description (optional)")
	const half = `document.activeElement.value = "half a pair: \ud83d"`
	browser.Eval[any](p, half+", undefined")
	p.ExpectStatus(400)
	p.Save()
	complains(p, atFault{"textbox", "Description (optional)", "must be valid Unicode"})
	require.Len(t, b.Seen("POST"), 1)
	require.True(t, browser.Eval[bool](p, strings.Replace(half, " = ", " === ", 1)), "the text has changed")
	require.Empty(t, b.Tokens())
}

func TestProblemsAreForgottenWithTheForm(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.Click("button", "Create new transfer token")
	p.Save()
	complains(p,
		atFault{"textbox", "Name", "Please fill this in."},
		atFault{"combobox", "Token duration", "Please choose one."},
		atFault{"radiogroup", "Token type", "Please choose one."},
	)
	p.Dialog().Click("button", "Cancel")
	p.Dismissed()
	p.Click("button", "Create new transfer token")
	require.Equal(t, "false", p.Dialog().State("invalid", "textbox", "Name"))
	require.Empty(t, p.Dialog().Description("textbox", "Name"))
	p.Dialog().NotSee("Nothing was saved")
}

func TestFieldsThatNobodyHasFilledInYetAreRequiredAndNotWrong(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.Click("button", createButton)
	form := p.Dialog()
	for _, field := range []struct{ role, label string }{
		{"textbox", "Name"}, {"combobox", "Token duration"}, {"radiogroup", "Token type"}, {"radio", browser.Radios["Push"]},
	} {
		require.Equal(t, "false", form.State("invalid", field.role, field.label), field.label)
	}
	for _, field := range []struct{ role, label string }{{"textbox", "Name"}, {"radiogroup", "Token type"}} {
		require.Equal(t, "true", form.State("required", field.role, field.label), field.label)
	}
}
