package transfertoken_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// strapiToken is a row of Strapi's table strapi_transfer_tokens, with the actions
// from strapi_transfer_token_permissions. Times and lifespans are in milliseconds,
// as in SQLite. nil means NULL.
type strapiToken struct {
	Name, Description, AccessKey    string
	Actions                         []string
	CreatedAt                       int64
	Lifespan, ExpiresAt, LastUsedAt *int64
}

func (s strapiToken) adopted(salt transfertoken.Salt) (transfertoken.AdoptedToken, error) {
	digest, err := transfertoken.ParseDigest(s.AccessKey)
	if err != nil {
		return transfertoken.AdoptedToken{}, err
	}
	permissions, err := transfertoken.ParsePermissions(s.Actions...)
	if err != nil {
		return transfertoken.AdoptedToken{}, err
	}
	t := transfertoken.AdoptedToken{
		Name:        s.Name,
		Description: s.Description,
		Permissions: permissions,
		Lifespan:    transfertoken.Unlimited,
		CreatedBy:   "Strapi",
		Digest:      digest,
		Salt:        salt,
		CreatedAt:   time.UnixMilli(s.CreatedAt),
	}
	if s.Lifespan != nil {
		t.Lifespan = map[int64]transfertoken.Lifespan{
			604_800_000:   transfertoken.Days7,
			2_592_000_000: transfertoken.Days30,
			7_776_000_000: transfertoken.Days90,
		}[*s.Lifespan] // "" for any other, which Adopt refuses
	}
	if s.ExpiresAt != nil {
		t.ExpiresAt = time.UnixMilli(*s.ExpiresAt)
	}
	if s.LastUsedAt != nil {
		t.LastUsedAt = time.UnixMilli(*s.LastUsedAt)
	}
	return t, nil
}

// Adopt takes over the tokens of a Strapi by their digests, so that their secrets stay
// usable. Strapi's transfer.token.salt is one of the former salts. The first use of
// each token moves it to the current salt.
func ExampleTokenService_Adopt() {
	const strapiSalt transfertoken.Salt = "peerTransferSalt0123456789"
	const strapiSecret = "0ab0935485ce86600b2f0589a54825aee3e36d0618dfcc2862986e8dcada68fe" +
		"3cb3c4e53ce6cb12c6cac32a217f1a7d91e2b3dd644ce7bc08a3237290d47623" +
		"f805be3a4a3ef181e34f9c6b377e6c1c3861369d078ba7c7fc58baf7affa3716" +
		"d99a88024482690958a849064bc225d7e9d8c628abb93de25a7017c075616d67"
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), &transfertoken.Options{
		OtherSalts:    []transfertoken.Salt{strapiSalt},
		AcceptForeign: true,
	})
	if err != nil {
		log.Fatal(err)
	}

	row := strapiToken{
		Name: "both",
		AccessKey: "b3c3b1833631f4931c5a9f33c3d027a68c2978ef3d5ff237c74fbb6be20e534e" +
			"4f2f2c73dea6ccad434e658e5ff26fb8ffd4a4e0d3105b5124fd5f727587318a",
		Actions:   []string{"push", "pull"},
		CreatedAt: 1_700_000_000_000,
	}
	adopted, err := row.adopted(strapiSalt)
	if err != nil {
		log.Fatal(err)
	}
	token, err := svc.Adopt(context.Background(), adopted)
	fmt.Println(token.Name, token.Permissions, token.Lifespan, err)

	_, err = svc.Authorize(context.Background(), strapiSecret, transfertoken.Pull)
	fmt.Println("pull:", err)
	// Output:
	// both full-access unlimited <nil>
	// pull: <nil>
}
