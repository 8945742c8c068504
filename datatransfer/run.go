package datatransfer

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Run transfers data from src to dst and returns what it did. A nil opts is fine.
//
//  1. It reads the metadata of src and the schemas of both, and checks that the types
//     of the scope exist.
//  2. It compares the schemas of what the transfer carries, and asks OnDifference.
//  3. It calls Begin of dst.
//  4. It goes through the stages of the scope, and drops on the way what is protected,
//     out of scope, or unknown to dst. The Report counts all of it.
//  5. It calls Commit of dst.
//
// If one of them fails, if ctx is cancelled, or if anything panics, Run calls Rollback of
// dst with a context that is not cancelled. Then it returns the first error, or lets
// the panic go on. An error of a stage is a [*RecordError] that names the stage and
// wraps the error of src or dst. An error that is [ErrCommitUnknown] comes from Commit.
//
// Run does not close src. It starts no goroutine, and uses src and dst from no other.
func Run(ctx context.Context, src Source, dst Destination, opts *Options) (report Report, err error) {
	var options Options
	if opts != nil {
		options = *opts
	}
	report.Started = time.Now()
	report.Stages = make([]StageReport, 0, len(Stages()))
	committed := false
	defer func() {
		report.Ended = time.Now()
		if committed {
			return
		}
		if failure := dst.Rollback(context.WithoutCancel(ctx)); failure != nil && err != nil {
			err = fmt.Errorf("%w; then the rollback failed: %w", err, failure)
		}
	}()

	start, filter, err := prepare(ctx, src, dst, &options, &report)
	if err != nil {
		return report, err
	}
	if err := dst.Begin(ctx, start); err != nil {
		return report, fmt.Errorf("datatransfer: begin: %w", err)
	}
	t := &transfer{ctx: ctx, opts: &options, filter: filter, report: &report, media: newMediaFiles()}
	t.estimator, _ = src.(Estimator)
	if err := t.runStages(src, dst); err != nil {
		return report, err
	}
	if err := contextError(ctx); err != nil {
		return report, err
	}
	if err := dst.Commit(ctx); err != nil {
		return report, fmt.Errorf("datatransfer: commit: %w", err)
	}
	committed = true
	return report, nil
}

// prepare does what comes before Begin. Nothing is changed yet.
func prepare(ctx context.Context, src Source, dst Destination, opts *Options, report *Report) (Start, *filter, error) {
	if err := contextError(ctx); err != nil {
		return Start{}, nil, err
	}
	metadata, err := src.Metadata(ctx)
	if err != nil {
		return Start{}, nil, fmt.Errorf("datatransfer: metadata of the source: %w", err)
	}
	here, err := src.Schemas(ctx)
	if err != nil {
		return Start{}, nil, fmt.Errorf("datatransfer: schemas of the source: %w", err)
	}
	there, err := dst.Schemas(ctx)
	if err != nil {
		return Start{}, nil, fmt.Errorf("datatransfer: schemas of the destination: %w", err)
	}
	if err := checkTypes(opts, here, there); err != nil {
		return Start{}, nil, err
	}
	start := Start{
		Metadata:  metadata,
		Schemas:   slices.Clone(here),
		Scope:     opts.Scope.clone(),
		Protected: slices.Clone(opts.Protected),
	}
	if there != nil {
		report.Differences = travelling(start, here).Diff(travelling(start, there))
	}
	if len(report.Differences) > 0 {
		if opts.OnDifference == nil {
			return Start{}, nil, schemasError(report.Differences)
		}
		if err := opts.OnDifference(slices.Clone(report.Differences)); err != nil {
			return Start{}, nil, err
		}
	}
	return start, newFilter(start, there), nil
}

// checkTypes returns an error if the scope names a type that neither side has, or asks
// for one that is protected. The types of the media library may be excluded where
// there are none.
func checkTypes(opts *Options, here, there Schemas) error {
	known := map[string]bool{}
	for _, schemas := range []Schemas{here, there} {
		for _, schema := range schemas {
			known[schema.UID] = known[schema.UID] || schema.ModelType == ModelContentType
		}
	}
	for _, uid := range opts.Scope.OnlyTypes {
		if IsProtected(uid, opts.Protected...) {
			return fmt.Errorf("%w: the scope names %s", ErrProtected, quote(uid))
		}
		if !known[uid] {
			return invalidf("the scope names the content type %s, which does not exist", quote(uid))
		}
	}
	for _, uid := range opts.Scope.ExcludeTypes {
		if !known[uid] && uid != TypeFile && uid != TypeFolder && !IsProtected(uid, opts.Protected...) {
			return invalidf("the scope excludes the content type %s, which does not exist", quote(uid))
		}
	}
	return nil
}

// schemasError returns an error that names the first of the differences.
func schemasError(differences []Difference) error {
	const most = 5
	var text strings.Builder
	for i, difference := range differences {
		if i == most {
			fmt.Fprintf(&text, "; and %d more", len(differences)-most)
			break
		}
		if i > 0 {
			text.WriteString("; ")
		}
		text.WriteString(difference.String())
	}
	return fmt.Errorf("%w: %s", ErrSchemas, text.String())
}

// A transfer is the state of a Run after Begin.
type transfer struct {
	ctx       context.Context
	opts      *Options
	filter    *filter
	estimator Estimator // nil if the source is none
	report    *Report
	media     *mediaFiles
}

// runStages goes through the stages.
func (t *transfer) runStages(src Source, dst Destination) error {
	for _, stage := range Stages() {
		var err error
		switch {
		case !t.filter.start.Scope.HasStage(stage):
			t.report.Stages = append(t.report.Stages, StageReport{Stage: stage, Skipped: true})
		case stage == StageEntities:
			err = runStage(t, stage, src.Entities, dst.WriteEntities, t.entity)
		case stage == StageAssets:
			assets := newAssetChecker()
			err = runStage(t, stage, src.Assets, dst.WriteAssets, func(s *stream, asset *Asset) (item, error) {
				return assets.check(t, s, asset)
			})
		case stage == StageLinks:
			err = runStage(t, stage, src.Links, dst.WriteLinks, t.link)
		case stage == StageConfiguration:
			err = runStage(t, stage, src.Configuration, dst.WriteConfiguration, t.config)
		}
		if err != nil {
			return stageError(stage, err)
		}
		if stage == StageAssets {
			t.report.MediaWithoutFile = t.media.missing()
			if err := t.checkMissingFiles(); err != nil {
				return stageError(stage, err)
			}
		}
	}
	return nil
}

// checkMissingFiles asks OnMissingFiles if files did not come.
func (t *transfer) checkMissingFiles() error {
	missing := t.media.missing()
	if t.opts.OnMissingFiles == nil || missing == 0 || !t.filter.start.Scope.HasStage(StageAssets) {
		return nil
	}
	return t.opts.OnMissingFiles(missing, t.media.found)
}

// runStage lets write take what read yields and inspect lets pass.
func runStage[T any](
	t *transfer, stage Stage,
	read func(context.Context) iter.Seq2[T, error],
	write func(context.Context, iter.Seq2[T, error]) error,
	inspect func(*stream, *T) (item, error),
) error {
	s := newStream(t, stage)
	defer s.finish()
	if err := contextError(t.ctx); err != nil {
		return err
	}
	s.begin()
	err := write(t.ctx, pass(s, read(t.ctx), inspect))
	switch {
	case s.failure != nil:
		return s.failure
	case err != nil:
		return err
	case !s.complete:
		return errIncomplete
	}
	s.done()
	return nil
}

// entity lets the filter decide about an entity.
func (t *transfer) entity(s *stream, e *Entity) (item, error) {
	dropped, err := t.filter.entity(e, s.drop)
	if err != nil {
		return item{}, &RecordError{Stage: StageEntities, Where: where(e.Type, e.ID), Err: err}
	}
	if dropped == "" && e.Type == TypeFile {
		t.media.expect(&t.filter.parser, e.Data)
	}
	return item{dropped: dropped, kind: e.Type, bytes: e.size()}, nil
}

// link lets the filter decide about a link.
func (t *transfer) link(_ *stream, l *Link) (item, error) {
	dropped, err := t.filter.link(l)
	if err != nil {
		return item{}, &RecordError{Stage: StageLinks, Where: where(l.Left.Type, l.Left.Ref), Err: err}
	}
	kind := l.Left.Type
	if dropped == DroppedProtected && !IsProtected(kind, t.filter.start.Protected...) {
		kind = l.Right.Type
	}
	return item{dropped: dropped, kind: kind, bytes: l.size()}, nil
}

// config lets the filter decide about configuration.
func (t *transfer) config(_ *stream, c *Config) (item, error) {
	dropped, err := t.filter.config(c)
	if err != nil {
		return item{}, &RecordError{Stage: StageConfiguration, Where: clip(c.Type), Err: err}
	}
	return item{dropped: dropped, kind: c.Type, bytes: c.size()}, nil
}

// where names a record in an error: its type and ID.
func where(uid string, id Ref) string { return clip(uid) + " " + clip(string(id)) }

// contextError returns the error of a cancelled context, with its cause.
func contextError(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); err != nil && cause != err {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// stageError wraps an error in a RecordError with its stage, unless it is one.
func stageError(stage Stage, err error) error {
	if known, ok := err.(*RecordError); ok && known.Stage == stage {
		return err
	}
	return &RecordError{Stage: stage, Err: err}
}
