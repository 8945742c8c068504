package transfertest_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

func ExampleCompare() {
	ctx := context.Background()
	data := transfertest.Generate(nil, 1)
	var instance transfertest.MemoryInstance
	if err := instance.Fill(ctx, data.Source()); err != nil {
		fmt.Println(err)
		return
	}

	setting := &data.Configuration[0]
	setting.Value = bytes.Replace(setting.Value, []byte(`"most":100`), []byte(`"most":99`), 1)
	differences, err := transfertest.Compare(ctx, data.Source(), instance.Snapshot().Source(),
		&transfertest.CompareOptions{IgnoreIDs: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range differences {
		fmt.Println(line)
	}
	// Output:
	// configuration: core-store plugin_sample_limits: value.value.most is 100, want 99
}
