package browser

import (
	"fmt"
	"runtime"
	"testing"
)

// fakeTB is a test that may fail.
type fakeTB struct {
	testing.TB
	failed, skipped string
}

func (f *fakeTB) Helper()                           {}
func (f *fakeTB) Failed() bool                      { return f.failed != "" }
func (f *fakeTB) Errorf(format string, args ...any) { f.failed += fmt.Sprintf(format, args...) }
func (f *fakeTB) FailNow()                          { runtime.Goexit() }
func (f *fakeTB) Skip(args ...any)                  { f.skipped = fmt.Sprint(args...); runtime.Goexit() }

// judge returns when run has returned or was ended.
func judge(real testing.TB, run func(t *fakeTB)) *fakeTB {
	t, ended := &fakeTB{TB: real}, make(chan struct{})
	go func() {
		defer close(ended)
		run(t)
	}()
	<-ended
	return t
}
