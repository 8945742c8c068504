package transfertest

import (
	"context"
	"slices"
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// An Instance is an installation whose data is read and replaced, such as the tables and
// files of a backend, or an archive.
type Instance interface {
	// Source begins a reading of the data.
	Source(ctx context.Context) (datatransfer.Source, error)

	// Destination begins a replacing of the data.
	Destination(ctx context.Context) (datatransfer.Destination, error)
}

// A Sampler is an Instance that knows which data it takes. For other instances the suite
// makes data with [Generate].
type Sampler interface {
	// Sample returns data of number n, from 1 to 3: always the same for one number, and
	// for two numbers different in every stage. The suite does not change what the slices
	// hold.
	Sample(n int) *Snapshot
}

// A MemoryHolder is an Instance that may hold whole files in memory. Other instances have
// to stream them.
type MemoryHolder interface {
	// HoldsFilesInMemory reports whether the check of that is left out.
	HoldsFilesInMemory() bool
}

// A WholeReplacer is an Instance whose transfers may leave nothing of the old data. What a
// scope leaves out has to be gone there after a transfer; in other instances it has to stay.
type WholeReplacer interface {
	// ReplacesWhole reports whether a transfer replaces all data whatever its scope is, as
	// one does that writes an archive anew.
	ReplacesWhole() bool
}

// Run checks instances made by newInstance, each in a subtest of t. newInstance returns an
// instance that nobody else uses; what it opens, it closes with the Cleanup of its
// testing.TB. Subtests are run one after the other, so that it may reuse one database. The
// instance may have any data, or none, as the first thing that the suite does is to replace
// it.
func Run(t *testing.T, newInstance func(t testing.TB) Instance) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) { c.try(t, newInstance) })
	}
}

// check is one subtest: a rule of the contract and what shows whether an instance keeps
// it.
type check struct {
	name string
	run  func(*trial)
	rule string // a sentence that a failure starts with
}

func checks() []check {
	return slices.Concat(
		dataChecks,
		linkChecks,
		fileChecks,
		scopeChecks,
		failureChecks,
		lifecycleChecks,
		isolationChecks,
		sequenceChecks,
		cleanupChecks,
	)
}
