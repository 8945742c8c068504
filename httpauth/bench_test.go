package httpauth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// What Require adds to an empty handler should be at most twice an Authorize.
func BenchmarkRequire(b *testing.B) {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), tokentest.Salt, nil)
	if err != nil {
		b.Fatal(err)
	}
	issued, err := svc.Create(b.Context(), transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push,
		Lifespan: transfertoken.Days7})
	if err != nil {
		b.Fatal(err)
	}
	secret := issued.Secret.Reveal()
	serve := func(handler http.Handler, header string) func(b *testing.B) {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(w, r)
			}
		}
	}
	guard := httpauth.Require(svc, transfertoken.Push, nil)
	watching := httpauth.Require(svc, transfertoken.Push, &httpauth.Options{RecheckEvery: time.Minute})

	b.Run("empty handler", serve(ok, "Bearer "+secret))
	b.Run("Authorize", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := svc.Authorize(b.Context(), secret, transfertoken.Push); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("guarded", serve(guard(ok), "Bearer "+secret))
	b.Run("guarded, with rechecks", serve(watching(ok), "Bearer "+secret))
}
