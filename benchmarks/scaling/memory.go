package main

import (
	"context"
	"runtime"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// memoryPerToken is what a token takes in a MemoryStore with n of them, in bytes.
func memoryPerToken(ctx context.Context, n int) (float64, error) {
	salt := transfertoken.GenerateSalt()
	at := time.Now().UTC().Truncate(time.Millisecond)
	before := heap()
	store := transfertoken.NewMemoryStore()
	for number := range n {
		id, err := uuid.NewV7()
		if err != nil {
			return 0, err
		}
		text := secret(number)
		err = store.Create(ctx, transfertoken.Record{
			Token: transfertoken.Token{
				ID: id, Name: name(number), Description: "made to fill the table", Permissions: transfertoken.FullAccess,
				Lifespan: transfertoken.Days30, CreatedBy: "fill", Hint: text[len(text)-6:],
				CreatedAt: at, UpdatedAt: at, ExpiresAt: at.AddDate(0, 0, 30), Revision: 1,
			},
			Digest: salt.Digest(text),
			SaltID: "9f3a01bc",
		})
		if err != nil {
			return 0, err
		}
	}
	after := heap()
	runtime.KeepAlive(store)
	return float64(after-before) / float64(n), nil
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
