package browser

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// engines are the browsers that tests can run in, by the variables that name them.
var engines = []struct {
	name, variable string
	start          func(path string) engine
}{
	{"Chromium", chromiumVariable, newChromium},
	{"Firefox", firefoxVariable, newFirefox},
}

// current is the browser that the tests run in at the moment.
var current engine = unnamed{}

// named returns the browsers that the environment names.
func named() (list []engine) {
	for _, e := range engines {
		if name := os.Getenv(e.variable); name != "" {
			list = append(list, e.start(name))
		}
	}
	return list
}

// unnamed stands for the browser when nobody named one.
type unnamed struct{ engine }

func (unnamed) name() string { return "" }

func (unnamed) open(t testing.TB, _ *watch) (tab, error) {
	t.Helper()
	t.Skip("set " + strings.Join(variables(), " or "))
	return nil, nil
}

// variables returns the variables of all browsers. A test that has read them is not
// taken from the cache of go test when they have changed; what is read before the tests
// run does not count.
func variables() (names []string) {
	for _, e := range engines {
		names = append(names, e.variable)
		os.Getenv(e.variable)
	}
	return names
}

// runInEach runs the tests once in each browser that the environment names. Without any
// they run once, so that they skip.
func runInEach(run func() int) (code int) {
	list := named()
	if len(list) == 0 {
		return run()
	}
	for _, current = range list {
		if len(list) > 1 {
			fmt.Printf("in %s:\n", current.name())
		}
		code = max(code, run())
		current.close()
	}
	return code
}
