package httpauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// A token that fails while a transfer runs is refused as one that fails at its
// beginning.
func TestRefuseAnswersAsRequireDoes(t *testing.T) {
	for _, need := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull, transfertoken.FullAccess} {
		for name, end := range map[string]func(svc *tokentest.Service, token transfertoken.Token) error{
			"deleted": func(svc *tokentest.Service, token transfertoken.Token) error {
				return svc.Delete(t.Context(), token.ID, transfertoken.AnyRevision)
			},
			"expired": func(svc *tokentest.Service, token transfertoken.Token) error {
				svc.Clock.Advance(8 * 24 * time.Hour)
				return nil
			},
			"narrowed": func(svc *tokentest.Service, token transfertoken.Token) error {
				p := transfertoken.FullAccess &^ need
				if p == 0 {
					p = transfertoken.Push
				}
				_, err := svc.Update(t.Context(), token.ID, transfertoken.Changes{Permissions: &p})
				return err
			},
			"store failing": func(svc *tokentest.Service, _ transfertoken.Token) error {
				svc.Fail(errors.New("disk on fire"))
				return nil
			},
		} {
			t.Run(fmt.Sprint(need, " ", name), func(t *testing.T) {
				svc := tokentest.NewService(t, nil)
				issued := svc.Issue(t, transfertoken.FullAccess, transfertoken.Days7)
				request := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", nil)
				request.Header.Set("Authorization", "Bearer "+issued.Secret.Reveal())
				serve := func(handler http.HandlerFunc) *httptest.ResponseRecorder {
					w := httptest.NewRecorder()
					httpauth.Require(svc.TokenService, need, nil)(handler).ServeHTTP(w, request)
					return w
				}

				during := serve(func(w http.ResponseWriter, r *http.Request) {
					require.NoError(t, end(svc, issued.Token))
					grant, _ := httpauth.GrantFrom(r.Context())
					err := grant.Recheck(r.Context())
					require.Error(t, err)
					httpauth.Refuse(w, r, need, err)
				})
				before := serve(func(http.ResponseWriter, *http.Request) { t.Error("let through") })
				require.Equal(t, before.Code, during.Code)
				require.Equal(t, before.Header(), during.Header())
				require.Equal(t, before.Body.String(), during.Body.String())
			})
		}
	}
}
