package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken"
)

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
