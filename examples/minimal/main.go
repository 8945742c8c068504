// Minimal is the program on the first screen of the README: a push endpoint that
// only opens to a transfer token.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

func main() {
	salt := transfertoken.Salt(os.Getenv("TRANSFER_TOKEN_SALT"))
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, nil)
	if err != nil {
		log.Fatal(err)
	}

	// An admin handler of yours does this.
	issued, err := svc.Create(context.Background(), transfertoken.NewToken{
		Name: "nightly", Permissions: transfertoken.Push, Lifespan: transfertoken.Days30,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("shown once:", issued.Secret.Reveal())

	push := func(w http.ResponseWriter, r *http.Request) {
		grant, _ := httpauth.GrantFrom(r.Context())
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintln(w, grant.Token.Name, "pushed", n, "bytes", err)
	}
	http.Handle("POST /push", httpauth.Require(svc, transfertoken.Push, nil)(http.HandlerFunc(push)))
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
}
