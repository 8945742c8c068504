package browser

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if ending := os.Getenv(endingVariable); ending != "" {
		endWithBrowser(ending)
		return
	}
	flag.Set("test.parallel", "3") // -parallel still counts: flags are not parsed yet
	code := m.Run()
	shared.close()
	os.Exit(code)
}
