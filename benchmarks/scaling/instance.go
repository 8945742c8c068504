package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"sync"
	"time"
)

// jobVariable makes an instance of the program.
const jobVariable = "TRANSFERTOKEN_SCALING_JOB"

// job is what an instance is told.
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

// tally is what an instance has done.
type tally struct {
	Seconds   float64
	Calls     int
	AllCalls  int // with those of the warm-up
	Latencies histogram
	Failed    string
}

// instance writes a line when it has warmed up, waits for a line, works, writes
// its tally, and ends when its input does: at the latest when the program that
// started it ends.
func instance(text string) {
	signal.Ignore(os.Interrupt) // a terminal sends it to all; the other one cleans up
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		fmt.Fprintln(os.Stderr, "scaling:", err)
		os.Exit(1)
	}
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
	work, err := j.open()
	var warm tally
	if err == nil {
		warm, err = work.run(j.WarmUp)
	}
	if err != nil {
		_ = out.Encode(tally{Failed: err.Error()})
		select {}
	}
	_ = out.Encode(tally{})
	<-started
	done, err := work.run(j.Time)
	if err != nil {
		done.Failed = err.Error()
	}
	done.AllCalls += warm.Calls
	_ = out.Encode(done)
	select {}
}

// work is a job with its connections.
type work struct {
	job
	db   *sql.DB
	call func(ctx context.Context, number int) error
}

func (j job) open() (*work, error) {
	w := workloads[j.Workload]
	db, err := openDB(j.DSN, j.Application, j.Connections, w.unprepared)
	if err != nil {
		return nil, err
	}
	call, err := w.caller(db, j)
	return &work{j, db, call}, err
}

// run calls on every connection until the time is over.
func (w *work) run(limit time.Duration) (tally, error) {
	kind := workloads[w.Workload]
	used := kind.used(w.Tokens)
	latencies := make([]histogram, w.Connections)
	errs := make([]error, w.Connections)
	start := time.Now()
	end := start.Add(limit)
	var wait sync.WaitGroup
	for i := range w.Connections {
		wait.Go(func() {
			mine := make(histogram)
			latencies[i] = mine
			for before := start; before.Before(end); {
				if errs[i] = w.call(context.Background(), kind.number(rand.IntN(used), w.Tokens)); errs[i] != nil {
					return
				}
				after := time.Now()
				mine.add(after.Sub(before))
				before = after
			}
		})
	}
	wait.Wait()
	done := tally{Seconds: time.Since(start).Seconds(), Latencies: make(histogram)}
	for i := range w.Connections {
		if errs[i] != nil {
			return done, errs[i]
		}
		done.Latencies.merge(latencies[i])
	}
	for _, n := range done.Latencies {
		done.Calls += n
	}
	done.AllCalls = done.Calls
	return done, nil
}
