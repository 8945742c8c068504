package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/tokens"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// workload is a kind of call that the instances repeat.
type workload struct {
	name       string
	short      string        // in the legend of the chart
	interval   time.Duration // Options.TouchInterval
	inUse      int           // number of tokens in use; 0 means all
	raw        bool          // a prepared SELECT instead of Authorize
	unprepared bool          // Options.NoPrepare
	aged       bool          // whether the last uses lie evenly in the past minute at first
}

// fewInUse is small enough for each of the tokens to be used several times within a step.
const fewInUse = 6000

// The workloads that the document speaks of.
const (
	rawSelect = iota
	noWrites
	eachMinute
	eachUse
	oneToken
	oneTokenEachUse
	unprepared
)

var workloads = []workload{
	rawSelect:       {name: "prepared `SELECT`, any token", short: "SELECT", raw: true},
	noWrites:        {name: "no writes, any token", short: "no writes", interval: -1},
	eachMinute:      {name: "a write per minute, 6,000 tokens", short: "write per minute", inUse: fewInUse, aged: true},
	eachUse:         {name: "a write per use, any token", short: "write per use", interval: 1},
	oneToken:        {name: "a write per minute, one token", short: "one token", inUse: 1},
	oneTokenEachUse: {name: "a write per use, one token", short: "one token, write per use", inUse: 1, interval: 1},
	unprepared:      {name: "no writes, any token, `NoPrepare`", short: "NoPrepare", interval: -1, unprepared: true},
}

// number returns the number of the i-th token in use. They are spread over the table.
func (w workload) number(i, tokens int) int { return i * (tokens / w.used(tokens)) }

func (w workload) used(tokens int) int {
	if w.inUse == 0 {
		return tokens
	}
	return min(w.inUse, tokens)
}

// caller returns the call of an instance, which takes the number of a token.
func (w workload) caller(db *sql.DB, j job) (func(context.Context, int) error, error) {
	salt := transfertoken.Salt(j.Salt)
	if w.raw {
		readRow, err := tokens.Select(context.Background(), db, sqlstore.PostgreSQL, j.Table)
		return func(ctx context.Context, number int) error {
			return readRow(ctx,
				salt.Digest(tokens.Secret(number)))
		}, err
	}
	store, err := sqlstore.New(db, sqlstore.PostgreSQL, &sqlstore.Options{Table: j.Table, NoPrepare: w.unprepared})
	if err != nil {
		return nil, err
	}
	svc, err := transfertoken.New(store, salt, &transfertoken.Options{TouchInterval: w.interval})
	return func(ctx context.Context, number int) error {
		_, err := svc.Authorize(ctx, tokens.Secret(number), transfertoken.Push)
		return err
	}, err
}
