// Package storetest checks that an implementation of [transfertoken.Store]
// keeps the contract that the interface describes. Call [Run] from a test of
// the package that holds the store:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(tb testing.TB) transfertoken.Store {
//			return mystore.New(emptyDatabase(tb))
//		}, nil)
//	}
//
// Every check is a subtest with a store of its own. A failure states the
// rule that was broken, and then the observation. Run the suite with -race too,
// because some checks call a store from many goroutines.
//
// A store that is a [transfertoken.Purger] or a [transfertoken.Filterer] is checked
// as such too; for any other those checks are skipped.
//
// The suite is not stricter than the contract. If several errors of Create apply, a
// store may return any of them. It may refuse values that the service never writes,
// such as an unknown permission, but must not turn them into others.
//
// storetest.go holds Run, and run.go the helpers of the checks. Every other file
// holds the checks of one method or one subject.
package storetest

import (
	"slices"
	"testing"

	"github.com/seed-39e76d91/transfertoken"
)

// Options configures Run. The zero Options check a store through one handle. A nil
// *Options means the same.
type Options struct {
	// SecondHandle opens the data of a store again, as a second instance of the
	// backend would: with connections and caches of its own. It closes them with
	// the Cleanup of the testing.TB. It is called once for each store, before the
	// store is used.
	//
	// The checks of instances and of races use both handles. Without SecondHandle
	// they use the one handle in both places. That is right for a store whose data
	// cannot be opened twice. For any other store it tests only one instance.
	SecondHandle func(testing.TB, transfertoken.Store) transfertoken.Store
}

// Run checks stores made by newStore, each in a subtest of t. newStore returns
// an empty store that shares nothing with those it returned before, and closes it
// with the Cleanup of its testing.TB. Subtests run one after the other, so newStore
// may empty and reuse one database. The largest check keeps about 1,000 records,
// the others about 100 at most.
func Run(t *testing.T, newStore func(testing.TB) transfertoken.Store, opts *Options) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) { c.runOn(t, newStore, opts) })
	}
}

// check is one subtest: a rule of the contract, and the function that tests it.
type check struct {
	name string
	rule string // a sentence that a failure starts with
	run  func(*run)
}

func checks() []check {
	return slices.Concat(fieldChecks, nameChecks, createChecks, errorChecks, zeroChecks, findChecks, listChecks,
		filterChecks, updateChecks, rekeyChecks, touchChecks, deleteChecks, purgeChecks, cancelChecks, instanceChecks,
		raceChecks)
}
