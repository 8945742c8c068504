package transfertest

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A feed drives a Destination as datatransfer.Run does, and lets a check interfere between two
// records.
type feed struct {
	data      *Snapshot
	scope     datatransfer.Scope
	protected []string

	// at is called before each record and at the end of each stage. The error that it
	// returns is yielded.
	at func(point) error
	// begun is called when the sequence of a stage is used, ended when it has returned.
	begun, ended func(datatransfer.Stage)
	// asset changes the assets, if it is not nil.
	asset func(datatransfer.Asset) datatransfer.Asset
}

// A point is a place in a transfer: before the record of this number, or at the end of the
// stage.
type point struct {
	stage  datatransfer.Stage
	record int
}

func (p point) String() string { return fmt.Sprintf("%s, record %d", p.stage, p.record+1) }

// points returns all points of a transfer of s, or some if there are more than limit: then
// both ends of each stage are among them.
func (s *Snapshot) points(limit int) []point {
	records := []int{len(s.Entities), len(s.Files), len(s.Links), len(s.Configuration)}
	total := 0
	for _, n := range records {
		total += n + 1
	}
	step := max(1, (total+limit-1)/limit)
	var points []point
	for i, stage := range datatransfer.Stages() {
		for record := 0; record < records[i]; record += step {
			points = append(points, point{stage, record})
		}
		points = append(points, point{stage, records[i]})
	}
	return points
}

func (f feed) start() datatransfer.Start {
	return datatransfer.Start{
		Metadata: f.data.Metadata, Schemas: f.data.Schemas, Scope: f.scope, Protected: f.protected,
	}
}

// transfer replaces the data of dst. It rolls back if it fails, and returns the first
// error.
func (f feed) transfer(ctx context.Context, dst datatransfer.Destination) error {
	err := f.writeAll(ctx, dst)
	if err == nil {
		err = dst.Commit(ctx)
	}
	if err != nil {
		_ = dst.Rollback(context.WithoutCancel(ctx)) // the first error says more
	}
	return err
}

// writeAll does all but commit.
func (f feed) writeAll(ctx context.Context, dst datatransfer.Destination) error {
	if err := dst.Begin(ctx, f.start()); err != nil {
		return err
	}
	for _, stage := range datatransfer.Stages() {
		if !f.scope.HasStage(stage) {
			continue
		}
		if err := f.write(ctx, dst, stage); err != nil {
			return err
		}
	}
	return nil
}

// errNotTaken means that a Write method returned nil before its sequence had ended.
var errNotTaken = errors.New("the method returned nil and had not taken the whole sequence")

// write writes one stage. It returns errNotTaken if dst returns nil before the end of the sequence.
func (f feed) write(ctx context.Context, dst datatransfer.Destination, stage datatransfer.Stage) error {
	taken := false
	g := f
	g.at = func(p point) error {
		if f.at != nil {
			if err := f.at(p); err != nil {
				return err
			}
		}
		taken = taken || p.record == f.data.size(stage)
		return nil
	}
	var err error
	switch stage {
	case datatransfer.StageEntities:
		err = dst.WriteEntities(ctx, sequence(g, stage, g.data.Entities))
	case datatransfer.StageAssets:
		err = dst.WriteAssets(ctx, sequence(g, stage, g.assets()))
	case datatransfer.StageLinks:
		err = dst.WriteLinks(ctx, sequence(g, stage, g.data.Links))
	case datatransfer.StageConfiguration:
		err = dst.WriteConfiguration(ctx, sequence(g, stage, g.data.Configuration))
	}
	if err == nil && !taken {
		return fmt.Errorf("%w: of %s", errNotTaken, stage)
	}
	return err
}

func (s *Snapshot) size(stage datatransfer.Stage) int {
	switch stage {
	case datatransfer.StageEntities:
		return len(s.Entities)
	case datatransfer.StageAssets:
		return len(s.Files)
	case datatransfer.StageLinks:
		return len(s.Links)
	}
	return len(s.Configuration)
}

func (f feed) assets() []datatransfer.Asset {
	assets := make([]datatransfer.Asset, len(f.data.Files))
	for i, file := range f.data.Files {
		assets[i] = file.Asset()
		if f.asset != nil {
			assets[i] = f.asset(assets[i])
		}
	}
	return assets
}

// sequence yields the records of a stage until f.at returns an error, and then that.
func sequence[T any](f feed, stage datatransfer.Stage, records []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if f.begun != nil {
			f.begun(stage)
		}
		if f.ended != nil {
			defer f.ended(stage)
		}
		for i := 0; ; i++ {
			if err := f.at(point{stage, i}); err != nil {
				var none T
				yield(none, err)
				return
			}
			if i == len(records) || !yield(records[i], nil) {
				return
			}
		}
	}
}
