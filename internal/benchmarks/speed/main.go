// Command speed measures the library in one run: beside the floor of what any check of a secret must do, beside
// peers, and beside the databases that it stands on. It prints the tables, and writes them with a chart into the
// documentation:
//
//	go -C internal/benchmarks run ./speed
//
// Timings are only compared within one run, in which everything that is compared takes turns. The exit status does
// not depend on the goals.
//
//	series.go      series: an operation that is timed, alone or alternating with another one
//	bench.go       bench: the settings and results of a run, and how series take turns
//	tokenset.go    tokenSet: a MemoryStore with many tokens, and the floor
//	memory.go      checks and administration in memory
//	peers.go       fosite, golang-jwt, and a request through httpauth
//	databases.go   the databases, and a table that is filled
//	goals.go       the goals of the project
//	report.go      the tables and charts
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

func main() { report.Main("speed", run) }

// settings are the flags. The small number of tokens is always 1,000.
type settings struct {
	report.Settings
	small   int
	cores   int
	group   *regexp.Regexp
	series  *regexp.Regexp
	command string // that was run
}

func parseSettings(args []string, usage io.Writer) (*settings, error) {
	s := &settings{
		Settings: report.Settings{Tokens: 1_000_000, Rounds: 10, Time: time.Second},
		small:    1000,
		cores:    runtime.GOMAXPROCS(0),
		command:  strings.Join(append([]string{"go -C internal/benchmarks run ./speed"}, args...), " "),
	}
	flags := flag.NewFlagSet("speed", flag.ContinueOnError)
	flags.SetOutput(usage)
	only := flags.String("only", "", "run only the groups, and after a / the series, that match `regexp`")
	if err := s.Parse(flags, args, report.Settings{Tokens: 2000, Rounds: 1, Time: 10 * time.Millisecond}); err != nil {
		return nil, err
	}
	if s.Tokens <= s.small {
		return nil, fmt.Errorf("-tokens must be more than %d", s.small)
	}
	if *only != "" && s.Out == report.Folder {
		s.Out = ""
	}
	group, series, _ := strings.Cut(*only, "/")
	var err error
	if s.group, err = regexp.Compile(group); err != nil {
		return nil, err
	}
	s.series, err = regexp.Compile(series)
	return s, err
}

func run(ctx context.Context, args []string, stdout, progress io.Writer) error {
	s, err := parseSettings(args, progress)
	if err != nil {
		return err
	}
	b := &bench{settings: s, progress: progress, results: results{}}
	for _, g := range groups() {
		if !s.group.MatchString(g.name) {
			continue
		}
		if err := g.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	if s.Out != "" {
		if err := b.document().Save(s.Out); err != nil {
			return err
		}
	}
	_, err = io.WriteString(stdout, b.tables())
	return err
}

// group is a part of the run.
type group struct {
	name string
	run  func(context.Context, *bench) error
}

// groups returns the groups in an order in which the heap is small when the garbage collector matters: for the peers,
// which allocate, and for the drivers.
func groups() []group {
	many := new(manyTokens)
	all := []group{
		{"memory", measureMemory},
		{"heap", many.measureHeap},
		{"size", many.measureSize},
		{"cores", many.measureCores},
		{"management", many.measureManagement},
	}
	for _, d := range databases() {
		all = append(all, group{d.name, func(ctx context.Context, b *bench) error {
			many.set = nil
			return d.run(ctx, b)
		}})
	}
	return all
}
