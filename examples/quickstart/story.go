package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// story holds the state that the chapters share. A chapter is a method; run calls
// them in this order.
type story struct {
	*printer
	*backend
	clock    *clock
	temp     string // folder of files that end with the program
	keep     string // folder of files for the next run; without -dir it is temp
	original string // the file that the client pushes
	getenv   func(string) string

	site, upload, reports, contractor transfertoken.Issued
}

// findSalt makes a salt if none is configured. A backend would not: without one, New
// turns transfer tokens off.
func (s *story) findSalt(context.Context) error {
	s.chapter("The salt")
	s.text(`A backend never stores the secret of a token, only a digest of it, keyed with the salt that the
		backend is configured with. All its instances need the same salt, and it must survive restarts.`)
	_, place, err := s.configuredSalt()
	switch {
	case err == nil:
		s.text("Found one in " + place + ".")
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	salt := transfertoken.GenerateSalt()
	if err := createSalt(s.saltFile(), salt); err != nil {
		return err
	}
	s.text(saltVariable + " is not set, so here is a new salt. Keep it as you keep passwords:")
	s.line("export %s=%s", saltVariable, string(salt))
	s.text("The demo keeps it in " + s.saltFile() + ", which only you can read.")
	return nil
}

func (s *story) start(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	s.chapter("The backend")
	s.text(`It runs on this machine only, keeps its tokens in a SQLite file, and has two endpoints: POST /push
		needs a token that grants push, GET /pull one that grants pull.`)
	s.line("tokens in    %s", s.database())
	s.line("listening on %s", s.server.url)
	if s.keep == s.temp {
		s.text("This folder is removed when the demo ends. With -dir FOLDER the tokens and the salt stay, in FOLDER.")
	}
	if err := s.checkSalts(ctx); err != nil {
		return err
	}
	return s.clearEarlierRun(ctx)
}

// madeHere is the description of the demo's tokens. No others are deleted.
const madeHere = "Made by the quickstart of transfertoken"

// clearEarlierRun deletes the tokens of an earlier run, because names are unique.
func (s *story) clearEarlierRun(ctx context.Context) error {
	var found, earlier []transfertoken.Token
	for token, err := range s.svc.All(ctx) {
		if err != nil {
			return err
		}
		found = append(found, token)
		if token.Description == madeHere {
			earlier = append(earlier, token)
		}
	}
	if len(found) == 0 {
		return nil
	}
	s.text("The file has " + plural(len(found), "token") +
		" already. Times are in UTC; each run of the demo moves its clock ahead:")
	if err := list(ctx, s.out, s.svc); err != nil {
		return err
	}
	if len(earlier) == 0 {
		return nil
	}
	for _, token := range earlier {
		if err := s.svc.Delete(ctx, token.ID, token.Revision); err != nil {
			return err
		}
	}
	s.text("Deleted " + plural(len(earlier), "token") + ` that an earlier run made: this one makes tokens with the same
		names, and a name belongs to one token.`)
	return nil
}

func (s *story) issue(ctx context.Context) error {
	s.chapter("Three tokens")
	s.text(`An administrator makes a token for each client, with no more rights than it needs. Its secret is
		shown now and never again: nobody can read it back out of the backend.`)
	var err error
	if s.site, err = s.create(ctx, transfertoken.NewToken{
		Name:        "site sync",
		Permissions: transfertoken.FullAccess,
		Lifespan:    transfertoken.Days90,
		CreatedBy:   "alice",
	}); err != nil {
		return err
	}
	if s.upload, err = s.create(ctx, transfertoken.NewToken{
		Name:        "nightly",
		Permissions: transfertoken.Push,
		Lifespan:    transfertoken.Days7,
		CreatedBy:   "alice",
	}); err != nil {
		return err
	}
	if s.reports, err = s.create(ctx, transfertoken.NewToken{
		Name:        "reports",
		Permissions: transfertoken.Pull,
		Lifespan:    transfertoken.Unlimited,
		CreatedBy:   "bob",
	}); err != nil {
		return err
	}
	s.text("What administrators see from now on; the hint, the end of the secret, tells tokens apart:")
	return list(ctx, s.out, s.svc)
}

func (s *story) create(ctx context.Context, t transfertoken.NewToken) (transfertoken.Issued, error) {
	t.Description = madeHere
	issued, err := s.svc.Create(ctx, t)
	if err != nil {
		return transfertoken.Issued{}, fmt.Errorf("token %q: %w", t.Name, err)
	}
	s.showOnce(issued)
	return issued, nil
}

// showOnce prints the secret of a new token. Nothing else prints one.
func (s *story) showOnce(issued transfertoken.Issued) {
	s.line("%-14s  %-11s  %s", issued.Token.Name, issued.Token.Permissions, issued.Secret.Reveal())
}

func (s *story) transfer(ctx context.Context) error {
	s.chapter("A transfer")
	s.text(`One client pushes a file with the push-only token, another pulls it with the pull-only token. The
		full-access token then does both.`)
	sent, err := checksum(s.original)
	if err != nil {
		return err
	}
	s.line("%-22s  SHA-256 %.16s...", "the file to push", sent)
	for _, t := range []struct{ push, pull transfertoken.Issued }{{s.upload, s.reports}, {s.site, s.site}} {
		if err := newClient(s.server.url, t.push.Secret.Reveal()).pushFile(ctx, s.original); err != nil {
			return err
		}
		s.line("%-22s  accepted", "push: "+t.push.Token.Name)
		pulled := filepath.Join(s.temp, "pulled.jsonl")
		if err := newClient(s.server.url, t.pull.Secret.Reveal()).pullFile(ctx, pulled); err != nil {
			return err
		}
		received, err := checksum(pulled)
		if err != nil {
			return err
		}
		if received != sent {
			return fmt.Errorf("the pulled file is not the pushed one: SHA-256 %s, not %s", received, sent)
		}
		s.line("%-22s  SHA-256 %.16s...  the same", "pull: "+t.pull.Token.Name, received)
	}
	return nil
}

// The salt that a throw-away Strapi 5.54.0 was configured with
// (transfer.token.salt), a key that it issued, and its column access_key. In real
// life the salt comes from the configuration and the key stays with the client.
const (
	strapiSalt transfertoken.Salt = "peerTransferSalt0123456789"

	strapiKey = "0ab0935485ce86600b2f0589a54825aee3e36d0618dfcc2862986e8dcada68fe" +
		"3cb3c4e53ce6cb12c6cac32a217f1a7d91e2b3dd644ce7bc08a3237290d47623" +
		"f805be3a4a3ef181e34f9c6b377e6c1c3861369d078ba7c7fc58baf7affa3716" +
		"d99a88024482690958a849064bc225d7e9d8c628abb93de25a7017c075616d67"

	strapiAccessKey = "b3c3b1833631f4931c5a9f33c3d027a68c2978ef3d5ff237c74fbb6be20e534e" +
		"4f2f2c73dea6ccad434e658e5ff26fb8ffd4a4e0d3105b5124fd5f727587318a"
)

func (s *story) comeFromStrapi(ctx context.Context) error {
	s.chapter("A token that came from Strapi")
	s.text(`This backend replaces a Strapi and takes over its token: the digest, for that is all Strapi stored.
		Strapi's salt is configured as one of OtherSalts, and AcceptForeign allows its format of secrets.`)
	digest, err := transfertoken.ParseDigest(strapiAccessKey)
	if err != nil {
		return err
	}
	created := s.clock.now().Add(-10 * 24 * time.Hour)
	if _, err := s.svc.Adopt(ctx, transfertoken.AdoptedToken{
		Name:        "from Strapi",
		Description: madeHere,
		Permissions: transfertoken.FullAccess,
		Lifespan:    transfertoken.Days30,
		CreatedBy:   "alice",
		Digest:      digest,
		Salt:        strapiSalt,
		CreatedAt:   created,
		ExpiresAt:   created.Add(30 * 24 * time.Hour),
	}); err != nil {
		return err
	}
	if err := s.showSalts(ctx, "before its use"); err != nil {
		return err
	}
	if err := newClient(s.server.url, strapiKey).pullFile(ctx, filepath.Join(s.temp, "pulled.jsonl")); err != nil {
		return err
	}
	s.line("%-18s accepted, with the key that Strapi issued", "pull: from Strapi")
	if err := s.showSalts(ctx, "after its use"); err != nil {
		return err
	}
	s.text(`Its first use gave it a digest under the current salt. An old salt that counts no tokens can be
		dropped from the configuration.`)
	return nil
}

func (s *story) meetRefusals(ctx context.Context) error {
	s.chapter("Refusals")
	s.text(`What clients try, and below it what they get from httpauth: the HTTP status, the message, and for
		programs the header of RFC 6750.`)
	mistyped := mistype(s.site.Secret.Reveal())
	for _, r := range []request{
		{"wrong scope: push with the pull-only token", s.reports.Secret.Reveal(), transfertoken.Push, http.StatusForbidden},
		{"wrong scope: pull with the push-only token", s.upload.Secret.Reveal(), transfertoken.Pull, http.StatusForbidden},
		{"missing: pull without a token", "", transfertoken.Pull, http.StatusUnauthorized},
		{"mistyped: pull with one wrong character", mistyped, transfertoken.Pull, http.StatusUnauthorized},
	} {
		if err := s.expectRefusal(ctx, r); err != nil {
			return err
		}
	}
	s.text("A client can find a typo itself, with ParseSecret, before it sends anything:")
	_, err := transfertoken.ParseSecret(mistyped)
	if err == nil {
		return errors.New("a mistyped secret was parsed")
	}
	s.line("%v", err)
	return nil
}

// mistype returns secret with another character in the middle.
func mistype(secret string) string {
	typo := []byte(secret)
	middle := len(typo) / 2
	if typo[middle] == 'x' {
		typo[middle] = 'y'
	} else {
		typo[middle] = 'x'
	}
	return string(typo)
}

func (s *story) takeBack(ctx context.Context) error {
	s.chapter("Rights that are taken back")
	s.text(`A contractor gets full access. Then an administrator narrows the token to push, and at last deletes
		it while the contractor's push is under way. All of it counts at once.`)
	var err error
	s.contractor, err = s.create(ctx, transfertoken.NewToken{
		Name:        "contractor",
		Permissions: transfertoken.FullAccess,
		Lifespan:    transfertoken.Days30,
		CreatedBy:   "bob",
	})
	if err != nil {
		return err
	}
	id, secret := s.contractor.Token.ID, s.contractor.Secret.Reveal()

	push := transfertoken.Push
	if _, err := s.svc.Update(ctx, id, transfertoken.Changes{Permissions: &push}); err != nil {
		return err
	}
	if err := s.expectRefusal(ctx, request{"narrowed: pull after the change", secret, transfertoken.Pull,
		http.StatusForbidden}); err != nil {
		return err
	}

	file, err := os.Open(s.original)
	if err != nil {
		return err
	}
	defer file.Close()
	interrupted := io.MultiReader(io.LimitReader(file, 512<<10), afterBody(func() error {
		return s.svc.Delete(ctx, id, transfertoken.AnyRevision)
	}), file)
	err = newClient(s.server.url, secret).push(ctx, interrupted)
	if err := s.showRefusal("deleted: in the middle of a push, which is discarded", http.StatusUnauthorized,
		err); err != nil {
		return err
	}
	return s.expectRefusal(ctx, request{"deleted: the next push", secret, transfertoken.Push, http.StatusUnauthorized})
}

func (s *story) expire(ctx context.Context) error {
	s.chapter("The end of a lifespan, and a new start")
	const days = 8
	s.clock.skip(days * 24 * time.Hour)
	s.text(fmt.Sprintf(`The demo moves its clock (Options.Now) %d days ahead. The push-only token was for 7 days.`, days))
	old := s.upload.Secret.Reveal()
	if err := s.expectRefusal(ctx, request{"expired: push with the push-only token", old, transfertoken.Push,
		http.StatusUnauthorized}); err != nil {
		return err
	}
	s.text("Regenerate keeps the token, starts its lifespan again and replaces its secret. The new one:")
	var err error
	if s.upload, err = s.svc.Regenerate(ctx, s.upload.Token.ID, s.upload.Token.Revision); err != nil {
		return err
	}
	s.showOnce(s.upload)
	if err := newClient(s.server.url, s.upload.Secret.Reveal()).pushFile(ctx, s.original); err != nil {
		return err
	}
	s.line("push with the new secret: accepted")
	return s.expectRefusal(ctx, request{"regenerated: push with the secret from before", old, transfertoken.Push,
		http.StatusUnauthorized})
}

func (s *story) restart(ctx context.Context) error {
	s.chapter("A restart")
	s.text("The backend stops and closes its database. Then it starts again, on the same file and with the same salt.")
	var before, after bytes.Buffer
	if err := list(ctx, &before, s.svc); err != nil {
		return err
	}
	stopped := s.backend
	s.backend = nil
	if err := stopped.close(ctx); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := s.checkSalts(ctx); err != nil {
		return err
	}
	if err := list(ctx, &after, s.svc); err != nil {
		return err
	}
	if !bytes.Equal(before.Bytes(), after.Bytes()) {
		return errors.New("the list of tokens is another one after the restart")
	}
	s.text("Administrators see the same as before. Times are in UTC, by the demo's clock.")
	if _, err := after.WriteTo(s.out); err != nil {
		return err
	}
	s.text("Clients notice nothing either: a good token is still good, and one that was revoked is still refused.")
	if err := newClient(s.server.url, s.site.Secret.Reveal()).pullFile(ctx,
		filepath.Join(s.temp, "pulled.jsonl")); err != nil {
		return err
	}
	s.line("issued before: pull with the full-access token: accepted")
	return s.expectRefusal(ctx, request{"deleted before: push with the contractor's token", s.contractor.Secret.Reveal(),
		transfertoken.Push, http.StatusUnauthorized})
}

func (s *story) misconfigure(ctx context.Context) (err error) {
	s.chapter("A backend with the wrong salt, and one with none")
	s.text("The same tokens, but the salt was changed by accident. The check at the start says so:")
	changed, err := transfertoken.New(s.store, transfertoken.GenerateSalt(), &transfertoken.Options{Now: s.clock.now})
	if err != nil {
		return err
	}
	warnings, err := saltWarnings(ctx, changed)
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		s.line("%s", warning)
	}

	s.text("Without any salt, transfer tokens are off. Even a client with a good one gets:")
	disabled, err := transfertoken.New(s.store, "", nil)
	if err != nil {
		return err
	}
	server, err := startServer(newHandler(disabled, filepath.Join(s.temp, "backend-content"), time.Minute))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.shutdown(ctx)) }()
	pullErr := newClient(server.url, s.reports.Secret.Reveal()).pullFile(ctx, filepath.Join(s.temp, "pulled.jsonl"))
	if err := s.showRefusal("disabled: pull with the pull-only token", http.StatusNotImplemented, pullErr); err != nil {
		return err
	}
	s.text("What to do about it is told to administrators, for instance when they list the tokens:")
	_, err = disabled.List(ctx, transfertoken.ListOptions{})
	if !errors.Is(err, transfertoken.ErrDisabled) {
		return fmt.Errorf("listed without a salt: %w", err)
	}
	fmt.Fprintln(s.out, wrap(err.Error(), indent+indent))
	return nil
}

// request is a request that the backend has to refuse.
type request struct {
	what   string
	secret string
	need   transfertoken.Permissions
	status int
}

// expectRefusal sends the request and prints the answer of the backend. The story
// ends if it has another status.
func (s *story) expectRefusal(ctx context.Context, r request) error {
	c := newClient(s.server.url, r.secret)
	if r.need == transfertoken.Push {
		return s.showRefusal(r.what, r.status, c.pushFile(ctx, s.original))
	}
	return s.showRefusal(r.what, r.status, c.pullFile(ctx, filepath.Join(s.temp, "pulled.jsonl")))
}

func (s *story) showRefusal(what string, status int, err error) error {
	var refusal *statusError
	switch {
	case err == nil:
		return fmt.Errorf("%s: was accepted", what)
	case !errors.As(err, &refusal):
		return fmt.Errorf("%s: %w", what, err)
	case refusal.status != status:
		return fmt.Errorf("%s: %w, expected %d", what, refusal, status)
	}
	s.line("%s", what)
	fmt.Fprintln(s.out, wrap(refusal.Error(), indent+indent+indent))
	if refusal.challenge != "" {
		fmt.Fprintln(s.out, wrap("WWW-Authenticate: "+refusal.challenge, indent+indent+indent))
	}
	return nil
}

// saltWarnings returns a warning for each salt that tokens need and that is not
// configured. A backend logs them when it starts. Otherwise a salt that changed by
// accident shows only in clients that are refused, one by one.
func saltWarnings(ctx context.Context, svc *transfertoken.TokenService) ([]string, error) {
	salts, err := svc.Salts(ctx)
	if err != nil {
		return nil, err
	}
	var warnings []string
	for _, salt := range salts {
		if !salt.Configured {
			warnings = append(warnings, fmt.Sprintf(
				"WARNING: %s can never be authorized: their salt %s is not configured",
				plural(salt.Tokens, "token"), salt.SaltID))
		}
	}
	return warnings, nil
}

func (s *story) checkSalts(ctx context.Context) error {
	warnings, err := saltWarnings(ctx, s.svc)
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		s.text(warning)
	}
	if len(warnings) == 0 {
		s.text("Checked at every start: no token was made under a salt that is not configured.")
	}
	return nil
}

func (s *story) showSalts(ctx context.Context, when string) error {
	salts, err := s.svc.Salts(ctx)
	if err != nil {
		return err
	}
	for _, salt := range salts {
		role := "other salt"
		if salt.Current {
			role = "current salt"
		}
		s.line("%-18s %-12s  %s  %s", when, role, salt.SaltID, plural(salt.Tokens, "token"))
		when = ""
	}
	return nil
}
