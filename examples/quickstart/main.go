// Quickstart shows the life of transfer tokens in the terminal: a backend that
// issues them, a client that pushes and pulls a file with them, and what both
// see when a token is no good.
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
	"syscall"

	"github.com/seed-39e76d91/transfertoken"
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
	flags.Func("dir", "keep the tokens and the salt in `FOLDER`, which is made if it is missing", func(value string) error {
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

// story is what the chapters share.
type story struct {
	*printer
	*backend
	clock    *clock
	temp     string // for what ends with the program
	keep     string // for what the next run finds; without -dir it is temp
	original string // the file that the client pushes
	getenv   func(string) string

	site, upload, reports, contractor transfertoken.Issued
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
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}
