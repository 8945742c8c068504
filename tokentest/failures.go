package tokentest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// A Failure is one way in which a token can fail.
type Failure struct {
	// Name is the fault, for the name of a subtest.
	Name string

	// Arrange makes the token fail. It returns the secret that the client has to
	// present to srv, which no other failure should use.
	Arrange func(tb TB, srv *Server) (secret string)

	// Status and Challenge are the status of the answer to a client that presents
	// the secret as "Authorization: Bearer <secret>", and its WWW-Authenticate
	// header, or "" if it has none.
	Status    int
	Challenge string
}

const (
	invalidToken   = `Bearer error="invalid_token"`
	expiredToken   = `Bearer error="invalid_token", error_description="Token expired"`
	suspendedToken = `Bearer error="invalid_token", error_description="Token suspended"`
)

var errStore = errors.New("tokentest: the store was told to fail")

// Failures returns every way in which a token can fail at an endpoint that needs
// need. It panics if need is not Push, Pull or FullAccess.
//
// transfertoken.ParseSecret refuses two of the secrets, named "cut off" and
// "mistyped". A client that calls it before it sends anything sees no status.
func Failures(need transfertoken.Permissions) []Failure {
	if !need.Has(need) {
		panic("tokentest: Failures needs Push, Pull or FullAccess")
	}
	f := failures{need}
	insufficientScope := `Bearer error="insufficient_scope", scope="` + strings.Join(need.Names(), " ") + `"`
	return []Failure{
		{"never issued", f.unknown, http.StatusUnauthorized, invalidToken},
		{"cut off", f.cutOff, http.StatusUnauthorized, invalidToken},
		{"mistyped", f.mistyped, http.StatusUnauthorized, invalidToken},
		{"issued under another salt", f.otherSalt, http.StatusUnauthorized, invalidToken},
		{"deleted", f.deleted, http.StatusUnauthorized, invalidToken},
		{"regenerated", f.regenerated, http.StatusUnauthorized, invalidToken},
		{"expired", f.expired, http.StatusUnauthorized, expiredToken},
		{"suspended", f.suspended, http.StatusUnauthorized, suspendedToken},
		{"wrong scope", f.wrongScope, http.StatusForbidden, insufficientScope},
		{"narrowed", f.narrowed, http.StatusForbidden, insufficientScope},
		{"transfer tokens disabled", f.disabled, http.StatusNotImplemented, ""},
		{"store failing", f.storeFailing, http.StatusServiceUnavailable, ""},
	}
}

// failures has the Arrange functions for endpoints that need need.
type failures struct{ need transfertoken.Permissions }

// lacking returns permissions that do not grant what is needed.
func (f failures) lacking() transfertoken.Permissions {
	if f.need == transfertoken.FullAccess {
		return transfertoken.Push
	}
	return transfertoken.FullAccess &^ f.need
}

func (f failures) unknown(tb TB, srv *Server) string {
	return NewService(tb, nil).Issue(tb, f.need, transfertoken.Days7).Secret.Reveal()
}

func (f failures) cutOff(tb TB, srv *Server) string {
	secret := srv.Service.Issue(tb, f.need, transfertoken.Days7).Secret.Reveal()
	return secret[:len(secret)-1]
}

func (f failures) mistyped(tb TB, srv *Server) string {
	secret := []byte(srv.Service.Issue(tb, f.need, transfertoken.Days7).Secret.Reveal())
	middle := len(secret) / 2
	if secret[middle] == 'x' {
		secret[middle] = 'y'
	} else {
		secret[middle] = 'x'
	}
	return string(secret)
}

func (f failures) otherSalt(tb TB, srv *Server) string {
	svc, err := transfertoken.New(srv.Service.store, transfertoken.GenerateSalt(),
		&transfertoken.Options{Now: srv.Service.Clock.Now})
	if err != nil {
		tb.Fatalf("tokentest: service with another salt: %v", err)
	}
	other := &Service{TokenService: svc, Clock: srv.Service.Clock, store: srv.Service.store}
	return other.Issue(tb, f.need, transfertoken.Days7).Secret.Reveal()
}

func (f failures) deleted(tb TB, srv *Server) string {
	issued := srv.Service.Issue(tb, f.need, transfertoken.Days7)
	srv.Service.Revoke(tb, issued.Token.ID)
	return issued.Secret.Reveal()
}

func (f failures) regenerated(tb TB, srv *Server) string {
	issued := srv.Service.Issue(tb, f.need, transfertoken.Days7)
	_, err := srv.Service.Regenerate(context.Background(), issued.Token.ID, transfertoken.AnyRevision)
	if err != nil {
		tb.Fatalf("tokentest: regenerate token: %v", err)
	}
	return issued.Secret.Reveal()
}

func (f failures) expired(tb TB, srv *Server) string {
	issued := srv.Service.Issue(tb, f.need, transfertoken.Days7)
	srv.Service.Expire(tb, issued.Token.ID)
	return issued.Secret.Reveal()
}

func (f failures) suspended(tb TB, srv *Server) string {
	issued := srv.Service.Issue(tb, f.need, transfertoken.Days7)
	srv.Service.Suspend(tb, issued.Token.ID)
	return issued.Secret.Reveal()
}

func (f failures) wrongScope(tb TB, srv *Server) string {
	return srv.Service.Issue(tb, f.lacking(), transfertoken.Days7).Secret.Reveal()
}

func (f failures) narrowed(tb TB, srv *Server) string {
	issued := srv.Service.Issue(tb, transfertoken.FullAccess, transfertoken.Days7)
	srv.Service.Narrow(tb, issued.Token.ID, f.lacking())
	return issued.Secret.Reveal()
}

func (f failures) disabled(tb TB, srv *Server) string {
	secret := srv.Service.Issue(tb, f.need, transfertoken.Days7).Secret.Reveal()
	srv.Disable()
	return secret
}

func (f failures) storeFailing(tb TB, srv *Server) string {
	secret := srv.Service.Issue(tb, f.need, transfertoken.Days7).Secret.Reveal()
	srv.Service.Fail(errStore)
	return secret
}
