package browser

import (
	"flag"
	"os"
	"testing"
)

// Main runs the tests of a package, which share one browser, and ends the process.
// Call it from TestMain.
func Main(m *testing.M) {
	flag.Set("test.parallel", "3") // -parallel still counts: flags are not parsed yet
	code := m.Run()
	shared.close()
	os.Exit(code)
}
