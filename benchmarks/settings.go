package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"
)

// settings are what the flags say.
type settings struct {
	rounds     int
	cores      int
	time       time.Duration // of each series in each round
	small, big int           // numbers of tokens
	group      *regexp.Regexp
	series     *regexp.Regexp
	quick      bool
	out        string // "": nothing is written
	cpuprofile string
	command    string // that was run
}

const (
	fillBatch  = 1000 // databases are filled with multiples of it
	quickBig   = 2 * fillBatch
	quickTime  = 10 * time.Millisecond
	defaultOut = "../docs"
)

func parseSettings(args []string, output io.Writer) (*settings, error) {
	s := &settings{cores: runtime.GOMAXPROCS(0), small: fillBatch, command: strings.Join(append([]string{"go run ."}, args...), " ")}
	var only string
	flags := flag.NewFlagSet("benchmarks", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.IntVar(&s.rounds, "rounds", 10, "number of `rounds`")
	flags.DurationVar(&s.time, "time", time.Second, "`time` that each series gets in each round")
	flags.IntVar(&s.big, "tokens", 1_000_000, "the large number of `tokens`, a multiple of 1,000; the small one is 1,000")
	flags.StringVar(&only, "only", "", "run only the groups, and after a / the series, that match `regexp`; then files are written only if -out is given")
	flags.BoolVar(&s.quick, "quick", false, "show that everything works: 1 round of 10ms, 2,000 tokens; files go into a temporary folder unless -out is given")
	flags.StringVar(&s.out, "out", "", "`folder` for speed.md and images/speed.svg (default "+defaultOut+")")
	flags.StringVar(&s.cpuprofile, "cpuprofile", "", "write a CPU profile to `file`; best with -only group/series")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if s.quick {
		s.rounds, s.time, s.big = 1, quickTime, quickBig
	}
	if s.rounds < 1 || s.time <= 0 {
		return nil, errors.New("-rounds and -time must be positive")
	}
	if s.big < quickBig || s.big%fillBatch != 0 {
		return nil, fmt.Errorf("-tokens must be a multiple of %d, at least %d", fillBatch, quickBig)
	}
	group, series, _ := strings.Cut(only, "/")
	var err error
	if s.group, err = regexp.Compile(group); err != nil {
		return nil, err
	}
	if s.series, err = regexp.Compile(series); err != nil {
		return nil, err
	}
	switch {
	case s.out != "" || only != "":
	case s.quick:
		s.out, err = os.MkdirTemp("", "speed")
	default:
		s.out = defaultOut
	}
	return s, err
}

func (s *settings) wants(group string) bool { return s.group.MatchString(group) }

func (s *settings) startProfile() (stop func() error, err error) {
	if s.cpuprofile == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(s.cpuprofile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		file.Close()
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
