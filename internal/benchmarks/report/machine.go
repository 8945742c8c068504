package report

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Machine describes the machine and the Go release. It knows processor and memory on Linux only.
func Machine() string {
	processor, memory := field("/proc/cpuinfo", "model name"), ""
	if processor == "" {
		processor = "an unnamed processor"
	}
	var kB float64
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%f kB", &kB); err == nil {
		memory = fmt.Sprintf("%.0f GiB of memory, ", kB/(1<<20))
	}
	return fmt.Sprintf("%s of %s, %s%s/%s, %s",
		Plural(runtime.NumCPU(), "core"), processor, memory, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// field returns the value of the first line "name : value" of a file, or "".
func field(file, name string) string {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == name {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}

// WithVersion returns the path of a module with the version that this program was built with, if that is known.
func WithVersion(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return module + " " + m.Version
			}
		}
	}
	return module
}
