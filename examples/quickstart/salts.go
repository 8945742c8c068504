package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/seed-39e76d91/transfertoken"
)

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
