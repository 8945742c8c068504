package sqlstore

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// schemaVersion is the number of the last migration.
const schemaVersion = 1

//go:embed migrations
var embedded embed.FS

// Migrations returns the files that Migrate applies, for those who have a tool
// of their own: 0001_create.up.sql and whatever follows, each to be applied once,
// in the order of their names. They are plain SQL without comments. Every
// statement ends with a semicolon at the end of a line. They keep the version
// that Migrate looks at, so that it can be called nevertheless.
//
// They make a table called transfer_tokens. For another [Options].Table replace
// this text wherever it stands, within longer names too, as Migrate does. An
// unknown dialect is a *ValidationError.
func Migrations(dialect Dialect) (fs.FS, error) {
	if !dialect.known() {
		return nil, problems{{Field: "dialect", Problem: dialectProblem}}.err()
	}
	return fs.Sub(embedded, "migrations/"+string(dialect))
}

// migrations returns the statements that lead from a version to schemaVersion.
func (s *Store) migrations(from int) ([]string, error) {
	files, err := Migrations(s.dialect)
	if err != nil {
		return nil, err
	}
	var statements []string
	for version := from + 1; version <= schemaVersion; version++ {
		names, err := fs.Glob(files, fmt.Sprintf("%04d_*.sql", version))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			script := strings.ReplaceAll(strings.TrimSpace(string(text)), defaultTable, s.table)
			statements = append(statements, strings.SplitAfter(script, ";\n")...)
		}
	}
	return statements, nil
}
