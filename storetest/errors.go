package storetest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

var errorChecks = []check{
	{
		"errors-are-bare",
		"ErrNotFound, ErrNameTaken, ErrSecretTaken and ErrConflict are returned bare, with nothing around them",
		errorsAreBare,
	},
	{"errors-hide-digests", "the text of an error never holds a digest, in any spelling", errorsHideDigests},
}

func errorsAreBare(t *run) {
	a, b := sample(1), sample(2)
	t.create(a, b)
	none := sample(9)
	bare := func(err error, want error, what string) {
		t.Helper()
		if err != want {
			t.Errorf("%s: error is %#q, want just %v", what, fmt.Sprint(err), want)
		}
	}

	_, err := t.store.Get(t.ctx, none.ID)
	bare(err, transfertoken.ErrNotFound, "Get")
	_, err = t.find(none.Digest)
	bare(err, transfertoken.ErrNotFound, "FindByDigest")

	twin := none
	twin.Name = a.Name
	bare(t.store.Create(t.ctx, twin), transfertoken.ErrNameTaken, "Create")
	twin = none
	twin.Digest = a.Digest
	bare(t.store.Create(t.ctx, twin), transfertoken.ErrSecretTaken, "Create")
	twin = none
	twin.ID = a.ID
	bare(t.store.Create(t.ctx, twin), transfertoken.ErrConflict, "Create")

	bare(t.store.Update(t.ctx, regenerated(none)), transfertoken.ErrNotFound, "Update")
	bare(t.store.Update(t.ctx, regenerated(regenerated(b))), transfertoken.ErrConflict, "Update")
	bare(t.store.Update(t.ctx, renamed(b, a.Name)), transfertoken.ErrNameTaken, "Update")
	update := regenerated(b)
	update.Digest = a.Digest
	bare(t.store.Update(t.ctx, update), transfertoken.ErrSecretTaken, "Update")

	bare(t.store.Rekey(t.ctx, b.ID, b.Digest, a.Digest, b.SaltID), transfertoken.ErrSecretTaken, "Rekey")

	bare(t.store.Delete(t.ctx, none.ID, transfertoken.AnyRevision), transfertoken.ErrNotFound, "Delete")
	bare(t.store.Delete(t.ctx, none.ID, 1), transfertoken.ErrNotFound, "Delete")
	bare(t.store.Delete(t.ctx, a.ID, 7), transfertoken.ErrConflict, "Delete")
}

// errorsHideDigests also provokes errors of drivers, with values that a database
// may refuse.
func errorsHideDigests(t *run) {
	scattered := digest("a digest like any other")
	var printable, quoting transfertoken.Digest
	copy(printable[:], "Printed as it is, this digest reads like sixty-four letters here")
	copy(quoting[:], strings.Repeat(`\x'"%00`, 10))
	for i, d := range []transfertoken.Digest{scattered, printable, quoting} {
		holder, other := sample(10*i), sample(10*i+1)
		holder.Digest = d
		t.create(holder, other)
		for _, err := range t.provoke(holder, other) {
			for _, text := range texts(err) {
				if discloses(text, d) {
					t.Errorf("an error holds the digest %x: %q", d[:], text)
				}
			}
		}
	}
}

// provoke returns the errors of failing calls of all kinds that pass the digest of
// holder.
func (t *run) provoke(holder, other transfertoken.Record) []error {
	var errs []error
	twin := sample(9000)
	twin.Digest = holder.Digest
	errs = append(errs, t.store.Create(t.ctx, twin), t.store.Create(t.ctx, holder))
	for _, odd := range []string{"nul \x00", "not \xff UTF-8", strings.Repeat("long", 1<<14)} {
		r := holder
		r.Name, r.Description, r.CreatedBy, r.Hint, r.SaltID = odd, odd, odd, odd, odd
		errs = append(errs, t.store.Create(t.ctx, r))
		r.ID = uuid.Nil
		errs = append(errs, t.store.Create(t.ctx, r))
	}
	update := regenerated(other)
	update.Digest = holder.Digest
	errs = append(errs,
		t.store.Update(t.ctx, update),
		t.store.Update(t.ctx, holder),
		t.store.Rekey(t.ctx, other.ID, other.Digest, holder.Digest, other.SaltID),
		t.store.Rekey(t.ctx, holder.ID, holder.Digest, transfertoken.Digest{}, holder.SaltID),
		t.store.Rekey(t.ctx, holder.ID, holder.Digest, other.Digest, holder.SaltID),
	)

	cancelled, cancel := context.WithCancel(t.ctx)
	cancel()
	_, err := t.store.FindByDigest(cancelled, []transfertoken.Digest{holder.Digest, other.Digest})
	return append(errs,
		err,
		t.store.Create(cancelled, twin),
		t.store.Update(cancelled, renamed(holder, "other")),
		t.store.Rekey(cancelled, holder.ID, holder.Digest, twin.Digest, holder.SaltID),
		t.store.Rekey(cancelled, other.ID, other.Digest, holder.Digest, holder.SaltID),
		t.store.Touch(cancelled, holder.ID, noon),
		t.store.Delete(cancelled, holder.ID, transfertoken.AnyRevision),
	)
}

// texts returns the texts that a log could show of err and of the errors in it.
func texts(err error) []string {
	if err == nil {
		return nil
	}
	all := []string{err.Error(), fmt.Sprintf("%+v", err)}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		all = append(all, texts(err.Unwrap())...)
	case interface{ Unwrap() []error }:
		all = append(all, texts(errors.Join(err.Unwrap()...))...)
	}
	return all
}

// discloses reports whether text holds the beginning of d, raw or in one of the
// ways in which drivers, databases and fmt spell bytes. It looks for the beginning
// only, because a text may have been cut off.
func discloses(text string, d transfertoken.Digest) bool {
	const most = 9
	raw := d[:most]
	var escapes, octals strings.Builder
	decimals := make([]string, most)
	for i, b := range raw {
		fmt.Fprintf(&escapes, `\x%02x`, b)
		fmt.Fprintf(&octals, `\%03o`, b)
		decimals[i] = strconv.Itoa(int(b))
	}
	if strings.Contains(strings.ToLower(text), hex.EncodeToString(raw)) {
		return true
	}
	for _, spelling := range []string{
		string(raw),
		inner(fmt.Sprintf("%q", raw)),
		inner(fmt.Sprintf("%+q", raw)),
		base64.StdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw),
		escapes.String(),
		strings.ReplaceAll(strings.ToUpper(escapes.String()), `\X`, `\x`),
		octals.String(),
		strings.Join(decimals, " "),
		strings.Join(decimals, ", "),
		strings.Join(decimals, ","),
		fmt.Sprintf("% x", raw),
		inner(fmt.Sprintf("%#v", raw)),
	} {
		if strings.Contains(text, spelling) {
			return true
		}
	}
	return false
}

// inner removes the quotes or braces that fmt puts around a string or a slice.
func inner(text string) string {
	text = strings.TrimPrefix(text, "[]byte{")
	return strings.Trim(text, `"}`)
}
