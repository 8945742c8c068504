package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// relation is a table or an index.
type relation struct {
	name  string
	bytes int64
}

// sizes is what the tokens take on the disk.
type sizes struct {
	relations []relation // the table, then its indexes
	total     int64
	onLastUse int // indexes that have last_used_at
	blocks    int // that the look-up by a digest reads
}

func (db *database) sizes(ctx context.Context) (s sizes, err error) {
	err = db.row(ctx, "SELECT pg_total_relation_size('{table}'), "+
		"(SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid "+
		"WHERE i.indrelid = '{table}'::regclass AND a.attname = 'last_used_at')", &s.total, &s.onLastUse)
	if err != nil {
		return sizes{}, err
	}
	rows, err := db.QueryContext(ctx, "SELECT '', pg_table_size($1::regclass) UNION ALL "+
		"(SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index WHERE indrelid = $1::regclass ORDER BY 1)", db.table)
	if err != nil {
		return sizes{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var r relation
		if err := rows.Scan(&r.name, &r.bytes); err != nil {
			return sizes{}, err
		}
		r.name = relationName(db.table, r.name)
		s.relations = append(s.relations, r)
	}
	if err := rows.Err(); err != nil {
		return sizes{}, err
	}
	s.blocks, err = db.blocks(ctx)
	return s, err
}

func relationName(table, name string) string {
	switch strings.TrimPrefix(name, table) {
	case "":
		return "table"
	case "_pkey":
		return "index of the IDs"
	case "_name_key":
		return "index of the names"
	case "_digest_key":
		return "index of the digests"
	}
	return name
}

// blocks is how many blocks of 8 kB the look-up of a token reads: one for
// each level of the index, and that of the row.
func (db *database) blocks(ctx context.Context) (int, error) {
	digest := db.salt.Digest(secret(1))
	var text []byte
	err := db.lookUp(ctx, "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ", digest).Scan(&text)
	if err != nil {
		return 0, err
	}
	return parseBlocks(text)
}

func (db *database) lookUp(ctx context.Context, prefix string, digest transfertoken.Digest) *sql.Row {
	return db.QueryRowContext(ctx, prefix+"SELECT * FROM "+db.table+" WHERE digest = $1", digest[:])
}

func parseBlocks(explained []byte) (int, error) {
	var plans []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	if err := json.Unmarshal(explained, &plans); err != nil {
		return 0, err
	}
	n := 0
	for _, p := range plans {
		n += p.Plan.Hit + p.Plan.Read
	}
	return n, nil
}
