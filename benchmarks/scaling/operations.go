package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// operations is how long it takes what is not done for every request.
type operations struct {
	migrate      time.Duration // when there is nothing to do
	page         time.Duration // of 100 tokens from anywhere, the median
	salts        time.Duration
	purge        time.Duration
	purged       int
	memoryPerOne float64 // bytes of a token in a MemoryStore
}

// measureOperations lets a hundredth of the tokens expire.
func (db *database) measureOperations(ctx context.Context, ids []uuid.UUID) (o operations, err error) {
	store, pool, err := db.pool(1)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	svc, err := transfertoken.New(store, db.salt, nil)
	if err != nil {
		return o, err
	}
	if err := store.Migrate(ctx); err != nil { // opens the connection
		return o, err
	}
	if o.migrate, err = timed(func() error { return store.Migrate(ctx) }); err != nil {
		return o, err
	}
	var pages []time.Duration
	for range 200 {
		after := ids[rand.IntN(len(ids)-100)]
		took, err := timed(func() error {
			_, err := svc.List(ctx, transfertoken.ListOptions{After: after, Limit: 100})
			return err
		})
		if err != nil {
			return o, err
		}
		pages = append(pages, took)
	}
	slices.Sort(pages)
	o.page = pages[len(pages)/2]
	if _, err := svc.Salts(ctx); err != nil { // makes the ID of the salt, once for the process
		return o, err
	}
	if o.salts, err = timed(func() error { _, err := svc.Salts(ctx); return err }); err != nil {
		return o, err
	}
	var expired []string
	for number := 0; number < len(ids); number += 100 {
		expired = append(expired, name(number))
	}
	if _, err := db.exec(ctx, "UPDATE {table} SET expires_at = $1 WHERE name = ANY ($2)", time.Now().Add(-time.Hour).UnixMilli(), expired); err != nil {
		return o, err
	}
	o.purge, err = timed(func() error { o.purged, err = svc.PurgeExpired(ctx, 0); return err })
	return o, err
}

func timed(do func() error) (time.Duration, error) {
	start := time.Now()
	err := do()
	return time.Since(start), err
}
