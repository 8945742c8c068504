package httpauth_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// FuzzAuthorizationHeader presents one or two Authorization headers. In them,
// SECRET stands for the one that is good. There are four answers, byte for byte,
// so that nothing of a header can be in them, and four lines of the log.
func FuzzAuthorizationHeader(f *testing.F) {
	svc := tokentest.NewService(f, nil)
	secret := svc.Issue(f, transfertoken.Push, transfertoken.Unlimited).Secret.Reveal()
	var log bytes.Buffer
	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	guard := httpauth.Require(svc.TokenService, transfertoken.Push, &httpauth.Options{Logger: logger})
	send := func(headers ...string) string {
		log.Reset()
		w := call(guard, headers...)
		return fmt.Sprint(w.Code, w.Header(), w.Body, log.String())
	}
	noCredentials, manyCredentials, invalidToken, good := send(), send("", ""), send("Bearer x"), send("Bearer "+secret)
	for want, got := range map[string]string{"401": noCredentials, "400": manyCredentials, "401 map": invalidToken,
		"200": good} {
		if !strings.HasPrefix(got, want) {
			f.Fatalf("got %s, want %s", got, want)
		}
	}

	for _, seed := range []string{
		"Bearer SECRET", "bearer  SECRET", "BEARER SECRET", "Bearer SECRET ", " Bearer SECRET", "Bearer\tSECRET",
		"Bearer SECRET SECRET",
		"Bearer SECRET\x00", "Bearer SECRET\r\nX: y", "Bearer SECRET,", "Bearer", "Bearer ", "", " ", "\x00", "\xff",
		"SECRET", "Basic SECRET",
		"Token SECRET", "Bearer x", "Bearer xfer_" + strings.Repeat("0", 49), "Bearer " + strings.Repeat("a", 512),
		"Bearer \u0661", "\u212aearer SECRET",
	} {
		f.Add(seed, "", false)
		f.Add(seed, "Bearer SECRET", true)
		f.Add("Bearer SECRET", seed, true)
	}
	f.Fuzz(func(t *testing.T, first, second string, two bool) {
		first = strings.ReplaceAll(first, "SECRET", secret)
		second = strings.ReplaceAll(second, "SECRET", secret)
		if two {
			if got := send(first, second); got != manyCredentials {
				t.Fatalf("two headers %q, %q: %s", first, second, got)
			}
			return
		}
		got := send(first)
		scheme, token, _ := strings.Cut(first, " ")
		if strings.ToLower(scheme) == "bearer" && strings.TrimLeft(token, " ") == secret {
			if got != good {
				t.Fatalf("the good header %q: %s", first, got)
			}
		} else if got != noCredentials && got != invalidToken {
			t.Fatalf("header %q: %s", first, got)
		}
	})
}
