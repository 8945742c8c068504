package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// usage is CPU time in seconds. known is false where it cannot be read.
type usage struct {
	known    bool
	backends float64 // of PostgreSQL, one for each connection of the instances
	writers  float64 // of PostgreSQL: checkpointer, background and WAL writer
	clients  float64 // of the instances
	machine  float64 // of everything
}

func (u usage) sub(before usage) usage {
	return usage{
		u.known && before.known, u.backends - before.backends, u.writers - before.writers,
		u.clients - before.clients, u.machine - before.machine,
	}
}

func (u usage) server() float64 { return u.backends + u.writers }

// processes are those whose CPU time counts.
type processes struct{ backends, writers, clients []int }

func (db *database) processes(ctx context.Context, clients []int) (p processes, err error) {
	p.clients = clients
	if p.backends, err = db.pids(ctx, "application_name = $1", db.application); err != nil {
		return p, err
	}
	p.writers, err = db.pids(ctx, "backend_type = ANY ($1)", []string{"checkpointer", "background writer", "walwriter"})
	return p, err
}

func (p processes) usage() usage {
	for _, pid := range append(p.backends, p.writers...) {
		if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); !strings.HasPrefix(string(name), "postgres") {
			return usage{} // the server is on another machine
		}
	}
	u := usage{known: true}
	for _, group := range []struct {
		pids []int
		sum  *float64
	}{{p.backends, &u.backends}, {p.writers, &u.writers}, {p.clients, &u.clients}} {
		for _, pid := range group.pids {
			stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			seconds, err := parseProcess(string(stat))
			if err != nil {
				return usage{}
			}
			*group.sum += seconds
		}
	}
	stat, _ := os.ReadFile("/proc/stat")
	var err error
	if u.machine, err = parseMachine(string(stat)); err != nil {
		return usage{}
	}
	return u
}

// parseProcess reads utime and stime, the 14th and 15th field of proc(5). The second field is the name in
// parentheses, which may hold anything.
func parseProcess(stat string) (float64, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc: %q has too few fields", stat)
	}
	return sumTicks(fields[11:13])
}

// parseMachine reads user, nice, system, irq, softirq and steal, and leaves out idle and iowait.
func parseMachine(stat string) (float64, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat: %q is not the sum of all CPUs", line)
	}
	return sumTicks(append(fields[1:4:4], fields[6:9]...))
}

// sumTicks returns seconds. A tick of /proc is a hundredth of a second on every platform that Go runs on.
func sumTicks(fields []string) (float64, error) {
	sum := 0
	for _, field := range fields {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return float64(sum) / 100, nil
}
