// Package report holds the parts that the commands speed and scaling share: their flags, numbers as text, Markdown
// tables, charts, the description of the machine, and the documents that measured numbers go into.
//
//	settings.go  Settings, and Main, which runs a command
//	format.go    numbers as text, tables
//	stats.go     medians and quantiles
//	machine.go   the machine and the versions of modules
//	chart.go     charts in SVG
//	document.go  blocks of a document that are replaced
package report

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Settings are the flags of both commands.
type Settings struct {
	Out    string        // folder of the document; empty if nothing is written
	Tokens int           // the large number of tokens
	Rounds int           // whose median is taken
	Time   time.Duration // of one measurement in each round
	Quick  bool
}

// Folder is the documentation, seen from the module of the benchmarks.
const Folder = "../../docs"

// Parse adds the flags of s, whose values are the defaults, and parses args. With -quick the values of quick take the
// place of the defaults, and nothing is written unless -out is given.
func (s *Settings) Parse(flags *flag.FlagSet, args []string, quick Settings) error {
	flags.BoolVar(&s.Quick, "quick", false, "show that everything works, with few tokens and short rounds")
	flags.StringVar(&s.Out, "out", "", "`folder` of the document and its images (default "+Folder+")")
	flags.IntVar(&s.Tokens, "tokens", s.Tokens, "number of `tokens`, a multiple of 1,000")
	flags.IntVar(&s.Rounds, "rounds", s.Rounds, "`rounds` of which the medians are taken")
	flags.DurationVar(&s.Time, "time", s.Time, "`time` of one measurement in each round")
	if err := flags.Parse(args); err != nil {
		return err
	}
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if s.Quick {
		for name, value := range map[string]any{"tokens": quick.Tokens, "rounds": quick.Rounds, "time": quick.Time} {
			if !given[name] {
				if err := flags.Set(name, fmt.Sprint(value)); err != nil {
					return err
				}
			}
		}
	} else if s.Out == "" {
		s.Out = Folder
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.Rounds < 1 || s.Time <= 0:
		return errors.New("-rounds and -time must be positive")
	case s.Tokens < 1000 || s.Tokens%1000 != 0:
		return errors.New("-tokens must be a multiple of 1000")
	}
	return nil
}

// Main runs a command until it is done or interrupted, and ends the process. A second signal ends it at once.
func Main(name string, run func(ctx context.Context, args []string, stdout, progress io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}
