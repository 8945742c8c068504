package backend

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
)

// up leads from /admin/transfer/ to the root. It is relative, so that a proxy may put a
// prefix before the path.
const up = "../../"

// Manage mounts the page and the API that manage tokens, and the login before them.
// The page shows commands beside a new secret, as [admin.Options] says. It and the login
// also lead to more pages.
func Manage(
	mux *http.ServeMux, cfg Config, svc *transfertoken.TokenService, logger *slog.Logger, commands []admin.Command,
	more ...login.Page,
) (*login.Login, error) {
	links := make([]admin.Link, len(more))
	for i, page := range more {
		links[i] = admin.Link{Text: page.Title, URL: up + page.Address}
	}
	manage, err := admin.New(svc, &admin.Options{
		Authorize: func(r *http.Request, action string) (string, error) {
			// A backend with more than one kind of administrator looks at action.
			if c := callerFrom(r.Context()); c.admin != "" {
				return c.admin, nil
			}
			return "", transfertoken.ErrUnauthorized
		},
		TrustedOrigins: cfg.trustedOrigins(),
		SignInURL:      up + "login",
		SignOutURL:     up + "login",
		Links:          links,
		Commands:       commands,
		Texts: map[string]string{
			"disabledHow": "Set TRANSFER_TOKEN_SALT to it where the server gets its other secrets, " +
				"and restart the server. Keep it: all tokens are lost with it.",
		},
		Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	door, err := login.Mount(mux, login.Options{
		Admin:          cfg.Admin,
		PasswordHash:   cfg.PasswordHash,
		Secure:         cfg.secureCookies(),
		TrustedOrigins: cfg.trustedOrigins(),
		Pages:          append([]login.Page{{Address: "admin/transfer/", Title: "Transfer tokens"}}, more...),
		Logger:         AuditLog(logger),
	})
	if err != nil {
		return nil, err
	}
	mux.Handle("/admin/", withCaller(http.StripPrefix("/admin", withTimeout(cfg.Limits.Request, manage)), door.Admin))
	return door, nil
}

// withTimeout gives the store half of limit, so that there is time left to answer.
func withTimeout(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit/2)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
