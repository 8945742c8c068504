package adminpage

import (
	"testing"

	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestMain(m *testing.M) { browser.Main(m) }
