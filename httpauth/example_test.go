package httpauth_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

func Example() {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), tokentest.Salt, nil)
	if err != nil {
		panic(err)
	}
	push := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		grant, _ := httpauth.GrantFrom(r.Context())
		data, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d bytes from %s", len(data), grant.Token.Name)
	})
	mux := http.NewServeMux()
	mux.Handle("POST /transfer/push", httpauth.Require(svc, transfertoken.Push, nil)(push))

	for _, p := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull} {
		issued, err := svc.Create(context.Background(), transfertoken.NewToken{Name: "the " + p.String() + " token",
			Permissions: p, Lifespan: transfertoken.Days7})
		if err != nil {
			panic(err)
		}
		r := httptest.NewRequest("POST", "/transfer/push", strings.NewReader("data"))
		r.Header.Set("Authorization", "Bearer "+issued.Secret.Reveal())
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
		if challenge := w.Header().Get("WWW-Authenticate"); challenge != "" {
			fmt.Println(challenge)
		}
	}
	// Output:
	// 200 4 bytes from the push token
	// 403 {"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden","details":{}}}
	// Bearer error="insufficient_scope", scope="push"
}
