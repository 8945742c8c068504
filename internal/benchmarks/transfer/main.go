// Command transfer measures live transfers between two Go backends, in one run beside a plain copy of the same files and
// a pair of Strapi instances:
//
//	go -C internal/benchmarks run ./transfer
//
// The numbers go into the marked block of docs/speed.md, the bars into docs/images/transfer.svg. With -quick it shows in
// some seconds that everything works, and prints the block. TRANSFERTOKEN_TEST_STRAPI names a folder with the packages of
// Strapi: see CONTRIBUTING.md. Without it Strapi is left out. Memory is measured on Linux alone.
//
//	process.go    processes of this program: the two ends of a transfer or a copy
//	tables.go     an end with tables and files
//	generated.go  an end whose data is generated and forgotten
//	copy.go       the plain copy
//	archive.go    archives, and tar
//	strapi.go     the pair of Strapi instances
//	measure.go    rounds of measurements
//	report.go     the block of the document and its chart
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

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

func main() {
	if text := os.Getenv(jobVariable); text != "" {
		runJob(text)
		return
	}
	report.Main("transfer", func(ctx context.Context, args []string, stdout, progress io.Writer) error {
		s, err := parseSettings(args, progress)
		if err != nil {
			return err
		}
		return run(ctx, s, stdout, progress)
	})
}

// settings are the flags.
type settings struct {
	out     string // folder of the document; empty if nothing is written
	rounds  int
	records int   // articles, and as many links
	files   int   // of fileSize bytes
	large   int64 // bytes of files of the transfer whose memory is measured
	many    int   // records of another one
	strapi  string
	command string // that was run
}

const fileSize = 2 << 20

// manyRecords is the number of records in an archive: enough for a time that can be measured.
func (s settings) manyRecords() int { return s.many / 10 }

func parseSettings(args []string, usage io.Writer) (settings, error) {
	s := settings{
		strapi:  os.Getenv("TRANSFERTOKEN_TEST_STRAPI"),
		command: strings.Join(append([]string{"go -C internal/benchmarks run ./transfer"}, args...), " "),
	}
	flags := flag.NewFlagSet("transfer", flag.ContinueOnError)
	flags.SetOutput(usage)
	quick := flags.Bool("quick", false, "show that everything works, with little data and without Strapi")
	flags.StringVar(&s.out, "out", "", "`folder` of the document and its images (default "+report.Folder+")")
	flags.IntVar(&s.rounds, "rounds", 5, "`rounds` of which the medians are taken")
	flags.IntVar(&s.records, "records", 5000, "`number` of articles, and of links")
	flags.IntVar(&s.files, "files", 32, "`number` of files of 2 MiB")
	large := flags.String("large", "10GiB", "`bytes` of the transfer whose memory is measured, in GiB or MiB")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	var err error
	s.large, err = parseSize(*large)
	switch {
	case err != nil:
		return settings{}, err
	case flags.NArg() > 0:
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.rounds < 1 || s.records < 1 || s.files < 1:
		return settings{}, errors.New("-rounds, -records and -files must be positive")
	}
	s.many = 1_000_000
	if *quick {
		s.rounds, s.records, s.files, s.large, s.many, s.strapi = 1, 300, 3, 16<<20, 2000, ""
	} else if s.out == "" {
		s.out = report.Folder
	}
	return s, nil
}

// parseSize returns the bytes of a text such as 10GiB.
func parseSize(text string) (int64, error) {
	for unit, bytes := range map[string]int64{"MiB": 1 << 20, "GiB": 1 << 30} {
		if number, found := strings.CutSuffix(text, unit); found {
			if n, err := strconv.ParseInt(number, 10, 64); err == nil && n > 0 && n < 1<<20 {
				return n * bytes, nil
			}
		}
	}
	return 0, fmt.Errorf("-large: %q is not like 10GiB", text)
}

// run measures everything, and writes it into the document or prints it.
func run(ctx context.Context, s settings, stdout, progress io.Writer) error {
	r, err := measure(ctx, s, func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) })
	if err != nil {
		return err
	}
	if s.out == "" {
		_, err := io.WriteString(stdout, r.document().String())
		return err
	}
	return r.document().Save(s.out)
}
