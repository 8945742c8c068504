package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

const (
	changedText = "Someone else has changed this token meanwhile."
	conflict    = changedText + " What you typed is still here: compare, and save again to replace what is stored."
)

// twoAdmins returns the pages of ann and bob, who both see the token staging.
func twoAdmins(t *testing.T) (b *backend, ann, bob *page, secret string) {
	t.Helper()
	b = newBackend(t, nil)
	b.permit("bob", admin.ActionAccess, admin.ActionRead, admin.ActionCreate, admin.ActionUpdate, admin.ActionRegenerate,
		admin.ActionDelete)
	secret = b.issue(transfertoken.NewToken{
		Name: "staging", Description: "at first", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
	}).Secret.Reveal()
	ann, bob = b.enter(t, "ann"), b.enter(t, "bob")
	for _, p := range []*page{ann, bob} {
		p.row("staging").see("Push")
	}
	return b, ann, bob, secret
}

// renames makes p rename a token.
func (p *page) renames(from, to string) {
	p.t.Helper()
	p.edit(from)
	p.dialog().fill("Name", to)
	p.save()
	p.dismissed()
	p.see(to + " has been saved.")
}

// deletes makes p delete a token.
func (p *page) deletes(name string) {
	p.t.Helper()
	p.remove(name)
	p.question().click("button", "Delete")
	p.dismissed()
	p.see(name + " has been deleted.")
}

func TestWhoSavesSecondComparesAndThenReplaces(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.edit("staging")
	ann.dialog().fill("Description (optional)", "by ann")

	bob.edit("staging")
	form := bob.dialog()
	form.fill("Name", "production")
	form.fill("Description (optional)", "by bob")
	form.click("radio", radios["Full access"])
	bob.save()
	bob.dismissed()

	ann.expectStatus(412)
	ann.save()
	form = ann.dialog()
	form.in("alert", "").see(conflict)
	require.Equal(t, "by ann", form.value("Description (optional)"))
	require.Contains(t, form.description("textbox", "Description (optional)"), "Stored now: by bob")
	require.Equal(t, "production", form.value("Name"))
	require.Empty(t, form.description("textbox", "Name"))
	require.Equal(t, "true", form.state("checked", "radio", radios["Full access"]))
	require.Equal(t, "by bob", b.named("production").Description)
	require.Equal(t, []string{"production"}, ann.names())

	ann.save()
	ann.dismissed()
	ann.see("production has been saved.")
	got := b.named("production")
	require.Equal(t, "by ann", got.Description)
	require.Equal(t, transfertoken.FullAccess, got.Permissions)
	puts := b.seen("PUT")
	require.Len(t, puts, 3)
	require.JSONEq(t, `{"description": "by ann"}`, puts[2].Body)
	require.Equal(t, `"2"`, puts[2].Header.Get("If-Match"))
}

func TestEachFieldThatBothChangedSaysWhatIsStored(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.edit("staging")
	form := ann.dialog()
	form.fill("Name", "by ann")
	form.fill("Description (optional)", "ann's")
	form.click("radio", radios["Pull"])

	bob.edit("staging")
	form = bob.dialog()
	form.fill("Name", "by bob")
	form.fill("Description (optional)", "")
	form.click("radio", radios["Full access"])
	bob.save()
	bob.dismissed()

	ann.expectStatus(412)
	ann.save()
	form = ann.dialog()
	form.see(conflict)
	require.Contains(t, form.description("textbox", "Name"), "Stored now: by bob")
	require.Contains(t, form.description("textbox", "Description (optional)"), "Stored now: nothing")
	require.Contains(t, form.description("radiogroup", "Token type"), "Stored now: Full access")
	require.Equal(t, "by ann", form.value("Name"))
	require.Equal(t, "ann's", form.value("Description (optional)"))
	require.Equal(t, "true", form.state("checked", "radio", radios["Pull"]))
	ann.save()
	ann.dismissed()
	got := b.named("by ann")
	require.Equal(t, "ann's", got.Description)
	require.Equal(t, transfertoken.Pull, got.Permissions)
}

func TestWhatIsStoredIsTakenInstead(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.edit("staging")
	ann.dialog().fill("Name", "by ann")
	ann.dialog().click("radio", radios["Pull"])
	bob.renames("staging", "by bob")
	ann.expectStatus(412)
	ann.save()
	form := ann.dialog()
	form.click("button", "Take what is stored")
	ann.awaitFocus("textbox", "Name")
	require.Equal(t, "by bob", form.value("Name"))
	require.Equal(t, "true", form.state("checked", "radio", radios["Push"]))
	form.notSee("Stored now:")
	form.notSee(changedText)
	ann.save()
	ann.dismissed()
	require.Equal(t, "by bob", b.tokens()[0].Name)
	require.Len(t, b.seen("PUT"), 2, "what was taken has been sent")
}

func TestChangesThatDoNotConcernTheFormAreToldToo(t *testing.T) {
	t.Parallel()
	b, ann, bob, old := twoAdmins(t)
	ann.edit("staging")
	ann.dialog().fill("Name", "by ann")
	bob.regenerate("staging")
	bob.question().click("button", "Regenerate")
	secret := bob.secret("staging")
	ann.expectStatus(412)
	ann.save()
	ann.dialog().see(conflict)
	require.Contains(t, ann.dialog().description("textbox", "Name"), "Stored now: staging")
	ann.save()
	ann.dismissed()
	require.Equal(t, "by ann", b.tokens()[0].Name)
	b.works(secret, transfertoken.Push)
	b.refuses(old)
}

func TestWhoEditsADeletedTokenKeepsTheText(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.edit("staging")
	ann.dialog().fill("Description (optional)", "by ann")
	bob.deletes("staging")
	ann.expectStatus(404)
	ann.save()
	form := ann.dialog()
	form.in("alert", "").see("This token has been deleted meanwhile. What you typed is still here.")
	require.Equal(t, "by ann", form.value("Description (optional)"))
	form.click("button", "Cancel")
	ann.dismissed()
	ann.see("There are no transfer tokens yet")
	ann.awaitFocus("heading", "Transfer tokens")
	require.Empty(t, b.tokens())
}

func TestATokenThatIsDeletedBetweenConflictAndComparisonIsGone(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	ann.edit("staging")
	ann.dialog().fill("Description (optional)", "by ann")
	bob.renames("staging", "production")
	gate := b.hold("GET /transfer/tokens/" + b.tokens()[0].ID.String())
	ann.expectStatus(412)
	ann.expectStatus(404)
	ann.save()
	<-gate.reached
	bob.deletes("production")
	gate.open()
	ann.dialog().see("This token has been deleted meanwhile. What you typed is still here.")
	require.Equal(t, "by ann", ann.dialog().value("Description (optional)"))
}

func TestARegenerationOfWhatOthersChangedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b, ann, bob, old := twoAdmins(t)
	bob.renames("staging", "production")
	ann.regenerate("staging")
	ann.expectStatus(412)
	ann.in("alertdialog", "Regenerate staging?").click("button", "Regenerate")
	again := ann.in("alertdialog", "Regenerate production?")
	again.in("alert", "").see(changedText + " The list shows it as it is now; go on only if you still want to.")
	require.Equal(t, []string{"production"}, ann.names())
	b.works(old, transfertoken.Push)
	again.click("button", "Regenerate")
	b.works(ann.secret("production"), transfertoken.Push)
	ann.dismissed()
	b.refuses(old)
}

func TestATokenThatIsGoneIsNotRegenerated(t *testing.T) {
	t.Parallel()
	_, ann, bob, _ := twoAdmins(t)
	bob.deletes("staging")
	ann.regenerate("staging")
	ann.expectStatus(404)
	ann.question().click("button", "Regenerate")
	ann.dismissed()
	ann.see("staging had been deleted already.")
	ann.see("There are no transfer tokens yet")
	ann.awaitFocus("heading", "Transfer tokens")
}

func TestATokenThatOthersDeletedIsTakenOutOfTheList(t *testing.T) {
	t.Parallel()
	_, ann, bob, _ := twoAdmins(t)
	bob.deletes("staging")
	ann.remove("staging")
	ann.expectStatus(412)
	ann.expectStatus(404)
	ann.question().click("button", "Delete")
	ann.dismissed()
	ann.see("staging had been deleted already.")
	ann.see("There are no transfer tokens yet")
	ann.awaitFocus("heading", "Transfer tokens")
}

func TestADeletionOfWhatOthersChangedIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b, ann, bob, _ := twoAdmins(t)
	bob.renames("staging", "production")
	ann.remove("staging")
	ann.expectStatus(412)
	ann.in("alertdialog", "Delete staging?").click("button", "Delete")
	again := ann.in("alertdialog", "Delete production?")
	again.in("alert", "").see(changedText)
	require.Len(t, b.tokens(), 1)
	again.click("button", "Delete")
	ann.dismissed()
	ann.see("production has been deleted.")
	require.Empty(t, b.tokens())
}
