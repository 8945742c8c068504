package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/compare"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

type diffCommand struct {
	console     *cli.Console
	unlock      cli.UnlockFlags
	connect     cli.ConnectFlags
	tokenA      cli.TokenFlags
	tokenB      cli.TokenFlags
	schemasOnly bool
	limit       int
	json        bool
}

func newDiff(console *cli.Console) *cobra.Command {
	d := &diffCommand{console: console}
	command := &cobra.Command{
		Use:   "diff [flags] A B",
		Short: "Show how two archives or remote instances differ",
		Long: `Diff compares the schemas, records and files of two archives, whatever their
format and encryption. A or B may also be the address of a remote instance, as for
pull: diff then reads it with a pull token and changes nothing.

Records are the same one if their type, documentId and locale are equal and both
or neither are drafts; without a documentId, as in Strapi 4, if their IDs are.
The IDs of rows and components don't count, because every import gives new ones.
Links are compared by the records that they connect, files by name, size and
SHA-256, configuration by key. The names of changed fields are printed, and never
their content.

In the list, - marks what only A has, + what only B has, and ~ what differs.

The exit code is 0 if nothing differs, and 3 if anything does.`,
		Example: `  xfer diff monday.tar.gz.age tuesday.tar.gz.age
  xfer diff --schemas export.tar.gz.enc staging.tar
  xfer diff --b-token-file token backup.tar.gz.age https://cms.example.com/admin`,
		Args:              cli.Arguments(2, 2),
		ValidArgsFunction: cli.CompleteArchives(2),
		RunE: func(command *cobra.Command, args []string) error {
			return d.run(command.Context(), args[0], args[1])
		},
	}
	flags := command.Flags()
	d.unlock.Register(flags)
	d.connect.Register(command)
	d.tokenA.Register(flags, "a-token", "of A", "XFER_A_TOKEN")
	d.tokenB.Register(flags, "b-token", "of B", "XFER_B_TOKEN")
	flags.BoolVar(&d.schemasOnly, "schemas", false, "compare only the schemas")
	flags.IntVar(&d.limit, "limit", 20, "print at most `n` records of a type; 0 prints all")
	flags.BoolVar(&d.json, "json", false, "print the result as JSON")
	return command
}

// A diffResult says how two archives differ. It is printed as JSON.
type diffResult struct {
	A       string           `json:"a"`
	B       string           `json:"b"`
	Equal   bool             `json:"equal"`
	Schemas []schemaChange   `json:"schemas"`
	Counts  []typeComparison `json:"counts,omitempty"`  // of all types; absent with --schemas
	Records []recordChange   `json:"records,omitempty"` // up to the limit of each type
}

type schemaChange struct {
	Type string       `json:"type"`
	Path string       `json:"path,omitempty"` // "" is the whole schema
	Kind compare.Kind `json:"kind"`
}

type typeComparison struct {
	Stage   datatransfer.Stage `json:"stage"`
	Type    string             `json:"type,omitempty"` // absent for assets
	Same    int64              `json:"same"`
	Changed int64              `json:"changed"`
	OnlyInA int64              `json:"onlyInA"`
	OnlyInB int64              `json:"onlyInB"`
}

type recordChange struct {
	Stage  datatransfer.Stage `json:"stage"`
	Type   string             `json:"type,omitempty"`
	Key    string             `json:"key"`
	Kind   compare.Kind       `json:"kind"`
	Fields []string           `json:"fields,omitempty"`
}

func (d *diffCommand) run(ctx context.Context, a, b string) error {
	result, err := d.compare(ctx, a, b)
	if err != nil {
		return err
	}
	if d.json {
		err = d.console.JSON(result)
	} else {
		d.print(result)
	}
	if err == nil && !result.Equal {
		err = &cli.ExitError{Code: cli.ExitDifferent}
	}
	return err
}

func (d *diffCommand) compare(ctx context.Context, a, b string) (*diffResult, error) {
	env := []string{"XFER_TOKEN", "STRAPI_TRANSFER_TOKEN"}
	if cli.IsAddress(a) && cli.IsAddress(b) {
		env = nil // the token of one remote must not go to another
	}
	left, err := d.open(ctx, a, &d.tokenA, env)
	if err != nil {
		return nil, err
	}
	defer left.Close()
	right, err := d.open(ctx, b, &d.tokenB, env)
	if err != nil {
		return nil, err
	}
	defer right.Close()

	result := &diffResult{A: a, B: b, Equal: true, Schemas: []schemaChange{}}
	if err := d.compareSchemas(ctx, result, left, right); err != nil {
		return nil, err
	}
	if d.schemasOnly {
		return result, nil
	}
	return result, d.compareRecords(ctx, result, left, right)
}

// open returns the source that an address or the name of an archive means. env has further variables for its token.
func (d *diffCommand) open(
	ctx context.Context, name string, tokens *cli.TokenFlags, env []string,
) (datatransfer.Source, error) {
	if !cli.IsAddress(name) {
		reader, _, err := cli.OpenArchive(ctx, d.console, &d.unlock, name)
		if err != nil {
			return nil, err
		}
		return reader, nil
	}
	token, err := tokens.Token(ctx, d.console, cli.RemoteName(name), env...)
	if err != nil {
		return nil, err
	}
	source, err := remote.Pull(ctx, name, token, d.connect.Options())
	if err != nil {
		return nil, sourceError(name, err)
	}
	return source, nil
}

// sourceError adds the name of the source and the exit code to an error of reading it.
func sourceError(name string, err error) error {
	if cli.IsAddress(name) {
		return cli.RemoteError(cli.RemoteName(name), err)
	}
	return cli.ArchiveError(name, err)
}

func (d *diffCommand) compareSchemas(ctx context.Context, result *diffResult, left, right datatransfer.Source) error {
	schemasA, err := left.Schemas(ctx)
	if err != nil {
		return sourceError(result.A, err)
	}
	schemasB, err := right.Schemas(ctx)
	if err != nil {
		return sourceError(result.B, err)
	}
	kinds := map[datatransfer.DifferenceKind]compare.Kind{
		datatransfer.OnlyInSource:      compare.OnlyInA,
		datatransfer.OnlyInDestination: compare.OnlyInB,
		datatransfer.Changed:           compare.Changed,
	}
	for _, difference := range schemasA.Diff(schemasB) {
		result.Equal = false
		result.Schemas = append(result.Schemas, schemaChange{
			Type: difference.UID, Path: strings.Join(difference.Path, "."), Kind: kinds[difference.Kind],
		})
	}
	return nil
}

func (d *diffCommand) compareRecords(ctx context.Context, result *diffResult, left, right datatransfer.Source) error {
	type place struct {
		stage datatransfer.Stage
		uid   string
	}
	listed := map[place]int{}
	progress := d.console.Progress()
	defer progress.Close()
	counts, err := compare.Records(ctx, progress.WatchAs("A ", left), progress.WatchAs("B ", right), &compare.Options{
		OnChange: func(change compare.Change) {
			at := place{change.Stage, change.Type}
			if listed[at]++; d.limit <= 0 || listed[at] <= d.limit {
				result.Records = append(result.Records, recordChange(change))
			}
		},
	})
	if failed := new(compare.SourceError); errors.As(err, &failed) {
		name := result.A
		if failed.IsB {
			name = result.B
		}
		return sourceError(name, failed.Err)
	} else if err != nil {
		return err
	}
	for _, count := range counts {
		result.Equal = result.Equal && !count.Differs()
		result.Counts = append(result.Counts, typeComparison(count))
	}
	return nil
}

func (d *diffCommand) print(result *diffResult) {
	out := d.console.Out
	if result.Equal {
		fmt.Fprintln(out, "nothing differs")
		return
	}
	if len(result.Schemas) > 0 {
		fmt.Fprintln(out, "schemas")
	}
	for _, change := range result.Schemas {
		line := strings.TrimRight(change.Type+" "+change.Path, " ")
		fmt.Fprintln(out, mark(change.Kind), cli.Printable(line))
	}
	d.printRecords(result)
	if len(result.Counts) == 0 {
		return
	}
	table := cli.NewTable("stage", "type", ">same", ">changed", ">only in A", ">only in B")
	add := func(count typeComparison) {
		table.Add(string(count.Stage), count.Type,
			cli.Number(count.Same), cli.Number(count.Changed), cli.Number(count.OnlyInA), cli.Number(count.OnlyInB))
	}
	total := typeComparison{Stage: "total"}
	for _, count := range result.Counts {
		total.Same += count.Same
		total.Changed += count.Changed
		total.OnlyInA += count.OnlyInA
		total.OnlyInB += count.OnlyInB
		if compare.Count(count).Differs() {
			add(count)
		}
	}
	add(total)
	if len(result.Schemas)+len(result.Records) > 0 {
		d.console.Println()
	}
	d.console.Print(table)
}

// mark returns the character before a line, as in the output of diff.
func mark(kind compare.Kind) string {
	return map[compare.Kind]string{compare.OnlyInA: "-", compare.OnlyInB: "+", compare.Changed: "~"}[kind]
}

func (d *diffCommand) printRecords(result *diffResult) {
	listed := map[datatransfer.Stage]int64{}
	for _, change := range result.Records {
		if listed[change.Stage]++; listed[change.Stage] == 1 {
			fmt.Fprintln(d.console.Out, change.Stage)
		}
		line := strings.TrimLeft(change.Type+" "+change.Key, " ")
		if len(change.Fields) > 0 {
			line += ": " + strings.Join(change.Fields, ", ")
		}
		fmt.Fprintln(d.console.Out, mark(change.Kind), cli.Printable(line))
	}
	hidden := -int64(len(result.Records))
	for _, count := range result.Counts {
		hidden += count.Changed + count.OnlyInA + count.OnlyInB
	}
	if hidden > 0 {
		fmt.Fprintf(d.console.Out, "and %s more records (--limit 0 prints all)\n", cli.Number(hidden))
	}
}
