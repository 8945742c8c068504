package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/ory/fosite"
	"github.com/ory/fosite/token/hmac"

	"github.com/seed-39e76d91/transfertoken"
)

// The peers look nothing up.
var (
	fositeKey = key{what: "fosite, HMACStrategy.Validate, SHA-512/256"}
	jwtKey    = key{what: "golang-jwt, ParseWithClaims, HS512"}
)

func peerUnits(ctx context.Context) ([]unit, error) {
	fosite, err := fositeUnit(ctx)
	if err != nil {
		return nil, err
	}
	jwt, err := jwtUnit()
	return []unit{fosite, jwt}, err
}

// fositeUnit checks tokens of Fosite's default: 32 random bytes, with an
// HMAC-SHA-512/256 under a secret of 32 bytes.
func fositeUnit(ctx context.Context) (unit, error) {
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

// claims say what a transfer token does.
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

func jwtUnit() (unit, error) {
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
