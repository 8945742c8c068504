package storetest

import (
	"testing"

	"github.com/seed-39e76d91/transfertoken"
)

// CheckNames returns the names of all checks.
func CheckNames() []string {
	var names []string
	for _, c := range checks() {
		names = append(names, c.name)
	}
	return names
}

// Try runs the check with the name and reports to tb.
func Try(tb testing.TB, name string, newStore func(testing.TB) transfertoken.Store, opts *Options) {
	for _, c := range checks() {
		if c.name == name {
			c.runOn(tb, newStore, opts)
			return
		}
	}
	tb.Fatalf("there is no check %q", name)
}
