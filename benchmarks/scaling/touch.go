package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// touchCost is what one write of LastUsedAt costs, on average.
type touchCost struct {
	name     string
	wal      float64 // bytes
	hot      float64 // share
	fullPage float64 // page images in the write-ahead log, for each write
}

// measureTouches writes n tokens from anywhere once after a checkpoint, and once
// more.
func (db *database) measureTouches(ctx context.Context, ids []uuid.UUID, n int, table string) ([]touchCost, error) {
	// Whatever was left over from before is not to be written by this.
	if _, err := db.exec(ctx, "CHECKPOINT"); err != nil {
		return nil, err
	}
	chosen := make([]uuid.UUID, n)
	for i, k := range rand.Perm(len(ids))[:n] {
		chosen[i] = ids[k]
	}
	var costs []touchCost
	for i, when := range []string{"just after a checkpoint", "again before the next one"} {
		c, err := db.touchAll(ctx, chosen, time.Now().Add(time.Duration(i)*time.Millisecond))
		if err != nil {
			return nil, err
		}
		c.name = table + ", " + when
		costs = append(costs, c)
	}
	return costs, nil
}

func (db *database) touchAll(ctx context.Context, ids []uuid.UUID, at time.Time) (c touchCost, err error) {
	if err := db.quiet(ctx); err != nil {
		return c, err
	}
	before, err := db.updates(ctx)
	if err != nil {
		return c, err
	}
	walBefore, err := db.wal(ctx)
	if err != nil {
		return c, err
	}
	var imagesBefore, imagesAfter int64
	const images = "SELECT wal_fpi FROM pg_stat_wal"
	if err := db.row(ctx, images, &imagesBefore); err != nil {
		return c, err
	}
	if err := db.touchEach(ctx, ids, at); err != nil {
		return c, err
	}
	walAfter, err := db.wal(ctx)
	if err != nil {
		return c, err
	}
	if err := db.quiet(ctx); err != nil {
		return c, err
	}
	if err := db.row(ctx, images, &imagesAfter); err != nil {
		return c, err
	}
	after, err := db.updates(ctx)
	if err != nil {
		return c, err
	}
	n := float64(after.all - before.all)
	if n == 0 {
		return c, errors.New("nothing was written")
	}
	c.wal = float64(walAfter-walBefore) / n
	c.hot = float64(after.hot-before.hot) / n
	c.fullPage = float64(imagesAfter-imagesBefore) / n
	return c, nil
}

func (db *database) touchEach(ctx context.Context, ids []uuid.UUID, at time.Time) error {
	const connections = 8
	store, pool, err := db.pool(connections)
	if err != nil {
		return err
	}
	at = at.UTC().Truncate(time.Millisecond)
	var next atomic.Int64
	errs := make([]error, connections)
	var wait sync.WaitGroup
	for i := range connections {
		wait.Go(func() {
			for k := next.Add(1) - 1; k < int64(len(ids)) && errs[i] == nil; k = next.Add(1) - 1 {
				errs[i] = store.Touch(ctx, ids[k], at)
			}
		})
	}
	wait.Wait()
	return errors.Join(append(errs, pool.Close())...)
}
