// Command scaling measures how many Authorize calls several instances of a
// backend make on one PostgreSQL, and what a call costs there.
//
//	cd benchmarks && go run ./scaling
//
// Every instance is a process with a pool of connections of its own. The numbers
// go into the marked blocks of docs/scaling.md, the curves into
// docs/images/scaling.svg. With -quick it shows in some seconds that everything
// works, and prints the blocks.
//
// It uses a table with a random name in the database that
// TRANSFERTOKEN_TEST_POSTGRES names, and drops it at the end. That must be
// PostgreSQL 14 or newer, with a user who may CHECKPOINT. Costs in CPU time need
// Linux and the server on the same machine; elsewhere they are left out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if text := os.Getenv(jobVariable); text != "" {
		instance(text)
		return
	}
	s, err := parseSettings(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = run(ctx, s, os.Stdout, os.Stderr)
		if ctx.Err() != nil {
			err = fmt.Errorf("interrupted: %w", err)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scaling:", err)
		os.Exit(1)
	}
}
