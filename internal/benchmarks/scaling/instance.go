package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"time"
)

// jobVariable makes an instance of the program.
const jobVariable = "TRANSFERTOKEN_SCALING_JOB"

// job is the work of an instance.
type job struct {
	DSN         string
	Application string // of the connections, as pg_stat_activity shows it
	Table       string
	Salt        []byte // a Salt would be redacted
	Tokens      int
	Workload    int
	Connections int
	WarmUp      time.Duration
	Time        time.Duration
}

// tally is the work that an instance has done.
type tally struct {
	Seconds   float64
	Calls     int
	AllCalls  int // with those of the warm-up
	Latencies histogram
	Failed    string
}

// runInstance writes a line when it has warmed up, waits for a line, works, writes its tally, and ends when its input
// does: at the latest when the program that started it ends.
func runInstance(text string) {
	signal.Ignore(os.Interrupt) // a terminal sends it to all; the program that started this one cleans up
	started := make(chan struct{})
	go func() {
		in := bufio.NewReader(os.Stdin)
		if _, err := in.ReadBytes('\n'); err == nil {
			close(started)
			_, _ = io.Copy(io.Discard, in)
		}
		os.Exit(0)
	}()
	out := json.NewEncoder(os.Stdout)
	if err := work(text, out, started); err != nil {
		_ = out.Encode(tally{Failed: err.Error()})
	}
	select {}
}

func work(text string, out *json.Encoder, started <-chan struct{}) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	w := workloads[j.Workload]
	db, err := openDB(j.DSN, j.Application, j.Connections, w.unprepared)
	if err != nil {
		return err
	}
	call, err := w.caller(db, j)
	if err != nil {
		return err
	}
	warm, err := j.run(call, j.WarmUp)
	if err != nil {
		return err
	}
	if err := out.Encode(tally{}); err != nil {
		return err
	}
	<-started
	done, err := j.run(call, j.Time)
	if err != nil {
		return err
	}
	done.AllCalls += warm.Calls
	return out.Encode(done)
}

// run calls on every connection until the time is over.
func (j job) run(call func(context.Context, int) error, limit time.Duration) (tally, error) {
	w := workloads[j.Workload]
	used := w.used(j.Tokens)
	latencies, errs := make([]histogram, j.Connections), make([]error, j.Connections)
	start := time.Now()
	end := start.Add(limit)
	var wait sync.WaitGroup
	for i := range j.Connections {
		wait.Go(func() {
			mine := make(histogram)
			latencies[i] = mine
			for before := start; before.Before(end); {
				if errs[i] = call(context.Background(), w.number(rand.IntN(used), j.Tokens)); errs[i] != nil {
					return
				}
				after := time.Now()
				mine[bucket(after.Sub(before))]++
				before = after
			}
		})
	}
	wait.Wait()
	done := tally{Seconds: time.Since(start).Seconds(), Latencies: make(histogram)}
	for _, h := range latencies {
		done.Latencies.merge(h)
	}
	done.Calls = done.Latencies.total()
	done.AllCalls = done.Calls
	return done, errors.Join(errs...)
}

// histogram counts durations in buckets of equal ratios.
type histogram map[int]int

const bucketsPerDoubling = 22 // so that a bucket is 3.2 % wide

func bucket(d time.Duration) int { return int(math.Log2(float64(max(d, 1))) * bucketsPerDoubling) }

// middle returns the duration in the middle of a bucket.
func middle(bucket int) time.Duration {
	return time.Duration(math.Exp2((float64(bucket) + 0.5) / bucketsPerDoubling))
}

func (h histogram) merge(other histogram) {
	for bucket, n := range other {
		h[bucket] += n
	}
}

func (h histogram) total() (total int) {
	for _, n := range h {
		total += n
	}
	return total
}

// quantile returns the duration that a share q of all do not exceed.
func (h histogram) quantile(q float64) time.Duration {
	var buckets []int
	for bucket := range h {
		buckets = append(buckets, bucket)
	}
	slices.Sort(buckets)
	seen, total := 0, h.total()
	for _, bucket := range buckets {
		if seen += h[bucket]; float64(seen) >= q*float64(total) {
			return middle(bucket)
		}
	}
	return 0
}

// fleet is the instances of one step.
type fleet []*process

type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// launch starts n instances and waits until they have warmed up.
func launch(ctx context.Context, n int, j job) (f fleet, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, f.end())
		}
	}()
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for range n {
		p := &process{cmd: exec.CommandContext(ctx, self)}
		p.cmd.Env = append(os.Environ(), jobVariable+"="+string(text))
		p.cmd.Stderr = os.Stderr
		if p.in, err = p.cmd.StdinPipe(); err != nil {
			return f, err
		}
		out, err := p.cmd.StdoutPipe()
		if err != nil {
			return f, err
		}
		p.out = bufio.NewReader(out)
		if err := p.cmd.Start(); err != nil {
			return f, err
		}
		f = append(f, p)
	}
	_, err = f.tallies()
	return f, err
}

// work lets all instances work and returns their tallies.
func (f fleet) work() ([]tally, error) {
	for _, p := range f {
		if _, err := io.WriteString(p.in, "work\n"); err != nil {
			return nil, err
		}
	}
	return f.tallies()
}

func (f fleet) tallies() ([]tally, error) {
	tallies := make([]tally, len(f))
	for i, p := range f {
		line, err := p.out.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("an instance ended early: %w", err)
		}
		if err := json.Unmarshal(line, &tallies[i]); err != nil {
			return nil, err
		}
		if failed := tallies[i].Failed; failed != "" {
			return nil, fmt.Errorf("an instance failed: %s", failed)
		}
	}
	return tallies, nil
}

// end lets all instances end.
func (f fleet) end() error {
	var errs []error
	for _, p := range f {
		errs = append(errs, p.in.Close())
	}
	for _, p := range f {
		errs = append(errs, p.cmd.Wait())
	}
	return errors.Join(errs...)
}
