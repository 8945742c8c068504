// Quickstart shows the life of transfer tokens in the terminal: a backend that
// issues them, a client that pushes and pulls a file with them, the answers to
// tokens that are refused, and at last a push of articles and pictures from one
// instance of a blog to another.
//
//	go run ./examples/quickstart
//
// With -dir FOLDER the tokens and the salt outlive the program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	dir := parseFlags(os.Args[1:])
	// SIGPIPE, for whoever stops reading the output: it would leave files behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	err := run(ctx, dir, os.Stdout, os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func parseFlags(args []string) (dir string) {
	flags := flag.NewFlagSet("quickstart", flag.ExitOnError)
	flags.Func("dir", "keep the tokens and the salt in `FOLDER`, which is made if it is missing",
		func(value string) error {
			if value == "" {
				return errors.New("it must name a folder")
			}
			dir = value
			return nil
		})
	flags.Parse(args)
	if flags.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unexpected argument %q\n", flags.Arg(0))
		flags.Usage()
		os.Exit(2)
	}
	return dir
}

func run(ctx context.Context, dir string, out io.Writer, getenv func(string) string) (err error) {
	s := &story{printer: &printer{out: out}, clock: &clock{}, getenv: getenv}

	s.temp, err = os.MkdirTemp("", "transfertoken-quickstart-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.temp)) }()
	s.keep = s.temp
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		s.keep = dir
	}
	s.original = filepath.Join(s.temp, "articles.jsonl")
	if err := writeArticles(s.original); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()

	for _, chapter := range []func(context.Context) error{
		s.findSalt,
		s.start,
		s.issue,
		s.transfer,
		s.comeFromStrapi,
		s.meetRefusals,
		s.takeBack,
		s.expire,
		s.restart,
		s.misconfigure,
		s.move,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}

// clock is the real time plus the time that the demo has skipped, so that nobody has
// to wait for a token to expire. It is only for demos and tests: leave Options.Now
// nil elsewhere.
type clock struct{ skipped atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.skipped.Load())) }

func (c *clock) skip(d time.Duration) { c.skipped.Add(int64(d)) }
