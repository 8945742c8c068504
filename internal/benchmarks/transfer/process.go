package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strconv"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

// jobVariable makes an end of the program.
const jobVariable = "TRANSFERTOKEN_TRANSFER_JOB"

// job says what a process does.
type job struct {
	Role    role
	Folder  string // of the end; "": its data is generated
	Bytes   int64  // of generated files
	Records int    // that are generated

	Archive  string // without its extensions
	Compress bool   // the archive

	Address, Token string // of the server, for clients
}

type role string

const (
	serve       role = "serve"
	push        role = "push"
	pull        role = "pull"
	receiveCopy role = "receive a copy"
	sendCopy    role = "send a copy"
	export      role = "write an archive"
	restore     role = "read an archive"
)

// outcome is a line that a process writes: a server writes one when it listens, and every process one at its end.
type outcome struct {
	Address, Token string
	Stages         []datatransfer.StageReport // of a transfer
	MBPerSecond    float64                    // of a copy, and of the files of an archive
	CPUSeconds     float64                    // that the process took
	AboveStart     int64                      // the most memory that it had, in bytes, less that before; -1: unknown
	Failed         string
}

// An end is one side of a transfer.
type end interface {
	Source(context.Context) (datatransfer.Source, error)
	Destination(context.Context) (datatransfer.Destination, error)
}

// runJob does a job in this process. A server ends when its input does.
func runJob(text string) {
	signal.Ignore(os.Interrupt) // a terminal sends it to all; the program that started this one cleans up
	out := json.NewEncoder(os.Stdout)
	o, err := doJob(text, func(o outcome) {
		_ = out.Encode(o)
		_, _ = io.Copy(io.Discard, os.Stdin)
	})
	if err != nil {
		o.Failed = err.Error()
	}
	_ = out.Encode(o)
}

func doJob(text string, listening func(outcome)) (o outcome, err error) {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return outcome{}, err
	}
	ctx := context.Background()
	switch j.Role {
	case receiveCopy:
		return outcome{}, receiveFiles(j.Folder, func(address string) { listening(outcome{Address: address}) })
	case sendCopy:
		o.MBPerSecond, err = sendFiles(j.Folder, j.Address)
		return o, err
	case export:
		o.MBPerSecond, err = writeArchive(ctx, j)
		return o, err
	case restore:
		o.MBPerSecond, err = readArchive(ctx, j)
		return o, err
	}
	var e end = generated{j.Bytes, j.Records}
	if j.Folder != "" {
		tables, err := openTables(ctx, j.Folder)
		if err != nil {
			return outcome{}, err
		}
		defer tables.close()
		e = tables
	}
	// From now on the kernel notes the most memory anew.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200)
	start := memory("VmRSS")
	switch j.Role {
	case serve:
		err = serveEnd(ctx, e, listening)
	case push:
		o.Stages, err = pushEnd(ctx, e, j)
	case pull:
		o.Stages, err = pullEnd(ctx, e, j)
	}
	if peak := memory("VmHWM"); peak < 0 || start < 0 {
		o.AboveStart = -1
	} else {
		o.AboveStart = peak - start
	}
	return o, err
}

// serveEnd serves an end until listening returns.
func serveEnd(ctx context.Context, e end, listening func(outcome)) error {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	if err != nil {
		return err
	}
	issued, err := svc.Create(ctx, transfertoken.NewToken{
		Name: "both ways", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days7,
	})
	if err != nil {
		return err
	}
	handler, err := remote.NewHandler(svc, &remote.HandlerOptions{
		Source: e.Source, Destination: e.Destination,
		Limits: remote.HandlerLimits{Total: -1},
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	server := httptest.NewServer(mux)
	defer server.Close()
	listening(outcome{Address: server.URL, Token: issued.Secret.Reveal()})
	return nil
}

func pushEnd(ctx context.Context, e end, j job) ([]datatransfer.StageReport, error) {
	src, err := e.Source(ctx)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	dst, err := remote.Push(ctx, j.Address, j.Token, nil)
	if err != nil {
		return nil, err
	}
	report, err := datatransfer.Run(ctx, src, dst, nil)
	return report.Stages, err
}

func pullEnd(ctx context.Context, e end, j job) ([]datatransfer.StageReport, error) {
	src, err := remote.Pull(ctx, j.Address, j.Token, nil)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	dst, err := e.Destination(ctx)
	if err != nil {
		return nil, err
	}
	report, err := datatransfer.Run(ctx, src, dst, nil)
	return report.Stages, err
}

// memory returns a number of bytes that Linux tells of this process, or -1.
func memory(field string) int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == field+":" {
			if kib, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	return -1
}

// A process is a process with a job.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
}

func start(ctx context.Context, j job) (*process, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, self)}
	p.cmd.Env = append(os.Environ(), jobVariable+"="+string(text))
	p.cmd.Stderr = os.Stderr
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.lines = bufio.NewScanner(output)
	p.lines.Buffer(nil, 1<<20)
	return p, p.cmd.Start()
}

// next returns the next line of the process.
func (p *process) next() (outcome, error) {
	var o outcome
	if !p.lines.Scan() {
		return o, errors.Join(errors.New("a process has ended without a word"), p.lines.Err())
	}
	if err := json.Unmarshal(p.lines.Bytes(), &o); err != nil {
		return o, err
	}
	if o.Failed != "" {
		return o, fmt.Errorf("a process failed: %s", o.Failed)
	}
	return o, nil
}

// end waits for the last line of the process and its end.
func (p *process) end() (outcome, error) {
	p.stdin.Close()
	o, err := p.next()
	err = errors.Join(err, p.cmd.Wait())
	o.CPUSeconds = (p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()).Seconds()
	return o, err
}

// runOne runs a process that has a job of its own.
func runOne(ctx context.Context, j job) (outcome, error) {
	p, err := start(ctx, j)
	if err != nil {
		return outcome{}, err
	}
	return p.end()
}

// runPair runs a server and then a client, and returns what both say at their ends.
func runPair(ctx context.Context, server, client job) (ofServer, ofClient outcome, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends what is left after a failure
	serving, err := start(ctx, server)
	if err != nil {
		return ofServer, ofClient, err
	}
	told, err := serving.next()
	if err != nil {
		return ofServer, ofClient, err
	}
	client.Address, client.Token = told.Address, told.Token
	calling, err := start(ctx, client)
	if err != nil {
		return ofServer, ofClient, err
	}
	ofClient, err = calling.end()
	if err != nil {
		return ofServer, ofClient, err
	}
	ofServer, err = serving.end()
	return ofServer, ofClient, err
}
