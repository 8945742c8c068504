package browser

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if ending := os.Getenv(endingVariable); ending != "" {
		endWithBrowser(ending)
		return
	}
	Main(m)
}
