package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A TransferReport says what a transfer did. It is printed as JSON.
type TransferReport struct {
	Archive string        `json:"archive,omitempty"` // that was written
	Remote  string        `json:"remote,omitempty"`  // whose data was replaced
	Seconds float64       `json:"seconds"`
	Stages  []StageReport `json:"stages"`
}

// A StageReport says what a stage has, or what a transfer did in it.
type StageReport struct {
	Stage   datatransfer.Stage `json:"stage"`
	Skipped bool               `json:"skipped,omitempty"` // the scope leaves the stage out
	Records int64              `json:"records"`
	Bytes   int64              `json:"bytes"`
	Types   []TypeCount        `json:"types,omitempty"`
	Dropped map[string]int64   `json:"dropped,omitempty"` // reasons, and how many records
}

// A TypeCount is the number of records of a type, and of their bytes.
type TypeCount struct {
	Type    string `json:"type"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
}

// NewReport returns the report of a transfer into an archive, or elsewhere if archive is "".
func NewReport(archive string, report datatransfer.Report) TransferReport {
	seconds := report.Ended.Sub(report.Started).Seconds()
	result := TransferReport{Archive: archive, Seconds: seconds, Stages: []StageReport{}}
	for _, stage := range report.Stages {
		result.Stages = append(result.Stages, StageReport{
			Stage: stage.Stage, Skipped: stage.Skipped, Records: stage.Records, Bytes: stage.Bytes,
			Types: TypeCounts(stage.ByType), Dropped: stage.Dropped,
		})
	}
	return result
}

// TypeCounts returns counts in the order of their types.
func TypeCounts(counts map[string]datatransfer.Count) []TypeCount {
	var list []TypeCount
	for _, uid := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, TypeCount{Type: uid, Records: counts[uid].Records, Bytes: counts[uid].Bytes})
	}
	return list
}

// AddStage adds the rows of a stage and its types.
func AddStage(table *Table, stage StageReport) {
	if stage.Skipped {
		table.Add(string(stage.Stage), "left out", "")
		return
	}
	table.Add(string(stage.Stage), Number(stage.Records), Size(stage.Bytes))
	for _, count := range stage.Types {
		table.Add("  "+count.Type, Number(count.Records), Size(count.Bytes))
	}
}

// Print prints the table of what a transfer did: stages, their types, the total, and what was dropped.
func (r TransferReport) Print(console *Console) {
	table := NewTable("stage", ">count", ">size")
	dropped := NewTable("dropped from", "reason", ">count")
	var total datatransfer.Count
	for _, stage := range r.Stages {
		AddStage(table, stage)
		total.Records += stage.Records
		total.Bytes += stage.Bytes
		for _, reason := range slices.Sorted(maps.Keys(stage.Dropped)) {
			dropped.Add(string(stage.Stage), reason, Number(stage.Dropped[reason]))
		}
	}
	table.Add("total", Number(total.Records), Size(total.Bytes))
	console.Print(table)
	if dropped.Rows() > 0 {
		console.Println()
		console.Print(dropped)
	}
}

// warnMissingFiles says that the source has records of files and not the files.
func warnMissingFiles(console *Console, report datatransfer.Report) {
	for _, stage := range report.Stages {
		if stage.Stage == datatransfer.StageAssets && !stage.Skipped && report.MediaWithoutFile > 0 {
			console.Warnf("%s of the media library came without the file", Plural(report.MediaWithoutFile, "record"))
		}
	}
}

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
