package main

import (
	"math/bits"
	"time"
)

// histogram counts durations in buckets that are at most a 32nd wide.
type histogram map[int]int

const (
	subBits    = 5
	subBuckets = 1 << subBits
)

func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < subBuckets {
		return int(n)
	}
	shift := bits.Len64(n) - 1 - subBits
	return (shift+1)*subBuckets + int(n>>shift) - subBuckets
}

// middle is the duration in the middle of a bucket.
func middle(bucket int) time.Duration {
	if bucket < subBuckets {
		return time.Duration(bucket)
	}
	shift := bucket/subBuckets - 1
	low := uint64(subBuckets+bucket%subBuckets) << shift
	return time.Duration(low + 1<<shift/2)
}

func (h histogram) add(d time.Duration) { h[bucket(d)]++ }

func (h histogram) merge(other histogram) {
	for bucket, n := range other {
		h[bucket] += n
	}
}

// quantile is the duration that a share q of all do not exceed.
func (h histogram) quantile(q float64) time.Duration {
	total, last := 0, 0
	for bucket, n := range h {
		total += n
		last = max(last, bucket)
	}
	seen := 0
	for bucket := range last + 1 {
		seen += h[bucket]
		if seen > 0 && float64(seen) >= q*float64(total) {
			return middle(bucket)
		}
	}
	return 0
}
