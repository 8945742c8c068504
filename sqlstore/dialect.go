package sqlstore

import (
	"strconv"
	"strings"
)

// Dialect names the kind of database behind a [database/sql.DB]. The zero
// Dialect is none and is refused.
type Dialect string

// The dialects.
const (
	PostgreSQL Dialect = "postgresql"
	MySQL      Dialect = "mysql" // also MariaDB
	SQLite     Dialect = "sqlite"
)

const dialectProblem = "must be PostgreSQL, MySQL or SQLite"

func (d Dialect) known() bool {
	return d == PostgreSQL || d == MySQL || d == SQLite
}

// quote makes an identifier of a name that was checked.
func (d Dialect) quote(name string) string {
	if d == MySQL {
		return "`" + name + "`"
	}
	return `"` + name + `"`
}

// query is a query of this package in the dialect: with the name of the table
// for {table}, and with the parameters, which are the only ? in it, called as the
// database calls them.
func (d Dialect) query(text, table string) string {
	text = strings.ReplaceAll(text, "{table}", d.quote(table))
	if d != PostgreSQL {
		return text
	}
	var out strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(text, "?")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteString("$" + strconv.Itoa(n))
		text = after
	}
}
