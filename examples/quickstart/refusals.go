package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken"
)

// attempt is something that a client should not get away with.
type attempt struct {
	what   string
	secret string
	need   transfertoken.Permissions
	status int
}

// refused makes the attempt and prints what the backend answered. The story
// ends if it was another answer.
func (s *story) refused(ctx context.Context, a attempt) error {
	c := newClient(s.server.url, a.secret)
	if a.need == transfertoken.Push {
		return s.showRefusal(a.what, a.status, c.pushFile(ctx, s.original))
	}
	return s.showRefusal(a.what, a.status, c.pullFile(ctx, filepath.Join(s.temp, "pulled.jsonl")))
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

func (s *story) meetRefusals(ctx context.Context) error {
	s.chapter("Refusals")
	s.text(`What clients try, and below it what they get from httpauth: the HTTP status, the message, and for
		programs the header of RFC 6750.`)
	mistyped := mistype(s.site.Secret.Reveal())
	for _, a := range []attempt{
		{"wrong scope: push with the pull-only token", s.reports.Secret.Reveal(), transfertoken.Push, http.StatusForbidden},
		{"wrong scope: pull with the push-only token", s.upload.Secret.Reveal(), transfertoken.Pull, http.StatusForbidden},
		{"missing: pull without a token", "", transfertoken.Pull, http.StatusUnauthorized},
		{"mistyped: pull with one wrong character", mistyped, transfertoken.Pull, http.StatusUnauthorized},
	} {
		if err := s.refused(ctx, a); err != nil {
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

// mistype changes one character in the middle of secret.
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
