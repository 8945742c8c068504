package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// machine is where it was measured.
type machine struct {
	cpu            string
	cores          int
	memory         string
	system         string
	goVersion, pgx string
	postgres       string
	settings       map[string]string
	maxConnections int
}

var shownSettings = []string{
	"shared_buffers", "max_connections", "fsync", "synchronous_commit", "full_page_writes", "wal_compression", "autovacuum", "max_wal_size",
}

func (db *database) machine(ctx context.Context) (m machine, err error) {
	m = machine{
		cpu: field("/proc/cpuinfo", "model name"), memory: gigabytes(field("/proc/meminfo", "MemTotal")),
		cores: runtime.NumCPU(), system: runtime.GOOS + "/" + runtime.GOARCH,
		goVersion: runtime.Version(), pgx: moduleVersion("github.com/jackc/pgx/v5"),
		settings: make(map[string]string),
	}
	err = db.row(ctx, "SELECT current_setting('server_version'), current_setting('max_connections')::int", &m.postgres, &m.maxConnections)
	if err != nil {
		return machine{}, err
	}
	for _, name := range shownSettings {
		var value string
		if err := db.row(ctx, "SELECT current_setting('"+name+"')", &value); err != nil {
			return machine{}, err
		}
		m.settings[name] = value
	}
	return m, nil
}

// field is the value of the first line "name : value" of a file, or "".
func field(file, name string) string {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// gigabytes turns "24689148 kB" into "24 GiB".
func gigabytes(text string) string {
	var kB float64
	if _, err := fmt.Sscanf(text, "%f kB", &kB); err != nil {
		return ""
	}
	return fmt.Sprintf("%.0f GiB", kB/(1<<20))
}

func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return ""
}
