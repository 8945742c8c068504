package main

import (
	"maps"
	"slices"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A stageReport is the JSON of a stage.
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
