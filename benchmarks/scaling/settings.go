package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// settings are what the command line and the environment say.
type settings struct {
	dsn     string
	out     string // "": nothing is written
	tokens  int
	loads   []load
	rounds  int
	time    time.Duration // of one step
	warmUp  time.Duration
	touches int // for each cost of a write
}

// load is how many instances work at once, and on how many connections each.
type load struct{ instances, connections int }

func (l load) String() string { return fmt.Sprintf("%d×%d", l.instances, l.connections) }
func (l load) total() int     { return l.instances * l.connections }

// postgresVariable names the server. There is no default address.
const postgresVariable = "TRANSFERTOKEN_TEST_POSTGRES"

const defaultOut = "../docs"

func parseSettings(args []string, usage io.Writer) (settings, error) {
	s := settings{dsn: os.Getenv(postgresVariable)}
	flags := flag.NewFlagSet("scaling", flag.ContinueOnError)
	flags.SetOutput(usage)
	quick := flags.Bool("quick", false, "show that everything works: a small table, short steps, nothing written unless -out is given")
	flags.StringVar(&s.out, "out", "", `folder for scaling.md and images/scaling.svg (default "`+defaultOut+`")`)
	flags.IntVar(&s.tokens, "tokens", 1_000_000, "tokens in the table")
	flags.IntVar(&s.rounds, "rounds", 3, "rounds, of which the medians are taken")
	flags.DurationVar(&s.time, "time", 3*time.Second, "length of one step")
	loads := flags.String("loads", "1x1,1x4,2x4,4x4,8x4", "instances x connections of each")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	s.warmUp, s.touches = 500*time.Millisecond, 20_000
	if *quick {
		s.warmUp, s.touches = 50*time.Millisecond, 1000
		if !given["tokens"] {
			s.tokens = 20_000
		}
		if !given["rounds"] {
			s.rounds = 1
		}
		if !given["time"] {
			s.time = 200 * time.Millisecond
		}
		if !given["loads"] {
			*loads = "1x1,2x2"
		}
	} else if s.out == "" {
		s.out = defaultOut
	}
	if flags.NArg() > 0 || s.tokens < 1000 || s.rounds < 1 || s.time <= 0 {
		return settings{}, errors.New("usage: scaling [flags], with at least 1000 tokens, one round and some time")
	}
	s.touches = min(s.touches, s.tokens)
	var err error
	s.loads, err = parseLoads(*loads)
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
