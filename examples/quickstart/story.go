package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
