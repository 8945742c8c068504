package main

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// partitions are services by the prefixes of their secrets, each with a database
// of its own, as docs/scaling.md describes.
type partitions map[string]*transfertoken.TokenService

func (p partitions) authorize(ctx context.Context, secret string,
	need transfertoken.Permissions) (transfertoken.Grant, error) {
	prefix, _, _ := strings.Cut(secret, "_")
	svc := p[prefix]
	if svc == nil {
		return transfertoken.Grant{}, transfertoken.ErrUnauthorized
	}
	return svc.Authorize(ctx, secret, need)
}

func TestServicesCanBeChosenByThePrefixOfTheSecret(t *testing.T) {
	p := make(partitions)
	secrets := make(map[string]string)
	salt := transfertoken.GenerateSalt()
	for _, prefix := range []string{"xfera", "xferb"} {
		svc, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, &transfertoken.Options{Prefix: prefix})
		require.NoError(t, err)
		p[prefix] = svc
		issued, err := svc.Create(t.Context(), transfertoken.NewToken{
			Name: "nightly", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
			// in both: names are unique in each
		})
		require.NoError(t, err)
		secrets[prefix] = issued.Secret.Reveal()
	}
	for prefix, secret := range secrets {
		grant, err := p.authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
		require.NoError(t, p[prefix].Delete(t.Context(), grant.Token.ID, transfertoken.AnyRevision))
		require.ErrorIs(t, grant.Recheck(t.Context()), transfertoken.ErrUnauthorized)
	}
	for _, secret := range []string{"", "xferc_", "xfera", secrets["xfera"] + "x", "xferb" +
		secrets["xfera"][len("xfera"):]} {
		_, err := p.authorize(t.Context(), secret, transfertoken.Push)
		require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
	}
}
