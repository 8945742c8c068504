// Command benchmarks measures the library in one run: beside the floor of what
// any check of a secret must do, beside peers, and beside the databases that it
// stands on. It prints the tables on standard output and writes them, with a
// chart, into the documentation:
//
//	cd benchmarks && go run .
//
// Timings are only compared within one run, in which all that is compared takes
// turns. Whether the goals are met does not decide the exit status.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == flag.ErrHelp:
	case err != nil:
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, progress io.Writer) (err error) {
	s, err := parseSettings(args, progress)
	if err != nil {
		return err
	}
	b := &bench{settings: s, progress: progress, results: results{}}
	stopProfile, err := s.startProfile()
	if err != nil {
		return err
	}
	for _, g := range groups() {
		if !s.wants(g.name) {
			continue
		}
		if err := g.run(ctx, b); err != nil {
			stopProfile()
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	if err := stopProfile(); err != nil {
		return err
	}
	r := newReport(b)
	if _, err := io.WriteString(stdout, r.tables()); err != nil {
		return err
	}
	return r.write(s.out, progress)
}

// group is what is measured together.
type group struct {
	name string
	run  func(context.Context, *bench) error
}

// groups are in an order in which no large heap is there yet, or still, when the
// garbage collector matters: for the peers, which allocate, and for the drivers.
func groups() []group {
	big := new(bigPopulation)
	all := []group{
		{"memory", memoryGroup},
		{"heap", big.heapGroup},
		{"size", big.sizeGroup},
		{"cores", big.coresGroup},
		{"management", big.managementGroup},
	}
	for _, backend := range backends() {
		all = append(all, group{backend.name, func(ctx context.Context, b *bench) error {
			big.release()
			return backend.run(ctx, b)
		}})
	}
	return all
}
