package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

type verifyCommand struct {
	console *cli.Console
	unlock  cli.UnlockFlags
	json    bool
}

func newVerify(console *cli.Console) *cobra.Command {
	v := &verifyCommand{console: console}
	command := &cobra.Command{
		Use:   "verify [flags] ARCHIVE...",
		Short: "Read archives as an import would, and name what is wrong",
		Long: `Verify reads every byte of the archives, as an import would, and changes nothing.

Damage ends with exit code 5: a wrong passphrase, a truncated or altered archive,
a record that is not JSON, an entry that is there twice. Strapi's own encryption
(.enc) has no checksum: an archive that decrypts to a complete tar counts as undamaged.

Findings end with exit code 3: links that lead nowhere, files that are missing or
that belong to no record, records of types without a schema, entries that an
import ignores. An import takes such an archive, but not all of it arrives.

If several archives differ in their result, the exit code is that of the worst.`,
		Example: `  xfer verify export_20261125.tar.gz.enc
  xfer verify --key-file passphrase backups/*.age`,
		Args:              cli.Arguments(1, -1),
		ValidArgsFunction: cli.CompleteArchives(-1),
		RunE: func(command *cobra.Command, args []string) error {
			return v.run(command.Context(), args)
		},
	}
	v.unlock.Register(command.Flags())
	command.Flags().BoolVar(&v.json, "json", false, "print the result as JSON")
	return command
}

// The results of an archive.
const (
	resultOK       = "ok"
	resultFindings = "findings"
	resultBad      = "bad"
)

// A verdict is the result for one archive. It is printed as JSON.
type verdict struct {
	Archive  string        `json:"archive"`
	Result   string        `json:"result"`
	Error    string        `json:"error,omitempty"` // of a bad archive
	Records  *recordCounts `json:"records,omitempty"`
	Counts   []kindCount   `json:"counts"`   // of all findings
	Findings []finding     `json:"findings"` // at most 100 of a kind

	code int
}

type recordCounts struct {
	Entities      int64 `json:"entities"`
	Assets        int64 `json:"assets"`
	Links         int64 `json:"links"`
	Configuration int64 `json:"configuration"`
}

type kindCount struct {
	Kind  archive.FindingKind `json:"kind"`
	Count int64               `json:"count"`
}

type finding struct {
	Kind  archive.FindingKind `json:"kind"`
	Where string              `json:"where"`
	What  string              `json:"what"`
}

func (v *verifyCommand) run(ctx context.Context, names []string) error {
	verdicts := make([]verdict, 0, len(names))
	worst := cli.ExitOK
	for _, name := range names {
		result, err := v.verify(ctx, name)
		if err != nil {
			return err
		}
		verdicts = append(verdicts, result)
		worst = worse(worst, result.code)
	}
	if v.json {
		if err := v.console.JSON(map[string]any{"archives": verdicts}); err != nil {
			return err
		}
	} else {
		v.print(verdicts)
	}
	if worst != cli.ExitOK {
		return &cli.ExitError{Code: worst}
	}
	return nil
}

// worse returns the exit code that weighs more. Damage weighs more than a file that can't be read, and that more than
// findings.
func worse(a, b int) int {
	weights := []int{cli.ExitOK, cli.ExitDifferent, cli.ExitFailed, cli.ExitBadArchive}
	if slices.Index(weights, b) > slices.Index(weights, a) {
		return b
	}
	return a
}

// verify returns the result for one archive. The error is one that also ends the verification of the others: an
// interruption, or a passphrase that nobody can be asked for.
func (v *verifyCommand) verify(ctx context.Context, name string) (verdict, error) {
	result := verdict{Archive: name, Result: resultOK, Counts: []kindCount{}, Findings: []finding{}}
	reader, _, err := cli.OpenArchive(ctx, v.console, &v.unlock, name)
	if err != nil {
		if ctx.Err() != nil || cli.Code(err) == cli.ExitUsage {
			return result, err
		}
		result.Result, result.Error, result.code = resultBad, cli.Message(err), v.console.Fail(err)
		return result, nil
	}
	defer reader.Close()
	info := reader.Info()
	result.Records = &recordCounts{
		Entities:      info.Stage(datatransfer.StageEntities).Records,
		Assets:        info.Stage(datatransfer.StageAssets).Records,
		Links:         info.Stage(datatransfer.StageLinks).Records,
		Configuration: info.Stage(datatransfer.StageConfiguration).Records,
	}
	for _, kind := range slices.Sorted(maps.Keys(info.Counts)) {
		if kind.IsProblem() {
			result.Result, result.code = resultFindings, cli.ExitDifferent
			result.Counts = append(result.Counts, kindCount{kind, info.Counts[kind]})
		}
	}
	for _, found := range info.Findings {
		if found.Kind.IsProblem() {
			result.Findings = append(result.Findings, finding(found))
		}
	}
	return result, errors.Join(ctx.Err(), reader.Close())
}

func (v *verifyCommand) print(verdicts []verdict) {
	summary := cli.NewTable("archive", "result", ">entities", ">assets", ">links", ">configuration", ">findings")
	list := cli.NewTable("archive", "finding", "where", "what")
	for _, result := range verdicts {
		total := int64(0)
		for _, count := range result.Counts {
			total += count.Count
		}
		if r := result.Records; r != nil {
			summary.Add(result.Archive, result.Result, cli.Number(r.Entities), cli.Number(r.Assets),
				cli.Number(r.Links), cli.Number(r.Configuration), cli.Number(total))
		} else {
			summary.Add(result.Archive, result.Result)
		}
		for _, found := range result.Findings {
			list.Add(result.Archive, string(found.Kind), found.Where, found.What)
		}
		if hidden := total - int64(len(result.Findings)); hidden > 0 {
			list.Add(result.Archive, fmt.Sprintf("and %s more", cli.Number(hidden)))
		}
	}
	v.console.Print(summary)
	if list.Rows() > 0 {
		v.console.Println()
		v.console.Print(list)
	}
}
