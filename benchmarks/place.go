package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

const (
	tablePrefix   = "speed_"
	folderPattern = "speed-sqlite-*"
)

// place is a table of this run, with its own connections.
type place struct {
	backend
	folder      string // of SQLite, to be removed
	dsn         string
	table       string
	db          *sql.DB
	store       *sqlstore.Store
	svc         *transfertoken.TokenService
	size        int
	first, last uuid.UUID // after both there is a full page
}

// newPlace makes an empty table. It is there, and to be removed, also when an
// error comes with it.
func (b backend) newPlace(ctx context.Context) (*place, error) {
	p := &place{backend: b, dsn: b.dsn, table: tablePrefix + strings.ToLower(rand.Text())}
	if b.dialect == sqlstore.SQLite {
		var err error
		if p.folder, err = os.MkdirTemp("", folderPattern); err != nil {
			return p, err
		}
		p.dsn = p.file(b)
	}
	var err error
	if p.db, err = open(b.driver, p.dsn); err != nil {
		return p, err
	}
	if p.store, err = sqlstore.New(p.db, b.dialect, &sqlstore.Options{Table: p.table}); err != nil {
		return p, err
	}
	// The secrets of fill are in a foreign format. LastUsedAt, which is written
	// once in a minute, is left out of a comparison with a SELECT.
	p.svc, err = transfertoken.New(p.store, salt, &transfertoken.Options{AcceptForeign: true, TouchInterval: -1})
	if err != nil {
		return p, err
	}
	return p, p.store.Migrate(ctx)
}

func open(driver, dsn string) (*sql.DB, error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db, nil
}

// file is the DSN of the place's file for a driver of SQLite.
func (p *place) file(b backend) string {
	return "file:" + filepath.ToSlash(filepath.Join(p.folder, "tokens.db")) + "?" + b.dsn
}

// remove drops what newPlace made, also when ctx has ended.
func (p *place) remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var errs []error
	if p.db != nil {
		if p.dialect != sqlstore.SQLite {
			for _, table := range []string{p.table, p.table + "_schema"} {
				_, err := p.db.ExecContext(ctx, "DROP TABLE IF EXISTS "+table)
				errs = append(errs, err)
			}
		}
		errs = append(errs, p.db.Close())
	}
	if p.folder != "" {
		errs = append(errs, os.RemoveAll(p.folder))
	}
	return errors.Join(errs...)
}

// settle does at once what the database does after a while with so many rows.
func (p *place) settle(ctx context.Context) error {
	statements := map[sqlstore.Dialect][]string{
		sqlstore.PostgreSQL: {"VACUUM (ANALYZE) " + p.table},
		sqlstore.MySQL:      {"ANALYZE TABLE " + p.table},
		sqlstore.SQLite:     {"ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"},
	}
	for _, statement := range statements[p.dialect] {
		if _, err := p.db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
