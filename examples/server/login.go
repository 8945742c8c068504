package main

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// login takes the form fields name and password. Browsers are led on, other
// clients get a status.
func login(cfg config, sessions *sessions, logger *slog.Logger) http.Handler {
	var throttle throttle
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		if err := r.ParseForm(); err != nil {
			status := http.StatusBadRequest
			if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
				status = http.StatusRequestEntityTooLarge
			}
			refuseLogin(w, r, status, err)
			return
		}
		if !throttle.try(r.RemoteAddr) {
			logger.Warn("login refused: too many attempts", "remote", r.RemoteAddr)
			w.Header().Set("Retry-After", strconv.Itoa(int(attemptsWindow.Seconds())))
			refuseLogin(w, r, http.StatusTooManyRequests, nil)
			return
		}
		if !cfg.checkPassword(r.PostForm.Get("name"), r.PostForm.Get("password")) {
			logger.Warn("login failed", "remote", r.RemoteAddr) // the name may be a password in the wrong field
			refuseLogin(w, r, http.StatusUnauthorized, transfertoken.ErrUnauthorized)
			return
		}
		throttle.forget(r.RemoteAddr)
		logger.Info("login", "by", cfg.Admin, "remote", r.RemoteAddr)
		http.SetCookie(w, sessions.begin(cfg.Admin))
		lead(w, r, "admin/transfer/")
	})
}

func logout(sessions *sessions, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if admin := sessions.admin(r); admin != "" {
			logger.Info("logout", "by", admin, "remote", r.RemoteAddr)
		}
		http.SetCookie(w, sessions.end(r))
		lead(w, r, "login")
	})
}

func refuseLogin(w http.ResponseWriter, r *http.Request, status int, err error) {
	if fromBrowser(r) {
		showLogin(w, status, loginPage{Problem: http.StatusText(status)})
		return
	}
	httpauth.WriteEnvelope(w, r, status, err)
}

// lead sends a browser on to target.
func lead(w http.ResponseWriter, r *http.Request, target string) {
	if fromBrowser(r) {
		redirect(w, target)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// redirect leaves target relative, unlike http.Redirect: a proxy in front may have
// removed a prefix from the path.
func redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

// fromBrowser reports whether whoever sent r wants to see a page.
func fromBrowser(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
