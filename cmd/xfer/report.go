package main

import (
	"maps"
	"slices"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A transferReport says what a transfer did. It is printed as JSON.
type transferReport struct {
	Archive string        `json:"archive,omitempty"` // that was written
	Remote  string        `json:"remote,omitempty"`  // whose data was replaced
	Seconds float64       `json:"seconds"`
	Stages  []stageReport `json:"stages"`
}

type stageReport struct {
	Stage   datatransfer.Stage `json:"stage"`
	Skipped bool               `json:"skipped,omitempty"` // the scope leaves the stage out
	Records int64              `json:"records"`
	Bytes   int64              `json:"bytes"`
	Types   []typeCount        `json:"types,omitempty"`
	Dropped map[string]int64   `json:"dropped,omitempty"` // reasons, and how many records
}

type typeCount struct {
	Type    string `json:"type"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
}

func newReport(archive string, report datatransfer.Report) transferReport {
	seconds := report.Ended.Sub(report.Started).Seconds()
	result := transferReport{Archive: archive, Seconds: seconds, Stages: []stageReport{}}
	for _, stage := range report.Stages {
		result.Stages = append(result.Stages, stageReport{
			Stage: stage.Stage, Skipped: stage.Skipped, Records: stage.Records, Bytes: stage.Bytes,
			Types: typeCounts(stage.ByType), Dropped: stage.Dropped,
		})
	}
	return result
}

// typeCounts returns counts in the order of their types.
func typeCounts(counts map[string]datatransfer.Count) []typeCount {
	var list []typeCount
	for _, uid := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, typeCount{Type: uid, Records: counts[uid].Records, Bytes: counts[uid].Bytes})
	}
	return list
}

// addStage adds the rows of a stage and its types.
func addStage(table *cli.Table, stage stageReport) {
	if stage.Skipped {
		table.Add(string(stage.Stage), "left out", "")
		return
	}
	table.Add(string(stage.Stage), cli.Number(stage.Records), cli.Size(stage.Bytes))
	for _, count := range stage.Types {
		table.Add("  "+count.Type, cli.Number(count.Records), cli.Size(count.Bytes))
	}
}

// print prints the table of what a transfer did: stages, their types, the total, and what was dropped.
func (r transferReport) print(console *cli.Console) {
	table := cli.NewTable("stage", ">count", ">size")
	dropped := cli.NewTable("dropped from", "reason", ">count")
	var total datatransfer.Count
	for _, stage := range r.Stages {
		addStage(table, stage)
		total.Records += stage.Records
		total.Bytes += stage.Bytes
		for _, reason := range slices.Sorted(maps.Keys(stage.Dropped)) {
			dropped.Add(string(stage.Stage), reason, cli.Number(stage.Dropped[reason]))
		}
	}
	table.Add("total", cli.Number(total.Records), cli.Size(total.Bytes))
	console.Print(table)
	if dropped.Rows() > 0 {
		console.Println()
		console.Print(dropped)
	}
}
