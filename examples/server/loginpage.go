package main

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed login.html
var loginHTML string

var loginTemplate = template.Must(template.New("login").Parse(loginHTML))

type loginPage struct {
	Admin   string // who is logged in; "": nobody
	Problem string // why a login failed; "": it has not been tried
}

// offerLogin is the page to log in on, and to log out.
func offerLogin(sessions *sessions) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		showLogin(w, http.StatusOK, loginPage{Admin: sessions.admin(r)})
	})
}

func showLogin(w http.ResponseWriter, status int, page loginPage) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	loginTemplate.Execute(w, page) // fails only if the client has gone
}
