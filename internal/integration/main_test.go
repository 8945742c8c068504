package integration

import (
	"io"
	"log"
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(childVariable); job != "" {
		child(job)
		return
	}
	// The driver writes every broken connection to standard error.
	mysql.SetLogger(log.New(io.Discard, "", 0))
	m.Run()
}

// repetitions returns full, or a tenth of it unless TRANSFERTOKEN_TEST_FULL is 1.
func repetitions(full int) int {
	if os.Getenv("TRANSFERTOKEN_TEST_FULL") == "1" {
		return full
	}
	return (full + 9) / 10
}
