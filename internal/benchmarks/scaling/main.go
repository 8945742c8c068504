// Command scaling measures how many Authorize calls several instances of a backend make on one PostgreSQL, and the
// cost of a call there:
//
//	go -C internal/benchmarks run ./scaling
//
// Every instance is a process with a pool of connections of its own. The numbers go into the marked blocks of
// docs/scaling.md, the curves into docs/images/scaling.svg. With -quick it shows in some seconds that everything
// works, and prints the blocks.
//
// It uses a table with a random name in the database that TRANSFERTOKEN_TEST_POSTGRES names, and drops it at the end.
// The server must be PostgreSQL 14 or newer, with a user who may CHECKPOINT. Costs in CPU time need Linux and a
// server on the same machine. Elsewhere they are left out.
//
//	workload.go    workloads: the calls of the instances
//	instance.go    the process of an instance, and fleet, which starts and ends them
//	database.go    the table, and the counters of PostgreSQL
//	measure.go     steps of a workload, writes of LastUsedAt, calls that are made once
//	cpu.go         CPU time of processes
//	results.go     results, and medians of rounds
//	report.go      the blocks of the document and its chart
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// postgresVariable names the server. There is no default address.
const postgresVariable = "TRANSFERTOKEN_TEST_POSTGRES"

func main() {
	if text := os.Getenv(jobVariable); text != "" {
		runInstance(text)
		return
	}
	report.Main("scaling", func(ctx context.Context, args []string, stdout, progress io.Writer) error {
		s, err := parseSettings(args, progress)
		if err != nil {
			return err
		}
		return run(ctx, s, stdout, progress)
	})
}

// settings are the flags and the server.
type settings struct {
	report.Settings
	dsn     string
	loads   []load
	warmUp  time.Duration
	touches int // for each cost of a write
}

// load is how many instances work at once, and on how many connections each.
type load struct{ instances, connections int }

func (l load) String() string { return fmt.Sprintf("%d×%d", l.instances, l.connections) }
func (l load) total() int     { return l.instances * l.connections }

func parseSettings(args []string, usage io.Writer) (settings, error) {
	s := settings{
		Settings: report.Settings{Tokens: 1_000_000, Rounds: 3, Time: 3 * time.Second},
		dsn:      os.Getenv(postgresVariable),
		warmUp:   500 * time.Millisecond, touches: 20_000,
	}
	flags := flag.NewFlagSet("scaling", flag.ContinueOnError)
	flags.SetOutput(usage)
	loads := flags.String("loads", "", "instances x connections of each (default 1x1,1x4,2x4,4x4,8x4)")
	quick := report.Settings{Tokens: 20_000, Rounds: 1, Time: 200 * time.Millisecond}
	if err := s.Parse(flags, args, quick); err != nil {
		return settings{}, err
	}
	text := "1x1,1x4,2x4,4x4,8x4"
	if s.Quick {
		s.warmUp, s.touches, text = 50*time.Millisecond, 1000, "1x1,2x2"
	}
	if *loads != "" {
		text = *loads
	}
	s.touches = min(s.touches, s.Tokens)
	var err error
	s.loads, err = parseLoads(text)
	return s, err
}

func parseLoads(text string) ([]load, error) {
	var loads []load
	for part := range strings.SplitSeq(text, ",") {
		left, right, _ := strings.Cut(part, "x")
		instances, err := strconv.Atoi(left)
		connections, err2 := strconv.Atoi(right)
		if err != nil || err2 != nil || instances < 1 || connections < 1 {
			return nil, fmt.Errorf("-loads: %q is not like 8x4", part)
		}
		loads = append(loads, load{instances, connections})
	}
	return loads, nil
}

// run measures everything, and writes it into the document or prints it.
func run(ctx context.Context, s settings, stdout, progress io.Writer) (err error) {
	if s.dsn == "" {
		return errors.New(postgresVariable + " is not set")
	}
	db, err := openDatabase(ctx, s.dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.drop(ctx)) }()
	r, err := db.measure(ctx, s, func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) })
	if err != nil {
		return err
	}
	if s.Out == "" {
		_, err := io.WriteString(stdout, r.document().String())
		return err
	}
	return r.document().Save(s.Out)
}
