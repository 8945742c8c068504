package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

const (
	changedText = "Someone else has changed this token meanwhile."
	conflict    = changedText + " What you typed is still here: compare, and save again to replace what is stored."
)

// twoAdmins returns the pages of ann and bob, who both see the token staging.
func twoAdmins(t *testing.T) (b *browser.Backend, ann, bob *browser.Page, secret string) {
	t.Helper()
	b = browser.NewBackend(t, nil)
	b.Permit("bob", admin.ActionAccess, admin.ActionRead, admin.ActionCreate, admin.ActionUpdate, admin.ActionRegenerate,
		admin.ActionDelete)
	secret = b.Issue(transfertoken.NewToken{
		Name: "staging", Description: "at first", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
	}).Secret.Reveal()
	ann, bob = b.Enter(t, "ann"), b.Enter(t, "bob")
	for _, p := range []*browser.Page{ann, bob} {
		p.Row("staging").See("Push")
	}
	return b, ann, bob, secret
}

// renames makes p rename a token.
func renames(p *browser.Page, from, to string) {
	p.T.Helper()
	p.Edit(from)
	p.Dialog().Fill("Name", to)
	p.Save()
	p.Dismissed()
	p.See(to + " has been saved.")
}

// deletes makes p delete a token.
func deletes(p *browser.Page, name string) {
	p.T.Helper()
	p.Remove(name)
	p.Question().Click("button", "Delete")
	p.Dismissed()
	p.See(name + " has been deleted.")
}

func TestWhoSavesSecondComparesAndThenReplaces(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.Edit("staging")
	ann.Dialog().Fill("Description (optional)", "by ann")

	bob.Edit("staging")
	form := bob.Dialog()
	form.Fill("Name", "production")
	form.Fill("Description (optional)", "by bob")
	form.Click("radio", browser.Radios["Full access"])
	bob.Save()
	bob.Dismissed()

	ann.ExpectStatus(412)
	ann.Save()
	form = ann.Dialog()
	form.In("alert", "").See(conflict)
	require.Equal(t, "by ann", form.Value("Description (optional)"))
	require.Contains(t, form.Description("textbox", "Description (optional)"), "Stored now: by bob")
	require.Equal(t, "production", form.Value("Name"))
	require.Empty(t, form.Description("textbox", "Name"))
	require.Equal(t, "true", form.State("checked", "radio", browser.Radios["Full access"]))
	require.Equal(t, "by bob", b.Named("production").Description)
	require.Equal(t, []string{"production"}, ann.Names())

	ann.Save()
	ann.Dismissed()
	ann.See("production has been saved.")
	got := b.Named("production")
	require.Equal(t, "by ann", got.Description)
	require.Equal(t, transfertoken.FullAccess, got.Permissions)
	puts := b.Seen("PUT")
	require.Len(t, puts, 3)
	require.JSONEq(t, `{"description": "by ann"}`, puts[2].Body)
	require.Equal(t, `"2"`, puts[2].Header.Get("If-Match"))
}

func TestEachFieldThatBothChangedSaysWhatIsStored(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.Edit("staging")
	form := ann.Dialog()
	form.Fill("Name", "by ann")
	form.Fill("Description (optional)", "ann's")
	form.Click("radio", browser.Radios["Pull"])

	bob.Edit("staging")
	form = bob.Dialog()
	form.Fill("Name", "by bob")
	form.Fill("Description (optional)", "")
	form.Click("radio", browser.Radios["Full access"])
	bob.Save()
	bob.Dismissed()

	ann.ExpectStatus(412)
	ann.Save()
	form = ann.Dialog()
	form.See(conflict)
	require.Contains(t, form.Description("textbox", "Name"), "Stored now: by bob")
	require.Contains(t, form.Description("textbox", "Description (optional)"), "Stored now: nothing")
	require.Contains(t, form.Description("radiogroup", "Token type"), "Stored now: Full access")
	require.Equal(t, "by ann", form.Value("Name"))
	require.Equal(t, "ann's", form.Value("Description (optional)"))
	require.Equal(t, "true", form.State("checked", "radio", browser.Radios["Pull"]))
	ann.Save()
	ann.Dismissed()
	got := b.Named("by ann")
	require.Equal(t, "ann's", got.Description)
	require.Equal(t, transfertoken.Pull, got.Permissions)
}

func TestWhatIsStoredIsTakenInstead(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.Edit("staging")
	ann.Dialog().Fill("Name", "by ann")
	ann.Dialog().Click("radio", browser.Radios["Pull"])
	renames(bob, "staging", "by bob")
	ann.ExpectStatus(412)
	ann.Save()
	form := ann.Dialog()
	form.Click("button", "Take what is stored")
	ann.AwaitFocus("textbox", "Name")
	require.Equal(t, "by bob", form.Value("Name"))
	require.Equal(t, "true", form.State("checked", "radio", browser.Radios["Push"]))
	form.NotSee("Stored now:")
	form.NotSee(changedText)
	ann.Save()
	ann.Dismissed()
	require.Equal(t, "by bob", b.Tokens()[0].Name)
	require.Len(t, b.Seen("PUT"), 2, "what was taken has been sent")
}

func TestChangesThatDoNotConcernTheFormAreToldToo(t *testing.T) {
	t.Parallel()
	b, ann, bob, old := twoAdmins(t)
	ann.Edit("staging")
	ann.Dialog().Fill("Name", "by ann")
	bob.Regenerate("staging")
	bob.Question().Click("button", "Regenerate")
	secret := bob.Secret("staging")
	ann.ExpectStatus(412)
	ann.Save()
	ann.Dialog().See(conflict)
	require.Contains(t, ann.Dialog().Description("textbox", "Name"), "Stored now: staging")
	ann.Save()
	ann.Dismissed()
	require.Equal(t, "by ann", b.Tokens()[0].Name)
	b.Works(secret, transfertoken.Push)
	b.Refuses(old)
}

func TestWhoEditsADeletedTokenKeepsTheText(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.Edit("staging")
	ann.Dialog().Fill("Description (optional)", "by ann")
	deletes(bob, "staging")
	ann.ExpectStatus(404)
	ann.Save()
	form := ann.Dialog()
	form.In("alert", "").See("This token has been deleted meanwhile. What you typed is still here.")
	require.Equal(t, "by ann", form.Value("Description (optional)"))
	discard(ann)
	ann.See("There are no transfer tokens yet")
	ann.AwaitFocus("heading", "Transfer tokens")
	require.Empty(t, b.Tokens())
}

func TestATokenThatIsDeletedBetweenConflictAndComparisonIsGone(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.Edit("staging")
	ann.Dialog().Fill("Description (optional)", "by ann")
	renames(bob, "staging", "production")
	gate := b.Hold("GET /transfer/tokens/" + b.Tokens()[0].ID.String())
	ann.ExpectStatus(412)
	ann.ExpectStatus(404)
	ann.Save()
	<-gate.Reached
	deletes(bob, "production")
	gate.Open()
	ann.Dialog().See("This token has been deleted meanwhile. What you typed is still here.")
	require.Equal(t, "by ann", ann.Dialog().Value("Description (optional)"))
}

func TestARegenerationOfWhatOthersChangedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b, ann, bob, old := twoAdmins(t)
	renames(bob, "staging", "production")
	ann.Regenerate("staging")
	ann.ExpectStatus(412)
	ann.In("alertdialog", "Regenerate staging?").Click("button", "Regenerate")
	again := ann.In("alertdialog", "Regenerate production?")
	again.In("alert", "").See(changedText + " The list shows it as it is now; go on only if you still want to.")
	require.Equal(t, []string{"production"}, ann.Names())
	b.Works(old, transfertoken.Push)
	again.Click("button", "Regenerate")
	b.Works(ann.Secret("production"), transfertoken.Push)
	ann.Dismissed()
	b.Refuses(old)
}

func TestATokenThatIsGoneIsNotRegenerated(t *testing.T) {
	t.Parallel()
	_, ann, bob, _ := twoAdmins(t)
	deletes(bob, "staging")
	ann.Regenerate("staging")
	ann.ExpectStatus(404)
	ann.Question().Click("button", "Regenerate")
	ann.Dismissed()
	ann.See("staging had been deleted already.")
	ann.See("There are no transfer tokens yet")
	ann.AwaitFocus("heading", "Transfer tokens")
}

func TestATokenThatOthersDeletedIsTakenOutOfTheList(t *testing.T) {
	t.Parallel()
	_, ann, bob, _ := twoAdmins(t)
	deletes(bob, "staging")
	ann.Remove("staging")
	ann.ExpectStatus(412)
	ann.ExpectStatus(404)
	ann.Question().Click("button", "Delete")
	ann.Dismissed()
	ann.See("staging had been deleted already.")
	ann.See("There are no transfer tokens yet")
	ann.AwaitFocus("heading", "Transfer tokens")
}

func TestADeletionOfWhatOthersChangedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	renames(bob, "staging", "production")
	ann.Remove("staging")
	ann.ExpectStatus(412)
	ann.In("alertdialog", "Delete staging?").Click("button", "Delete")
	again := ann.In("alertdialog", "Delete production?")
	again.In("alert", "").See(changedText)
	require.Len(t, b.Tokens(), 1)
	again.Click("button", "Delete")
	ann.Dismissed()
	ann.See("production has been deleted.")
	require.Empty(t, b.Tokens())
}
