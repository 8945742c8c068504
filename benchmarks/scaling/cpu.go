package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ticks is CPU time in the unit of /proc, which is a hundredth of a second on
// every platform that Go runs on.
const ticks = 100

// processCPU is the CPU time of a process so far, in seconds.
func processCPU(pid int) (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseProcess(string(stat))
}

// parseProcess reads utime and stime, the 14th and 15th field of proc(5). The
// second is the name in parentheses, which may hold anything.
func parseProcess(stat string) (float64, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc: %q has too few fields", stat)
	}
	return sumTicks(fields[11:13])
}

// machineCPU is for how long the CPUs have been busy, in seconds.
func machineCPU() (float64, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseMachine(string(stat))
}

// parseMachine reads user, nice, system, irq, softirq and steal, and leaves out
// idle and iowait.
func parseMachine(stat string) (float64, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat: %q is not the sum of all CPUs", line)
	}
	return sumTicks(append(fields[1:4:4], fields[6:9]...))
}

func sumTicks(fields []string) (float64, error) {
	sum := 0
	for _, field := range fields {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return float64(sum) / ticks, nil
}

// isPostgres reports whether a process of this machine is one of PostgreSQL.
func isPostgres(pid int) bool {
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.HasPrefix(string(comm), "postgres")
}
