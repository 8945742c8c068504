package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/ory/fosite"
	"github.com/ory/fosite/token/hmac"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// The peers look nothing up.
var (
	fositeKey = key{what: "fosite, HMACStrategy.Validate, SHA-512/256"}
	jwtKey    = key{what: "golang-jwt, ParseWithClaims, HS512"}
)

func newPeers(ctx context.Context) ([]series, error) {
	fosite, err := newFosite(ctx)
	if err != nil {
		return nil, err
	}
	jwt, err := newJWT()
	return []series{fosite, jwt}, err
}

// newFosite returns a series that checks tokens of Fosite's default: 32 random bytes, with an HMAC-SHA-512/256 under
// a secret of 32 bytes.
func newFosite(ctx context.Context) (series, error) {
	secret := make([]byte, 32)
	rand.Read(secret)
	strategy := &hmac.HMACStrategy{Config: &fosite.Config{GlobalSecret: secret}}
	var tokens []string
	for range inUse {
		token, _, err := strategy.Generate(ctx)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return newCheck(fositeKey, tokens, true, func() func(string) bool {
		return func(token string) bool { return strategy.Validate(context.Background(), token) == nil }
	}), nil
}

// claims say as much as a transfer token.
type claims struct {
	Scope string `json:"scope"`
	jwt.RegisteredClaims
}

var errScope = errors.New("scope")

// Validate is called by the parser.
func (c *claims) Validate() error {
	if c.Scope != transfertoken.Push.String() {
		return errScope
	}
	return nil
}

func newJWT() (series, error) {
	secret := make([]byte, 64)
	rand.Read(secret)
	now := time.Now()
	var tokens []string
	for i := range inUse {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS512, &claims{
			Scope: transfertoken.Push.String(),
			RegisteredClaims: jwt.RegisteredClaims{
				Issuer:    "backend",
				Subject:   fmt.Sprintf("token %d", i),
				ID:        rand.Text(),
				IssuedAt:  jwt.NewNumericDate(now),
				ExpiresAt: jwt.NewNumericDate(now.Add(7 * 24 * time.Hour)),
			},
		}).SignedString(secret)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS512.Alg()}), jwt.WithExpirationRequired())
	keyFunc := func(*jwt.Token) (any, error) { return secret, nil }
	return newCheck(jwtKey, tokens, true, func() func(string) bool {
		return func(text string) bool {
			token, err := parser.ParseWithClaims(text, new(claims), keyFunc)
			return err == nil && token.Valid
		}
	}), nil
}

func emptyHandlerKey(tokens int) key { return key{what: "empty handler", tokens: tokens} }

func guardedKey(tokens int) key { return memoryKey("empty handler behind httpauth.Require", tokens) }

// requests returns series that serve requests without a network.
func (s *tokenSet) requests() ([]series, error) {
	svc, err := s.service(0)
	if err != nil {
		return nil, err
	}
	empty := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	return []series{
		s.newRequests(emptyHandlerKey(s.size), empty),
		s.newRequests(guardedKey(s.size), httpauth.Require(svc, transfertoken.Push, nil)(empty)),
	}, nil
}

func (s *tokenSet) newRequests(k key, handler http.Handler) series {
	return newRepeated(k, func() func(n int) error {
		var requests []*http.Request
		for _, secret := range s.full {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("Authorization", "Bearer "+secret)
			requests = append(requests, r)
		}
		w, next := &statusWriter{header: http.Header{}}, 0
		return func(n int) error {
			for range n {
				handler.ServeHTTP(w, requests[next])
				if next++; next == len(requests) {
					next = 0
				}
			}
			if w.status != 0 {
				return fmt.Errorf("%v: status %d", k, w.status)
			}
			return nil
		}
	})
}

// statusWriter is a ResponseWriter that keeps only the status.
type statusWriter struct {
	header http.Header
	status int
}

func (w *statusWriter) Header() http.Header         { return w.header }
func (w *statusWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *statusWriter) WriteHeader(status int)      { w.status = status }
