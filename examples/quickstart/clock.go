package main

import (
	"sync/atomic"
	"time"
)

// clock is the real time plus what the demo has skipped, so that nobody has to
// wait for a token to expire. It is only for demos and tests: leave Options.Now
// nil elsewhere.
type clock struct{ skipped atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.skipped.Load())) }

func (c *clock) skip(d time.Duration) { c.skipped.Add(int64(d)) }
