package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

func routes(cfg config, svc *transfertoken.TokenService, files *files, logger *slog.Logger) (http.Handler, error) {
	sessions := newSessions(cfg.secureCookies())
	manage, err := admin.New(svc, &admin.Options{
		Authorize: func(r *http.Request, action string) (string, error) {
			// A backend with more than one kind of administrator looks at action.
			if c := callerFrom(r.Context()); c.admin != "" {
				return c.admin, nil
			}
			return "", transfertoken.ErrUnauthorized
		},
		TrustedOrigins: cfg.trustedOrigins(),
		// Relative to /admin/transfer/, so that a proxy may put a prefix before it.
		SignInURL: "../../login",
		Texts: map[string]string{
			"disabledHow": "Set TRANSFER_TOKEN_SALT to it where the server gets its other secrets, and restart the server. Keep it: all tokens are lost with it.",
		},
		Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	guard := &httpauth.Options{Logger: logger, RecheckEvery: cfg.Limits.Recheck}
	push := httpauth.Require(svc, transfertoken.Push, guard)
	pull := httpauth.Require(svc, transfertoken.Pull, guard)
	sameOrigin := http.NewCrossOriginProtection()
	for _, origin := range cfg.trustedOrigins() {
		if err := sameOrigin.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { redirect(w, "login") })
	mux.Handle("GET /login", offerLogin(sessions))
	mux.Handle("POST /login", sameOrigin.Handler(login(cfg, sessions, auditLog(logger))))
	mux.Handle("POST /logout", sameOrigin.Handler(logout(sessions, auditLog(logger))))
	mux.Handle("/admin/", identify(http.StripPrefix("/admin", within(cfg.Limits.Request, manage)), sessions.admin))
	mux.Handle("POST /push", identify(push(http.HandlerFunc(files.receive)), nil))
	mux.Handle("GET /pull", identify(pull(http.HandlerFunc(files.sendList)), nil))
	mux.Handle("GET /pull/{id}", identify(pull(http.HandlerFunc(files.send)), nil))
	return mux, nil
}

// within gives the store less time than the server gives the answer.
func within(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit/2)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
