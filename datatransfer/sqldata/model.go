package sqldata

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A table is a Table with its statements.
type table struct {
	Table
	links []*link

	quoted    string
	key       string         // quoted
	selectAll string         // the first page, without WHERE
	insert    string         // the key, the columns and the required links, without VALUES
	columns   map[string]int // places in Columns by attribute
}

// A link is a Link between two tables.
type link struct {
	Link
	owner, target *table
}

// isMedia reports whether l is a media attribute. Its records have the file on the left.
func (l *link) isMedia() bool { return l.Target == datatransfer.TypeFile }

// relation returns the kind of the relation, in Strapi's words.
func (l *link) relation() string {
	switch {
	case l.OneToOne:
		return "oneToOne"
	case l.Join != nil:
		return "manyToMany"
	}
	return "manyToOne"
}

// A model is a Config that was checked.
type model struct {
	dialect       Dialect
	tables        []*table // a table comes after those that it needs by a link with a Column, if they are not in a cycle
	byType        map[string]*table
	settingsTable string // quoted; "": none
	stateTable    string // quoted
	schemas       datatransfer.Schemas
}

var (
	identifier    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)
	sensitiveWord = regexp.MustCompile(`(?i)(user|session|token|password|credential|secret)`)
)

func newModel(dialect Dialect, config Config) (*model, error) {
	m := &model{dialect: dialect, byType: make(map[string]*table)}
	if !dialect.known() {
		return nil, errors.New("sqldata: the dialect must be PostgreSQL, MySQL or SQLite")
	}
	if len(config.Tables) == 0 {
		return nil, errors.New("sqldata: the Config names no tables")
	}
	var err error
	if m.stateTable, err = m.quoteTable(orDefault(config.State, "transfer_state")); err != nil {
		return nil, err
	}
	if config.Settings != "" {
		if m.settingsTable, err = m.quoteTable(config.Settings); err != nil {
			return nil, err
		}
	}
	for _, t := range config.Tables {
		if err := m.addTable(t); err != nil {
			return nil, err
		}
	}
	for _, t := range m.tables {
		if err := m.addLinks(t); err != nil {
			return nil, err
		}
	}
	if err := m.sortTables(); err != nil {
		return nil, err
	}
	for _, t := range m.tables {
		m.prepare(t)
	}
	if err := m.checkFiles(config.Files); err != nil {
		return nil, err
	}
	m.schemas, err = m.buildSchemas(config.Tables)
	return m, err
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// quoteTable returns the name of a table, perhaps qualified, in quotes.
func (m *model) quoteTable(name string) (string, error) {
	parts := strings.Split(name, ".")
	if len(parts) > 2 {
		return "", fmt.Errorf("sqldata: %q cannot be the name of a table", name)
	}
	for i, part := range parts {
		if !identifier.MatchString(part) {
			return "", fmt.Errorf("sqldata: %q cannot be the name of a table", name)
		}
		parts[i] = m.dialect.quote(part)
	}
	return strings.Join(parts, "."), nil
}

func checkColumn(table, name string) error {
	if !identifier.MatchString(name) {
		return fmt.Errorf("sqldata: table %s: %q cannot be the name of a column", table, name)
	}
	return nil
}

func (m *model) addTable(config Table) error {
	t := &table{Table: config}
	t.Key = orDefault(t.Key, "id")
	var err error
	if t.quoted, err = m.quoteTable(t.Name); err != nil {
		return err
	}
	if err := checkColumn(t.Name, t.Key); err != nil {
		return err
	}
	switch {
	case t.Type == "":
		return fmt.Errorf("sqldata: table %s has no Type", t.Name)
	case m.byType[t.Type] != nil:
		return fmt.Errorf("sqldata: two tables have the type %s", t.Type)
	case slices.ContainsFunc(m.tables, func(other *table) bool { return strings.EqualFold(other.Name, t.Name) }):
		return fmt.Errorf("sqldata: table %s is there twice", t.Name)
	case datatransfer.IsProtected(t.Type):
		return fmt.Errorf("sqldata: table %s: the type %s is protected and never takes part in a transfer", t.Name, t.Type)
	case !t.Sensitive && (sensitiveWord.MatchString(t.Name) || sensitiveWord.MatchString(t.Type)):
		return fmt.Errorf("sqldata: table %s seems to hold users, sessions or tokens: set Sensitive if it shall be "+
			"transferred nevertheless", t.Name)
	}
	t.key = m.dialect.quote(t.Key)
	t.Columns = slices.Clone(t.Columns)
	names := map[string]bool{"id": true}
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Name = orDefault(c.Name, c.Attribute)
		if err := checkColumn(t.Name, c.Name); err != nil {
			return err
		}
		switch {
		case c.Attribute == "" || names[c.Attribute]:
			return fmt.Errorf("sqldata: table %s: the attribute %q of column %s is empty, is id or is there twice",
				t.Name, c.Attribute, c.Name)
		case kindOf(c.Type) == kindUnknown:
			return fmt.Errorf("sqldata: table %s: column %s has the type %q, which is unknown", t.Name, c.Name, c.Type)
		case c.Millis && kindOf(c.Type) != kindDateTime:
			return fmt.Errorf("sqldata: table %s: column %s has Millis and is no datetime", t.Name, c.Name)
		}
		names[c.Attribute] = true
	}
	m.tables = append(m.tables, t)
	m.byType[t.Type] = t
	return nil
}

func (m *model) addLinks(t *table) error {
	names := map[string]bool{"id": true}
	for _, c := range t.Columns {
		names[c.Attribute] = true
	}
	for _, config := range t.Links {
		l := &link{Link: config, owner: t, target: m.byType[config.Target]}
		where := fmt.Sprintf("sqldata: table %s: link %s", t.Name, l.Attribute)
		switch {
		case l.Attribute == "" || names[l.Attribute]:
			return fmt.Errorf("%s: the attribute is empty, is id or is there twice", where)
		case l.target == nil:
			return fmt.Errorf("%s: no table has the type %q", where, l.Target)
		case (l.Column == "") == (l.Join == nil):
			return fmt.Errorf("%s: must have a Column or a Join, and not both", where)
		case l.Required && l.Join != nil:
			return fmt.Errorf("%s: a link with a Join cannot be Required", where)
		}
		names[l.Attribute] = true
		columns := []string{l.Column}
		if l.Join != nil {
			join := *l.Join
			l.Join = &join
			if _, err := m.quoteTable(join.Table); err != nil {
				return err
			}
			columns = []string{join.Owner, join.Target}
			if join.Order != "" {
				columns = append(columns, join.Order)
			}
		}
		for _, column := range columns {
			if err := checkColumn(t.Name, column); err != nil {
				return err
			}
		}
		t.links = append(t.links, l)
	}
	return nil
}

// sortTables puts each table behind those that its required links need, and as far as there are no
// cycles behind those of its other columns too. It fails if required links go round in a circle: no
// row could be the first one.
func (m *model) sortTables() error {
	for _, onlyRequired := range []bool{true, false} {
		sorted := make([]*table, 0, len(m.tables))
		const open, done = 1, 2
		marks := make(map[*table]int)
		var visit func(t *table) error
		visit = func(t *table) error {
			marks[t] = open
			for _, l := range t.links {
				if l.Column == "" || onlyRequired && !l.Required {
					continue
				}
				switch {
				case marks[l.target] == open && l.Required:
					return fmt.Errorf("sqldata: table %s: the required link %s is part of a circle", t.Name, l.Attribute)
				case marks[l.target] == 0:
					if err := visit(l.target); err != nil {
						return err
					}
				}
			}
			marks[t] = done
			sorted = append(sorted, t)
			return nil
		}
		for _, t := range m.tables {
			if marks[t] != 0 {
				continue
			}
			err := visit(t)
			switch {
			case err != nil && onlyRequired:
				return err
			case err != nil:
				return nil // the order by the required links alone has to do
			}
		}
		m.tables = sorted
	}
	return nil
}

// comesBefore reports whether a table stands in the order before another one.
func (m *model) comesBefore(a, b *table) bool {
	return slices.Index(m.tables, a) < slices.Index(m.tables, b)
}

func (m *model) checkFiles(files *Files) error {
	if files == nil {
		return nil
	}
	t := m.byType[datatransfer.TypeFile]
	if t == nil || !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Attribute == "hash" }) {
		return fmt.Errorf("sqldata: Files needs a table of the type %s with the attribute hash", datatransfer.TypeFile)
	}
	if files.Dir == "" {
		return errors.New("sqldata: Files has no Dir")
	}
	if first := orDefault(files.First, firstFolder); datatransfer.CheckAssetName(first) != nil || len(first) > 64 {
		return errors.New("sqldata: Files.First cannot be the name of a folder")
	}
	return nil
}

// requiredLinks returns the links that a row cannot be inserted without.
func (t *table) requiredLinks() []*link {
	var required []*link
	for _, l := range t.links {
		if l.Required {
			required = append(required, l)
		}
	}
	return required
}

// prepare builds the statements of a table.
func (m *model) prepare(t *table) {
	read, names := []string{t.key}, []string{t.key}
	t.columns = make(map[string]int)
	for i, c := range t.Columns {
		t.columns[c.Attribute] = i
		read = append(read, m.dialect.readExpression(c))
		names = append(names, m.dialect.quote(c.Name))
	}
	for _, l := range t.requiredLinks() {
		names = append(names, m.dialect.quote(l.Column))
	}
	t.selectAll = "SELECT " + strings.Join(read, ", ") + " FROM " + t.quoted
	t.insert = "INSERT INTO " + t.quoted + " (" + strings.Join(names, ", ") + ")"
}
