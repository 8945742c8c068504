package datatransfer_test

import (
	"context"
	"io"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// slowSource is a source that takes a time for each entity and each byte of a file, and
// knows how much it has.
type slowSource struct{ *source }

const slowness = 30 * time.Millisecond

func (s slowSource) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	return func(yield func(datatransfer.Entity, error) bool) {
		for range 100 {
			time.Sleep(slowness) // of the fake clock
			if !yield(s.entities[0], nil) {
				return
			}
		}
	}
}

func (s slowSource) Assets(context.Context) iter.Seq2[datatransfer.Asset, error] {
	a := asset("a.txt", "")
	a.Size, a.Body = 100, io.LimitReader(slowReader{}, 100)
	return yieldAll([]datatransfer.Asset{a}, nil)
}

func (slowSource) Estimate(_ context.Context, stage datatransfer.Stage) (records, bytes int64, ok bool) {
	if stage == datatransfer.StageEntities {
		return 100, 7000, true
	}
	return -1, -1, stage == datatransfer.StageAssets
}

type slowReader struct{}

func (slowReader) Read(p []byte) (int, error) {
	time.Sleep(slowness)
	p[0] = 'x'
	return 1, nil
}

func TestProgressIsShownAtMostTenTimesASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type at struct {
			time time.Duration
			datatransfer.Progress
		}
		var shown []at
		began := time.Now()
		opts := &datatransfer.Options{OnProgress: func(p datatransfer.Progress) {
			shown = append(shown, at{time.Since(began), p})
		}}
		report, err := datatransfer.Run(t.Context(), slowSource{noteSource(t)}, &destination{}, opts)
		require.NoError(t, err)

		perStage := map[datatransfer.Stage][]at{}
		for _, p := range shown {
			perStage[p.Stage] = append(perStage[p.Stage], p)
		}
		for i, stage := range datatransfer.Stages() {
			calls := perStage[stage]
			require.GreaterOrEqual(t, len(calls), 2)
			first, last := calls[0], calls[len(calls)-1]
			require.Zero(t, first.Records)
			require.False(t, first.Done)
			require.True(t, last.Done)
			require.Equal(t, report.Stages[i].Records, last.Records)
			require.Equal(t, report.Stages[i].Bytes, last.Bytes)
			require.Equal(t, report.Stages[i].Duration, last.Elapsed)
			for j, call := range calls[1 : len(calls)-1] {
				require.GreaterOrEqual(t, call.time-calls[j].time, 100*time.Millisecond)
				require.GreaterOrEqual(t, call.Bytes, calls[j].Bytes)
			}
		}
		// 100 steps of 30 ms are 3 s: a call every 120 ms, and the two ends.
		require.Len(t, perStage[datatransfer.StageEntities], 27)
		require.EqualValues(t, 100, perStage[datatransfer.StageEntities][5].TotalRecords)
		require.EqualValues(t, 7000, perStage[datatransfer.StageEntities][5].TotalBytes)
		require.Len(t, perStage[datatransfer.StageAssets], 27, "a large file shows progress too")
		require.Zero(t, perStage[datatransfer.StageAssets][5].TotalRecords, "negative: unknown")
	})
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		report, err := datatransfer.Run(t.Context(), noteSource(t), &destination{},
			&datatransfer.Options{Throttle: time.Second})
		require.NoError(t, err)
		require.Equal(t, 6*time.Second, time.Since(began))
		require.Equal(t, 2*time.Second, report.Stages[1].Duration)
	})
}

func TestThrottleEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		dst := &destination{}
		began := time.Now()
		_, err := datatransfer.Run(ctx, noteSource(t), dst, &datatransfer.Options{Throttle: time.Hour})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		requireRolledBack(t, dst)
	})
}
