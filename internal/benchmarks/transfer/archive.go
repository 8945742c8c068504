package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// archiveRates are those of one round with archives. Rates of files are in MB a second, those of records a second of the
// processor's time.
type archiveRates struct {
	write, tar         float64
	compress, gzip     float64
	read               float64
	records, recovered float64 // written and read
}

// writeArchive writes the files of an end into an archive, or generated records, and returns how many MB of files it wrote
// a second.
func writeArchive(ctx context.Context, j job) (float64, error) {
	t, err := openTables(ctx, j.Folder)
	if err != nil {
		return 0, err
	}
	defer t.close()
	src, err := t.Source(ctx)
	if err != nil {
		return 0, err
	}
	defer src.Close()
	scope := datatransfer.Scope{OnlyTypes: []string{}, NoCoreStore: true, NoWebhooks: true}
	if j.Records > 0 {
		schemas, err := src.Schemas(ctx)
		if err != nil {
			return 0, err
		}
		src, scope = sample{schemas: schemas, articles: j.Records / 2}, datatransfer.Scope{}
	}
	w, err := archive.Create(j.Archive, &archive.WriteOptions{Encryption: archive.None, NoCompress: !j.Compress})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	report, err := datatransfer.Run(ctx, src, w, &datatransfer.Options{Scope: scope})
	return filesPerSecond(report, began), err
}

// readArchive reads an archive, which checks it first, and forgets what is in it.
func readArchive(ctx context.Context, j job) (float64, error) {
	began := time.Now()
	r, err := archive.Open(ctx, j.Archive+".tar", nil)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	report, err := datatransfer.Run(ctx, r, forgetful{}, nil)
	return filesPerSecond(report, began), err
}

func filesPerSecond(r datatransfer.Report, began time.Time) float64 {
	took := time.Since(began).Seconds()
	for _, stage := range r.Stages {
		if stage.Stage == datatransfer.StageAssets {
			return float64(stage.Bytes) / 1e6 / took
		}
	}
	return 0
}

// pipe returns how many MB of the files of a folder a command writes a second into a pipe.
func pipe(ctx context.Context, folder, command string, bytes int64) (float64, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, output)
	err = errors.Join(err, cmd.Wait())
	return float64(bytes) / 1e6 / time.Since(began).Seconds(), err
}

// measureArchives writes and reads archives of the end in a folder, and lets tar read the same files.
func (r *results) measureArchives(ctx context.Context, from, uploads, to string) error {
	var v archiveRates
	bytes := int64(r.settings.files) * fileSize
	named := func(name string) string { return filepath.Join(to, name) }
	run := func(j job, take func(outcome)) error {
		j.Folder = from
		o, err := runOne(ctx, j)
		if err == nil {
			take(o)
		}
		return err
	}
	rate := func(target *float64) func(outcome) { return func(o outcome) { *target = o.MBPerSecond } }
	perCPU := func(target *float64) func(outcome) {
		return func(o outcome) { *target = float64(r.settings.manyRecords()) / o.CPUSeconds }
	}
	var failed [2]error
	err := errors.Join(
		run(job{Role: export, Archive: named("files")}, rate(&v.write)),
		run(job{Role: restore, Archive: named("files")}, rate(&v.read)),
		run(job{Role: export, Archive: named("small"), Compress: true}, rate(&v.compress)),
		run(job{Role: export, Archive: named("records"), Records: r.settings.manyRecords()}, perCPU(&v.records)),
		run(job{Role: restore, Archive: named("records")}, perCPU(&v.recovered)),
	)
	v.tar, failed[0] = pipe(ctx, uploads, "tar -c .", bytes)
	v.gzip, failed[1] = pipe(ctx, uploads, "tar -c . | gzip -6", bytes)
	r.archives = append(r.archives, v)
	if err := errors.Join(err, failed[0], failed[1]); err != nil {
		return fmt.Errorf("archives: %w", err)
	}
	return nil
}
