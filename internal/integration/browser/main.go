package browser

import (
	"flag"
	"os"
	"testing"
)

// Main runs the tests of a package in each browser that the environment names, one
// after another, and ends the process. Call it from TestMain.
func Main(m *testing.M) {
	flag.Set("test.parallel", "3") // -parallel still counts: flags are not parsed yet
	os.Exit(runInEach(m.Run))
}
