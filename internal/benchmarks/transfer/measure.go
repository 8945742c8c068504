package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// rates are those of the stages of a transfer: MB of files, entities and links a second.
type rates struct{ files, entities, links float64 }

// results are those of a run. The slices have an element for each round.
type results struct {
	settings   settings
	copies     []float64 // MB a second
	push, pull []rates
	strapi     *rates // nil: left out
	archives   []archiveRates
	memory     []memoryUse
	took       time.Duration
}

// memoryUse is the most memory above its start that each end of a transfer had.
type memoryUse struct {
	direction      role
	records        bool    // the transfer was one of records, and not of files
	perSecond      float64 // records, or MB of files
	client, server int64   // in bytes; -1: unknown
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
		for _, records := range []bool{false, true} {
			progress("memory of %s", r.memoryText(direction, records))
			if err := r.measureMemory(ctx, direction, records); err != nil {
				return nil, err
			}
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

// round measures a copy, a push, a pull and archives, each into a new folder.
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
		}),
		inNewFolder(func() error { return r.measureArchives(ctx, from, uploads, to) }))
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

// records returns how many records a second come to pass when there are as many links as entities.
func (v rates) records() float64 { return 2 / (1/v.entities + 1/v.links) }

// measureMemory transfers many files, or many records, which are generated and forgotten.
func (r *results) measureMemory(ctx context.Context, direction role, records bool) error {
	j := job{Bytes: r.settings.large}
	if records {
		j = job{Records: r.settings.many}
	}
	server, client := j, j
	server.Role, client.Role = serve, direction
	ofServer, ofClient, err := runPair(ctx, server, client)
	use := memoryUse{direction, records, ratesOf(ofClient.Stages).files, ofClient.AboveStart, ofServer.AboveStart}
	if records {
		use.perSecond = ratesOf(ofClient.Stages).records()
	}
	r.memory = append(r.memory, use)
	return err
}
