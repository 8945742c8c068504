package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// The salt that a throw-away Strapi 5.54.0 was configured with
// (transfer.token.salt), a key that it issued, and its column access_key. In real
// life the salt comes from the configuration and the key stays with the client.
const (
	strapiSalt transfertoken.Salt = "peerTransferSalt0123456789"

	strapiKey = "0ab0935485ce86600b2f0589a54825aee3e36d0618dfcc2862986e8dcada68fe" +
		"3cb3c4e53ce6cb12c6cac32a217f1a7d91e2b3dd644ce7bc08a3237290d47623" +
		"f805be3a4a3ef181e34f9c6b377e6c1c3861369d078ba7c7fc58baf7affa3716" +
		"d99a88024482690958a849064bc225d7e9d8c628abb93de25a7017c075616d67"

	strapiAccessKey = "b3c3b1833631f4931c5a9f33c3d027a68c2978ef3d5ff237c74fbb6be20e534e" +
		"4f2f2c73dea6ccad434e658e5ff26fb8ffd4a4e0d3105b5124fd5f727587318a"
)

func (s *story) comeFromStrapi(ctx context.Context) error {
	s.chapter("A token that came from Strapi")
	s.text(`This backend replaces a Strapi and takes over its token: the digest, for that is all Strapi stored.
		Strapi's salt is configured as one of OtherSalts, and AcceptForeign allows its format of secrets.`)
	digest, err := transfertoken.ParseDigest(strapiAccessKey)
	if err != nil {
		return err
	}
	created := s.clock.now().Add(-10 * 24 * time.Hour)
	if _, err := s.svc.Adopt(ctx, transfertoken.AdoptedToken{
		Name:        "from Strapi",
		Description: madeHere,
		Permissions: transfertoken.FullAccess,
		Lifespan:    transfertoken.Days30,
		CreatedBy:   "alice",
		Digest:      digest,
		Salt:        strapiSalt,
		CreatedAt:   created,
		ExpiresAt:   created.Add(30 * 24 * time.Hour),
	}); err != nil {
		return err
	}
	if err := s.showSalts(ctx, "before its use"); err != nil {
		return err
	}
	if err := newClient(s.server.url, strapiKey).pullFile(ctx, filepath.Join(s.temp, "pulled.jsonl")); err != nil {
		return err
	}
	s.line("%-18s accepted, with the key that Strapi issued", "pull: from Strapi")
	if err := s.showSalts(ctx, "after its use"); err != nil {
		return err
	}
	s.text(`Its first use gave it a digest under the current salt. An old salt that counts no tokens can be
		dropped from the configuration.`)
	return nil
}
