package transfertest_test

import (
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

func TestMemoryInstance(t *testing.T) {
	transfertest.Run(t, func(testing.TB) transfertest.Instance { return new(transfertest.MemoryInstance) })
}

func TestMemoryInstanceWithTypes(t *testing.T) {
	transfertest.Run(t, func(testing.TB) transfertest.Instance {
		return &transfertest.MemoryInstance{Schemas: transfertest.Generate(nil, 1).Schemas}
	})
}
