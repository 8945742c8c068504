package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// rates are those of the stages of a transfer: MB of files, entities and links a second.
type rates struct{ files, entities, links float64 }

// results are those of a run. The slices have an element for each round.
type results struct {
	settings   settings
	copies     []float64 // MB a second
	push, pull []rates
	strapi     *rates // nil: left out
	memory     []memoryUse
	took       time.Duration
}

// memoryUse is the most memory above its start that each end of a transfer had.
type memoryUse struct {
	direction      role
	mbPerSecond    float64
	client, server int64 // in bytes; -1: unknown
}

func measure(ctx context.Context, s settings, progress func(string, ...any)) (r *results, err error) {
	r = &results{settings: s}
	began := time.Now()
	folder, err := os.MkdirTemp("", "transfer-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	progress("making %d articles and %d files", s.records, s.files)
	from := filepath.Join(folder, "from")
	uploads, err := makeSource(ctx, from, s)
	if err != nil {
		return nil, err
	}
	for n := range s.rounds {
		progress("round %d", n+1)
		if err := r.round(ctx, from, uploads, filepath.Join(folder, "to")); err != nil {
			return nil, err
		}
	}
	for _, direction := range []role{push, pull} {
		progress("memory of a %s of %s", direction, report.Size(float64(s.large)))
		if err := r.measureMemory(ctx, direction); err != nil {
			return nil, err
		}
	}
	if s.strapi != "" {
		progress("from Strapi to Strapi")
		strapi, err := measureStrapi(ctx, s)
		if err != nil {
			return nil, err
		}
		r.strapi = &strapi
	}
	r.took = time.Since(began)
	return r, nil
}

// makeSource fills the end in a folder, and returns its folder of files.
func makeSource(ctx context.Context, folder string, s settings) (string, error) {
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", err
	}
	t, err := openTables(ctx, folder)
	if err != nil {
		return "", err
	}
	defer t.close()
	if err := t.fill(ctx, s.records, s.files); err != nil {
		return "", err
	}
	return t.Folder(ctx, t.db)
}

// round measures a copy, a push and a pull, each into a new folder.
func (r *results) round(ctx context.Context, from, uploads, to string) error {
	inNewFolder := func(measure func() error) error {
		if err := os.Mkdir(to, 0o755); err != nil {
			return err
		}
		return errors.Join(measure(), os.RemoveAll(to))
	}
	return errors.Join(
		inNewFolder(func() error {
			_, o, err := runPair(ctx, job{Role: receiveCopy, Folder: to}, job{Role: sendCopy, Folder: uploads})
			r.copies = append(r.copies, o.MBPerSecond)
			return err
		}),
		inNewFolder(func() error {
			_, o, err := runPair(ctx, job{Role: serve, Folder: to}, job{Role: push, Folder: from})
			r.push = append(r.push, ratesOf(o.Stages))
			return err
		}),
		inNewFolder(func() error {
			_, o, err := runPair(ctx, job{Role: serve, Folder: from}, job{Role: pull, Folder: to})
			r.pull = append(r.pull, ratesOf(o.Stages))
			return err
		}))
}

func ratesOf(stages []datatransfer.StageReport) rates {
	var r rates
	for _, s := range stages {
		switch seconds := s.Duration.Seconds(); s.Stage {
		case datatransfer.StageEntities:
			r.entities = float64(s.Records) / seconds
		case datatransfer.StageAssets:
			r.files = float64(s.Bytes) / 1e6 / seconds
		case datatransfer.StageLinks:
			r.links = float64(s.Records) / seconds
		}
	}
	return r
}

// measureMemory transfers many files, which are generated and forgotten.
func (r *results) measureMemory(ctx context.Context, direction role) error {
	server, client := job{Role: serve, Bytes: r.settings.large}, job{Role: direction, Bytes: r.settings.large}
	ofServer, ofClient, err := runPair(ctx, server, client)
	r.memory = append(r.memory, memoryUse{
		direction, ratesOf(ofClient.Stages).files, ofClient.AboveStart, ofServer.AboveStart,
	})
	return err
}
