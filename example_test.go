package transfertoken_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// An administrator makes a token, a client presents its secret.
func Example() {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	issued, err := svc.Create(ctx, transfertoken.NewToken{
		Name:        "nightly",
		Permissions: transfertoken.Push,
		Lifespan:    transfertoken.Days30,
	})
	if err != nil {
		log.Fatal(err)
	}
	secret := issued.Secret.Reveal() // show it now: it is not stored

	_, err = svc.Authorize(ctx, secret, transfertoken.Push)
	fmt.Println("push:", err)
	_, err = svc.Authorize(ctx, secret, transfertoken.Pull)
	fmt.Println("pull:", err)
	// Output:
	// push: <nil>
	// pull: transfertoken: forbidden: the token does not grant this
}

// Without a salt transfer tokens are off. Only their use is an error.
func ExampleNew_disabled() {
	salt := os.Getenv("TRANSFER_TOKEN_SALT_THAT_NOBODY_SET")
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.Salt(salt), nil)
	fmt.Println(err, svc.Enabled())

	_, err = svc.Authorize(context.Background(), "whatever is presented", transfertoken.Push)
	fmt.Println(errors.Is(err, transfertoken.ErrDisabled))

	_, err = transfertoken.New(transfertoken.NewMemoryStore(), "changeme", nil)
	fmt.Println(err)
	// Output:
	// <nil> false
	// true
	// transfertoken: weak salt: it is shorter than 16 bytes (leave it empty to turn transfer tokens off)
}

// A token can come from the configuration. Its secret is made beforehand, and the
// deployment mounts it as a file, as Kubernetes does with a Secret.
func ExampleTokenService_Ensure() {
	generated, err := transfertoken.GenerateSecret("")
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "transfer-token")
	if err := os.WriteFile(path, []byte(generated.Reveal()+"\n"), 0o400); err != nil {
		log.Fatal(err)
	}

	store := transfertoken.NewMemoryStore() // of all instances
	start := func() error {
		svc, err := transfertoken.New(store, "the salt of the configuration", nil)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		secret, err := transfertoken.ParseSecret(strings.TrimSpace(string(text)))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		token, err := svc.Ensure(context.Background(), transfertoken.NewToken{
			Name:        "nightly",
			Permissions: transfertoken.Pull,
			Lifespan:    transfertoken.Unlimited,
		}, secret)
		fmt.Println(token.Name, token.CreatedBy, token.Revision)
		return err
	}
	for range 2 {
		if err := start(); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// nightly configuration 1
	// nightly configuration 1
}

// A client can find a typo before it sends anything.
func ExampleParseSecret() {
	_, err := transfertoken.ParseSecret("xfer_00000000000000000000000000000000000000000001a2LGT")
	fmt.Println(err)
	_, err = transfertoken.ParseSecret("xfer_00000000000000000000000O00000000000000000001a2LGT")
	fmt.Println(err)
	// Output:
	// <nil>
	// transfertoken: invalid: secret has a wrong checksum: it was probably mistyped
}

// An administrator changes some fields. A nil field stays.
func ExampleTokenService_Update() {
	svc, token, _ := newService()
	updated, err := svc.Update(context.Background(), token.ID, transfertoken.Changes{
		Name:        new("weekly"),
		Permissions: new(transfertoken.FullAccess),
		Revision:    token.Revision, // refuse if somebody else was faster
	})
	fmt.Println(updated.Name, updated.Permissions, updated.Revision, err)

	_, err = svc.Update(context.Background(), token.ID,
		transfertoken.Changes{Name: new("monthly"), Revision: token.Revision})
	fmt.Println(errors.Is(err, transfertoken.ErrConflict))
	// Output:
	// weekly full-access 2 <nil>
	// true
}

// Rotating the salt takes two deployments. In the first the new salt is accepted
// everywhere. In the second it is the current one, and each secret gets a digest
// under it at its next use.
func ExampleTokenService_Salts() {
	const former, next transfertoken.Salt = "the salt until today", "the salt from now on"
	store := transfertoken.NewMemoryStore()
	ctx := context.Background()

	first, err := transfertoken.New(store, former, &transfertoken.Options{NextSalt: next})
	if err != nil {
		log.Fatal(err)
	}
	issued, err := first.Create(ctx,
		transfertoken.NewToken{Name: "nightly", Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited})
	if err != nil {
		log.Fatal(err)
	}

	second, err := transfertoken.New(store, next, &transfertoken.Options{OtherSalts: []transfertoken.Salt{former}})
	if err != nil {
		log.Fatal(err)
	}
	show := func(when string) {
		salts, err := second.Salts(ctx)
		if err != nil {
			log.Fatal(err)
		}
		for _, s := range salts {
			switch {
			case s.Current:
				fmt.Printf("%s: %d under the current salt\n", when, s.Tokens)
			case s.Configured:
				fmt.Printf("%s: %d under a former salt; at 0 it can be dropped\n", when, s.Tokens)
			default:
				fmt.Printf("%s: %d can never be authorized: their salt %s is not configured\n", when, s.Tokens,
					s.SaltID)
			}
		}
	}
	show("before")
	if _, err := second.Authorize(ctx, issued.Secret.Reveal(), transfertoken.Push); err != nil {
		log.Fatal(err)
	}
	show("after")
	// Output:
	// before: 0 under the current salt
	// before: 1 under a former salt; at 0 it can be dropped
	// after: 1 under the current salt
	// after: 0 under a former salt; at 0 it can be dropped
}

// A transfer that takes long asks again from time to time.
func ExampleGrant_Recheck() {
	svc, token, secret := newService()
	ctx := context.Background()
	grant, err := svc.Authorize(ctx, secret, transfertoken.Push)
	if err != nil {
		log.Fatal(err)
	}

	chunks := strings.NewReader("six chunks of data, of which only some arrive")
	var received bytes.Buffer
	for {
		if err := grant.Recheck(ctx); err != nil {
			fmt.Printf("stopped after %q: %v\n", received.String(), err)
			return
		}
		if _, err := io.CopyN(&received, chunks, 9); err != nil {
			fmt.Println("done")
			return
		}
		if received.Len() == 18 { // meanwhile, an administrator
			if err := svc.Delete(ctx, token.ID, transfertoken.AnyRevision); err != nil {
				log.Fatal(err)
			}
		}
	}
	// Output:
	// stopped after "six chunks of data": transfertoken: unauthorized
}

// The events are an audit log.
func ExampleEvent() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), &transfertoken.Options{
		OnEvent: func(ctx context.Context, e transfertoken.Event) {
			attrs := []slog.Attr{slog.String("token", e.Token.Name), slog.String("hint", e.Token.Hint)}
			if e.Need != 0 {
				attrs = append(attrs, slog.Any("need", e.Need))
			}
			level := slog.LevelInfo
			if e.Err != nil {
				attrs = append(attrs, slog.Any("error", e.Err))
				level = slog.LevelWarn
			}
			logger.LogAttrs(ctx, level, "transfer token "+string(e.Kind), attrs...)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = svc.Authorize(context.Background(), "not a secret", transfertoken.Pull)
	fmt.Println(errors.Is(err, transfertoken.ErrUnauthorized))
	// Output:
	// level=WARN msg="transfer token refused" token="" hint="" need=pull error="transfertoken: unauthorized"
	// true
}

// A backend should call Salts when it starts. Otherwise a salt that changed by
// accident shows only when clients are refused, one by one.
func ExampleTokenService_Salts_atStart() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	check := func(ctx context.Context, svc *transfertoken.TokenService) error {
		salts, err := svc.Salts(ctx)
		if err != nil {
			return err
		}
		for _, s := range salts {
			if !s.Configured && s.Tokens > 0 {
				logger.Warn("transfer tokens can never be authorized: their salt is not configured",
					"tokens", s.Tokens, "salt", s.SaltID)
			}
		}
		return nil
	}

	store := transfertoken.NewMemoryStore()
	ctx := context.Background()
	yesterday, err := transfertoken.New(store, "the salt of yesterday", nil)
	if err != nil {
		log.Fatal(err)
	}
	_, err = yesterday.Create(ctx, transfertoken.NewToken{
		Name: "nightly", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
	})
	if err != nil {
		log.Fatal(err)
	}
	today, err := transfertoken.New(store, "the salt of today", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(check(ctx, yesterday))
	fmt.Println(check(ctx, today))
	// Output:
	// <nil>
	// level=WARN msg="transfer tokens can never be authorized: their salt is not configured" tokens=1 salt=3e9fadcf
	// <nil>
}

// Call PurgeExpired once a day, on any number of instances.
func ExampleTokenService_PurgeExpired() {
	svc, _, _ := newService()
	ctx := context.Background()
	n, err := svc.PurgeExpired(ctx, 30*24*time.Hour)
	fmt.Println(n, err)
	// Output:
	// 0 <nil>
}

// newService returns a service with one token, and its secret.
func newService() (*transfertoken.TokenService, transfertoken.Token, string) {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	if err != nil {
		log.Fatal(err)
	}
	issued, err := svc.Create(context.Background(),
		transfertoken.NewToken{Name: "nightly", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	if err != nil {
		log.Fatal(err)
	}
	return svc, issued.Token, issued.Secret.Reveal()
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// A host can tell owners that their tokens end soon.
func ExampleTokenService_List_expiresBefore() {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	if err != nil {
		log.Fatal(err)
	}
	for lifespan, owner := range map[transfertoken.Lifespan]string{
		transfertoken.Days7: "ann", transfertoken.Days30: "bob", transfertoken.Unlimited: "cem",
	} {
		_, err := svc.Create(context.Background(), transfertoken.NewToken{
			Name: "of " + owner, Permissions: transfertoken.Push, Lifespan: lifespan, CreatedBy: owner,
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	tell := func(owner, token string, end time.Time) { fmt.Printf("%s: the token %q ends soon\n", owner, token) }
	tellOwners := func(ctx context.Context) error {
		opts := transfertoken.ListOptions{ExpiresBefore: time.Now().AddDate(0, 0, 8)}
		for {
			page, err := svc.List(ctx, opts)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				return nil
			}
			for _, token := range page {
				tell(token.CreatedBy, token.Name, token.ExpiresAt)
			}
			opts.After = page[len(page)-1].ID
		}
	}
	fmt.Println(tellOwners(context.Background()))
	// Output:
	// ann: the token "of ann" ends soon
	// <nil>
}
