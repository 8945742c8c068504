package main

import (
	"context"
	"fmt"

	"github.com/seed-39e76d91/transfertoken"
)

const saltVariable = "TRANSFER_TOKEN_SALT"

// loadSalt returns the configured salt. A backend would stop there: without a
// salt, New turns transfer tokens off. The demo makes one up to go on.
func (s *story) loadSalt(getenv func(string) string) transfertoken.Salt {
	s.chapter("The salt")
	s.text(`A backend never stores the secret of a token, only a digest of it, keyed with the salt that the
		backend is configured with. All its instances need the same salt, and it must survive restarts.`)
	if salt := getenv(saltVariable); salt != "" {
		s.text("Found one in " + saltVariable + ".")
		return transfertoken.Salt(salt)
	}
	salt := transfertoken.GenerateSalt()
	s.text(saltVariable + " is not set, so here is a new salt. Keep it as you keep passwords:")
	s.line("export %s=%s", saltVariable, string(salt))
	return salt
}

// saltWarnings says which tokens are lost because their salt is not configured.
// A backend logs them when it starts: otherwise a salt that changed by accident
// shows only as clients that are refused, one by one.
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
