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
