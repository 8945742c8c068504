package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// processor is the name that Linux gives it.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err == nil {
		defer file.Close()
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ":")
			if strings.TrimSpace(name) == "model name" {
				return strings.Join(strings.Fields(value), " ")
			}
		}
	}
	return "an unnamed processor"
}

func machine() string {
	return fmt.Sprintf("%s of %s, %s/%s, %s", plural(runtime.NumCPU(), "core"), processor(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// moduleVersions are those that this program was built with.
func moduleVersions() map[string]string {
	versions := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			versions[module.Path] = module.Version
		}
	}
	return versions
}

// withVersions puts its version behind a module that ends the text.
func withVersions(text string, versions map[string]string) string {
	module := text[strings.LastIndexByte(text, ' ')+1:]
	if version := versions[module]; version != "" {
		return text + " " + version
	}
	return text
}
