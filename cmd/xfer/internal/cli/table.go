package cli

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A Table is printed with aligned columns and without lines, so that other programs can cut it.
type Table struct {
	writer table.Writer
}

// NewTable returns a table with a header, or without one if it is empty. The columns whose name begins with ">" are
// aligned to the right.
func NewTable(header ...string) *Table {
	t := &Table{writer: table.NewWriter()}
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header, style.Format.Footer = text.FormatUpper, text.FormatDefault
	t.writer.SetStyle(style)
	var columns []table.ColumnConfig
	row := table.Row{}
	for i, name := range header {
		align := text.AlignLeft
		if right, found := strings.CutPrefix(name, ">"); found {
			name, align = right, text.AlignRight
		}
		row = append(row, name)
		columns = append(columns, table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align})
	}
	if len(header) > 0 {
		t.writer.AppendHeader(row)
	}
	t.writer.SetColumnConfigs(columns)
	return t
}

// Add adds a row. Its texts may come from an archive.
func (t *Table) Add(cells ...string) {
	row := table.Row{}
	for _, cell := range cells {
		indent := cell[:len(cell)-len(strings.TrimLeft(cell, " "))]
		row = append(row, indent+Printable(strings.TrimLeft(cell, " ")))
	}
	t.writer.AppendRow(row)
}

// Rows returns the number of rows.
func (t *Table) Rows() int { return t.writer.Length() }

// Print prints the table on Out.
func (c *Console) Print(t *Table) {
	for line := range strings.Lines(t.writer.Render()) {
		fmt.Fprintln(c.Out, strings.TrimRight(line, " \n"))
	}
}

// Size returns a number of bytes for people, as in "1.8 kB".
func Size(bytes int64) string {
	return humanize.Bytes(uint64(max(bytes, 0)))
}

// Number returns a number with commas.
func Number(n int64) string {
	return humanize.Comma(n)
}

// Plural returns "1 record" or "2 records".
func Plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + noun + "s"
}
