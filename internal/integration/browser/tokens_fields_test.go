package browser

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// atFault are the fields of the form, by the label that tests use.
type atFault struct{ role, label, problem string }

// complains requires that exactly these fields are marked, that each is described
// by its problem, and that the first of them has the focus.
func (p *page) complains(fields ...atFault) {
	p.t.Helper()
	form := p.dialog()
	form.in("alert", "").see("Nothing was saved. Look at the marked fields.")
	for _, field := range fields {
		require.Equal(p.t, "true", form.state("invalid", field.role, field.label), field.label)
		require.Contains(p.t, form.description(field.role, field.label), field.problem)
	}
	require.Len(p.t, fields, eval[int](p, `document.querySelectorAll("[aria-invalid]").length`))
	first := fields[0]
	if first.role == "radiogroup" {
		first = atFault{role: "radio", label: radios["Push"]}
	}
	p.awaitFocus(first.role, first.label)
}

const (
	charactersProblem = "Must not hold control characters or ones that change the direction of writing."
	takenProblem      = "Another token has this name."
)

func TestFieldsThatAreLeftOutAreAllNamed(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	p.click("button", "Create new transfer token")
	p.awaitFocus("textbox", "Name")
	p.save()
	p.complains(
		atFault{"textbox", "Name", "Please fill this in."},
		atFault{"combobox", "Token duration", "Please choose one."},
		atFault{"radiogroup", "Token type", "Please choose one."},
	)
	p.dialog().fill("Name", "staging")
	p.save()
	p.complains(
		atFault{"combobox", "Token duration", "Please choose one."},
		atFault{"radiogroup", "Token type", "Please choose one."},
	)
	p.dialog().choose("Token duration", "7 days")
	p.save()
	p.complains(atFault{"radiogroup", "Token type", "Please choose one."})
	require.Equal(t, "staging", p.dialog().value("Name"))
	require.Equal(t, "7 days", eval[string](p, `document.querySelector("#lifespan").selectedOptions[0].text`))
	require.Empty(t, b.seen("POST"))
	p.dialog().click("radio", radios["Push"])
	p.save()
	b.works(p.secret("staging"), 1)
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
			b := newBackend(t, nil)
			p := b.enter(t, "ann")
			form := p.fillIn("x")
			form.paste(c.label, c.value)
			p.save()
			p.complains(atFault{"textbox", c.label, c.problem})
			require.Equal(t, c.value, form.value(c.label))
			require.Empty(t, b.seen("POST"))
			form.paste(c.label, "good")
			p.save()
			p.dismissed()
			require.Len(t, b.tokens(), 1)
		})
	}
}

func TestTheLongestTextsAreTaken(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	form := p.fillIn("x")
	name, description := strings.Repeat("😀", 255), strings.Repeat("a\n\t😀", 499)+"last"
	form.paste("Name", "  "+name+" ")
	form.paste("Description (optional)", description)
	p.save()
	p.dismissed()
	require.Equal(t, name, b.tokens()[0].Name)
	require.Equal(t, description, b.tokens()[0].Description)
}

func TestANameThatIsTakenIsSaidBesideIt(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(staging)
	p := b.enter(t, "ann")
	form := p.fillIn("staging")
	p.expectStatus(400)
	p.save()
	p.complains(atFault{"textbox", "Name", takenProblem})
	require.Equal(t, "staging", form.value("Name"))
	require.Equal(t, "for tests", form.value("Description (optional)"))
	require.Equal(t, "2592000000", form.value("Token duration"))
	require.Equal(t, "true", form.state("checked", "radio", radios["Pull"]))
	form.fill("Name", "another")
	p.save()
	p.secret("another")
	require.Len(t, b.tokens(), 2)
}

func TestANameThatIsTakenIsSaidBesideItWhenItIsChanged(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(staging)
	other := staging
	other.Name = "other"
	b.issue(other)
	p := b.enter(t, "ann")
	p.edit("other")
	p.dialog().fill("Name", "staging")
	p.expectStatus(400)
	p.save()
	p.complains(atFault{"textbox", "Name", takenProblem})
	require.Equal(t, "staging", p.dialog().value("Name"))
	p.dialog().click("button", "Cancel")
	p.dismissed()
	require.Equal(t, "other", b.tokens()[1].Name)
}

func TestAProblemThatOnlyTheServerSeesIsSaidBesideItsField(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	form := p.fillIn("x")
	form.click("textbox", "Description (optional)")
	const half = `document.activeElement.value = "half a pair: \ud83d"`
	eval[any](p, half+", undefined")
	p.expectStatus(400)
	p.save()
	p.complains(atFault{"textbox", "Description (optional)", "must be valid Unicode"})
	require.Len(t, b.seen("POST"), 1)
	require.True(t, eval[bool](p, strings.Replace(half, " = ", " === ", 1)), "the text has changed")
	require.Empty(t, b.tokens())
}

func TestProblemsAreForgottenWithTheForm(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	p.click("button", "Create new transfer token")
	p.save()
	p.complains(
		atFault{"textbox", "Name", "Please fill this in."},
		atFault{"combobox", "Token duration", "Please choose one."},
		atFault{"radiogroup", "Token type", "Please choose one."},
	)
	p.dialog().click("button", "Cancel")
	p.dismissed()
	p.click("button", "Create new transfer token")
	require.Equal(t, "false", p.dialog().state("invalid", "textbox", "Name"))
	require.Empty(t, p.dialog().description("textbox", "Name"))
	p.dialog().notSee("Nothing was saved")
}
