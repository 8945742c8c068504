package datatransfer

import (
	"context"
	"iter"
)

// A Source is one reading of an instance's data, all of it of one moment.
//
// [Run] calls Metadata and Schemas first, then the stages of the scope in their
// order, each at most once, from one goroutine; it does not call Close.
//
// A sequence yields records and a nil error, or a zero record and an error: once,
// and last. It also ends with an error when ctx is cancelled. It is used once. A
// record that was yielded stays valid, and nobody changes its bytes afterwards; an
// asset's Body is valid until the sequence goes on or ends. A consumer may stop early,
// and then the sequence frees what it holds.
type Source interface {
	// Metadata says when and by which version the data was made.
	Metadata(ctx context.Context) (Metadata, error)

	// Schemas returns the schemas of all types, those of protected types among them.
	Schemas(ctx context.Context) (Schemas, error)

	Entities(ctx context.Context) iter.Seq2[Entity, error]
	Assets(ctx context.Context) iter.Seq2[Asset, error]
	Links(ctx context.Context) iter.Seq2[Link, error]
	Configuration(ctx context.Context) iter.Seq2[Config, error]

	// Close frees what the Source holds. It may be called more than once. After it,
	// methods fail.
	Close() error
}

// A Destination is one replacing of an instance's data: all of it, or nothing.
//
// [Run] calls Schemas, Begin, the Write methods of the stages in the scope in their
// order, each once, and Commit, from one goroutine. It calls Rollback after any
// failure, also one of Begin or Commit.
//
// A Write method takes every record of its sequence, and reads the bodies of assets to
// their end, in the goroutine that called it. If the sequence yields an error,
// the method returns that error, so that [errors.Is] finds it. It must not return nil
// before it has taken the whole sequence: Run takes that as a failure, as it does a
// second use of the sequence and a body that was not read. A record may be kept after
// the method has returned, the Body of an asset not.
type Destination interface {
	// Schemas returns the schemas of the destination, or nil if it takes data of
	// any type, as an archive does. It holds no lock and no transaction.
	Schemas(ctx context.Context) (Schemas, error)

	// Begin prepares the replacing of what start names. Until Commit everybody else
	// sees the old data.
	Begin(ctx context.Context, start Start) error

	WriteEntities(ctx context.Context, seq iter.Seq2[Entity, error]) error
	WriteAssets(ctx context.Context, seq iter.Seq2[Asset, error]) error
	WriteLinks(ctx context.Context, seq iter.Seq2[Link, error]) error
	WriteConfiguration(ctx context.Context, seq iter.Seq2[Config, error]) error

	// Commit makes the new data visible, all at once. If it returns nil, all data is
	// new. If it returns an error that is ErrCommitUnknown, all of it is new or all
	// of it is old. With any other error all of it is old.
	Commit(ctx context.Context) error

	// Rollback discards what was written, so that the data is as before Begin. It may
	// be called at any time, more than once, and does nothing after Commit has
	// returned nil.
	Rollback(ctx context.Context) error
}

// Start says what a Destination is about to receive. It replaces the entities of the
// types for which Replaces reports true, with their links; the files unless
// Scope.NoFiles; the settings unless Scope.NoCoreStore; the webhooks unless
// Scope.NoWebhooks. All else stays.
type Start struct {
	Metadata  Metadata // of the source
	Schemas   Schemas  // of the source, those of types that do not travel among them
	Scope     Scope
	Protected []string // what Options.Protected says
}

// Replaces reports whether the transfer replaces the entities of a content type: the
// scope includes it and it is not protected. A destination deletes the old entities of
// these types, and of no others.
func (s Start) Replaces(uid string) bool {
	return s.Scope.Includes(uid) && !IsProtected(uid, s.Protected...)
}

// An Estimator is a Source that knows how much a stage has before it begins. Estimates
// are shown as progress. That of the assets must be exact if a remote end serves the
// Source: it is announced to the client of a pull, who compares it with what came.
type Estimator interface {
	// Estimate returns the records and bytes of a stage, 0 if one of them is unknown.
	// It reports whether it knows anything.
	Estimate(ctx context.Context, stage Stage) (records, bytes int64, ok bool)
}
