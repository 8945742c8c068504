package transfertest

import (
	"testing"
	"time"
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
func Try(tb testing.TB, name string, newInstance func(testing.TB) Instance) {
	for _, c := range checks() {
		if c.name == name {
			c.try(tb, newInstance)
			return
		}
	}
	tb.Fatalf("there is no check %q", name)
}

// WaitForGoroutines sets how long a check waits for goroutines to end, until the test ends.
func WaitForGoroutines(tb testing.TB, d time.Duration) {
	before := goroutinePatience
	goroutinePatience = d
	tb.Cleanup(func() { goroutinePatience = before })
}
