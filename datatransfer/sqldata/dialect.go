package sqldata

import (
	"database/sql"
	"strconv"
	"strings"
)

// Dialect names the kind of database behind a [database/sql.DB]. The zero Dialect is refused.
type Dialect string

// The dialects.
const (
	PostgreSQL Dialect = "postgresql"
	MySQL      Dialect = "mysql" // also MariaDB
	SQLite     Dialect = "sqlite"
)

func (d Dialect) known() bool { return d == PostgreSQL || d == MySQL || d == SQLite }

// quote returns a name that was checked as an identifier.
func (d Dialect) quote(name string) string {
	if d == MySQL {
		return "`" + name + "`"
	}
	return `"` + name + `"`
}

// bind numbers the parameters of a statement where the database wants that.
func (d Dialect) bind(text string) string {
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

// integer returns an expression for a parameter that is an integer, where its place does not say so to the database.
func (d Dialect) integer(parameter string) string {
	if d == PostgreSQL {
		return "CAST(" + parameter + " AS BIGINT)"
	}
	return parameter
}

// readExpression returns the expression that reads a column, in a form that does not depend on the
// driver and its settings.
func (d Dialect) readExpression(c Column) string {
	name := d.quote(c.Name)
	kind := kindOf(c.Type)
	if c.Millis {
		return name
	}
	switch d {
	case PostgreSQL:
		switch kind {
		case kindText, kindDecimal, kindJSON:
			return "CAST(" + name + " AS TEXT)"
		case kindDate:
			return "to_json(" + name + ") #>> '{}'" // to_char makes NULL of infinity, and leaves BC out
		case kindTime:
			return "to_char(" + name + ", 'HH24:MI:SS.MS')"
		}
	case MySQL:
		switch kind {
		case kindDecimal:
			if c.Type == "float" {
				name += " + 0e0" // a DOUBLE: of a FLOAT, six digits would be shown
			}
			return "CAST(" + name + " AS CHAR)"
		case kindDate:
			return "DATE_FORMAT(" + name + ", '%Y-%m-%d')"
		case kindTime:
			return "TIME_FORMAT(" + name + ", '%H:%i:%s.%f')"
		case kindDateTime:
			return "DATE_FORMAT(" + name + ", '%Y-%m-%dT%H:%i:%s.%f')"
		}
	case SQLite:
		switch kind {
		case kindText, kindJSON, kindDate, kindTime, kindDateTime:
			return "CAST(" + name + " AS TEXT)"
		}
	}
	return name
}

// reading returns the options of a transaction that sees one moment.
func (d Dialect) reading() *sql.TxOptions {
	if d == SQLite {
		return &sql.TxOptions{ReadOnly: true} // every transaction of SQLite sees one moment
	}
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// writing returns the options of a transaction that replaces data. In MySQL it must lock the gaps
// between rows, so that nobody inserts others meanwhile; in PostgreSQL the tables are locked.
func (d Dialect) writing() *sql.TxOptions {
	switch d {
	case MySQL:
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead}
	case PostgreSQL:
		return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	}
	return nil
}

// createState returns the statement that makes the state table.
func (d Dialect) createState(table string) string {
	return "CREATE TABLE IF NOT EXISTS " + table +
		" (id INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL, folder VARCHAR(64) NOT NULL)" + d.tableOptions()
}

// createSettings returns the statement that makes the settings table.
func (d Dialect) createSettings(table string) string {
	value := map[Dialect]string{PostgreSQL: "JSON", MySQL: "LONGTEXT", SQLite: "TEXT"}[d]
	return "CREATE TABLE IF NOT EXISTS " + table + " (position BIGINT NOT NULL PRIMARY KEY, " +
		"kind VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL, value " + value + " NOT NULL)" + d.tableOptions()
}

func (d Dialect) tableOptions() string {
	if d == MySQL {
		return " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
	}
	return ""
}

// settingsValue returns the expression that reads the value of a setting.
func (d Dialect) settingsValue() string {
	if d == MySQL {
		return "value"
	}
	return "CAST(value AS TEXT)"
}

// quoteQualified returns the name of a table that was checked, perhaps with a schema before it, in quotes.
func (d Dialect) quoteQualified(name string) string {
	schema, table, found := strings.Cut(name, ".")
	if !found {
		return d.quote(name)
	}
	return d.quote(schema) + "." + d.quote(table)
}
