package storetest

import (
	"bytes"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// noon is the time of the records, with milliseconds.
var noon = time.Date(2026, time.March, 4, 12, 0, 0, 789e6, time.UTC)

// sample returns a record as the service makes it, never used. Samples of
// different n, from 0 to 65535, share only the salt ID. Their IDs are in the order
// of n.
func sample(n int) transfertoken.Record {
	created := noon.Add(time.Duration(n) * time.Second)
	return transfertoken.Record{
		Token: transfertoken.Token{
			ID:          sampleID(n),
			Name:        fmt.Sprintf("token %d", n),
			Description: fmt.Sprintf("number %d", n),
			Permissions: transfertoken.Push,
			Lifespan:    transfertoken.Days30,
			CreatedBy:   fmt.Sprintf("admin %d", n),
			Hint:        fmt.Sprintf("h%05d", n),
			CreatedAt:   created,
			UpdatedAt:   created.Add(time.Millisecond),
			ExpiresAt:   created.Add(30 * 24 * time.Hour),
			Revision:    1,
		},
		Digest: digest(fmt.Sprintf("secret %d", n)),
		SaltID: "9f3a01bc",
	}
}

func samples(from, n int) []transfertoken.Record {
	records := make([]transfertoken.Record, n)
	for i := range records {
		records[i] = sample(from + i)
	}
	return records
}

// sampleID returns a version 7 UUID.
func sampleID(n int) uuid.UUID {
	id := uuid.UUID{0x01, 0x9c, 0xb9, 0x20, 0, 0, 0x7a, 0x5c, 0x9d, 0xe4, 0x31, 0x08, 0xfb, 0x62, 0xc7, 0x11}
	binary.BigEndian.PutUint16(id[4:], uint16(n))
	return id
}

// regenerated returns r with the next revision and with every field changed that an
// Update may change.
func regenerated(r transfertoken.Record) transfertoken.Record {
	r.Revision++
	r.Name = fmt.Sprintf("%s, revision %d", r.Name, r.Revision)
	r.Description = fmt.Sprintf("revision %d\n\t%s", r.Revision, r.Description)
	r.Permissions = transfertoken.FullAccess
	r.Suspended = !r.Suspended
	r.Lifespan = transfertoken.Days90
	r.CreatedBy += "+"
	r.Hint = fmt.Sprintf("r%05d", r.Revision)
	r.UpdatedAt = r.UpdatedAt.Add(time.Hour)
	r.ExpiresAt = r.UpdatedAt.Add(90 * 24 * time.Hour)
	r.Digest = digest(r.Name)
	r.SaltID = "00c0ffee"
	return r
}

// renamed returns r as the service writes it after a rename.
func renamed(r transfertoken.Record, name string) transfertoken.Record {
	r.Revision++
	r.Name = name
	r.UpdatedAt = r.UpdatedAt.Add(time.Hour)
	return r
}

func rekeyed(r transfertoken.Record, to transfertoken.Digest, saltID string) transfertoken.Record {
	r.Digest, r.SaltID = to, saltID
	return r
}

// withoutDigest returns r as the service passes it to Update when the secret stays.
func withoutDigest(r transfertoken.Record) transfertoken.Record {
	r.Digest, r.SaltID = transfertoken.Digest{}, ""
	return r
}

func touched(r transfertoken.Record, at time.Time) transfertoken.Record {
	r.LastUsedAt = at
	return r
}

func digest(text string) transfertoken.Digest {
	return sha512.Sum512([]byte(text))
}

func sorted(records []transfertoken.Record) []transfertoken.Record {
	return slices.SortedFunc(slices.Values(records), func(a, b transfertoken.Record) int {
		return bytes.Compare(a.ID[:], b.ID[:])
	})
}

// shuffled returns a copy in another order, which is the same in every run.
func shuffled[T any](values []T) []T {
	values = slices.Clone(values)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(values), func(i, j int) {
		values[i], values[j] = values[j], values[i]
	})
	return values
}
