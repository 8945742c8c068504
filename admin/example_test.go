package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// The host's own login decides who may do what; here it is a header, which is
// good for an example only.
func Example() {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), tokentest.Salt, nil)
	if err != nil {
		panic(err)
	}
	handler, err := admin.New(svc, &admin.Options{
		Authorize: func(r *http.Request, action string) (actor string, err error) {
			switch r.Header.Get("X-Example-User") {
			case "":
				return "", transfertoken.ErrUnauthorized
			case "editor":
				if action != admin.ActionRead {
					return "", transfertoken.ErrForbidden
				}
				return "editor", nil
			}
			return "admin", nil
		},
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/admin/", http.StripPrefix("/admin", handler))

	for _, user := range []string{"", "editor", "admin", "admin"} {
		r := httptest.NewRequest("POST", "/admin/transfer/tokens",
			strings.NewReader(`{"name":"staging","permissions":["push"],"lifespan":604800000}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Example-User", user)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code == http.StatusCreated {
			fmt.Println(w.Code, w.Header().Get("ETag"), w.Header().Get("Cache-Control"))
			continue
		}
		var refusal struct {
			Error struct{ Name, Message string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil {
			panic(err)
		}
		fmt.Printf("%d %s: %s\n", w.Code, refusal.Error.Name, refusal.Error.Message)
	}
	// Output:
	// 401 UnauthorizedError: Missing or invalid credentials
	// 403 PolicyError: Policy Failed
	// 201 "1" no-store
	// 400 ApplicationError: Name already taken
}
