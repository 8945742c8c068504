package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// ReplaceFlags are the flags of commands that replace data.
type ReplaceFlags struct {
	force  bool
	dryRun bool
	json   bool
}

// Register adds the flags. Shorthand is that of --force, or "".
func (f *ReplaceFlags) Register(flags *pflag.FlagSet, shorthand string) {
	flags.BoolVarP(&f.force, "force", shorthand, false, "answer yes to every question")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would happen, and change nothing")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
}

// A Replacement is a transfer that replaces the data of an instance.
type Replacement struct {
	Console   *Console
	Name      string // of the instance
	Flags     ReplaceFlags
	Scope     datatransfer.Scope
	Protected []string
	Delay     time.Duration // after each record

	differences []datatransfer.Difference
}

// errDryRun ends a transfer that was only tried.
var errDryRun = errors.New("dry run")

// Run transfers src to dst. Before anything is changed it shows how the schemas differ and asks
// for leave. Its error is meant for Finish.
func (r *Replacement) Run(
	ctx context.Context, src datatransfer.Source, dst datatransfer.Destination,
) (datatransfer.Report, error) {
	progress := r.Console.Progress()
	defer progress.Close()
	var there datatransfer.Metadata
	if described, ok := dst.(interface{ Metadata() datatransfer.Metadata }); ok {
		there = described.Metadata()
	}
	asked := &confirmed{Destination: dst, ask: func(ctx context.Context, start datatransfer.Start) error {
		return r.confirm(ctx, start, there)
	}}
	return datatransfer.Run(ctx, src, asked, &datatransfer.Options{
		Scope:     r.Scope,
		Protected: r.Protected,
		Throttle:  r.Delay,
		OnDifference: func(differences []datatransfer.Difference) error {
			r.differences = differences
			return nil
		},
		OnMissingFiles: func(_, arrived int64) error {
			if arrived == 0 {
				return filesWouldGo("the source", r.Name)
			}
			return nil
		},
		OnProgress: func(step datatransfer.Progress) { progress.Update("", step) },
	})
}

// filesWouldGo refuses to replace all files by none. --force does not answer it, because a
// bucket may be shared.
func filesWouldGo(source, name string) error {
	return Usagef("%s has the records of files and none of the files: all files of %s would go; "+
		"give --exclude files to keep them", source, name)
}

// Finish prints what Run did, or returns its error. fail adds an exit code, and says whose error it is.
func (r *Replacement) Finish(report datatransfer.Report, err error, fail func(error) error) error {
	var answered *ExitError
	switch {
	case errors.As(err, &answered): // without the step of the transfer, which does not matter for an answer
		return answered
	case errors.Is(err, errDryRun) && len(r.differences) > 0:
		return &ExitError{Code: ExitDifferent, Err: errors.New("dry run: nothing was changed, and the schemas differ")}
	case errors.Is(err, errDryRun):
		r.Console.Notef("dry run: nothing was changed")
		return nil
	case err != nil:
		return fail(err)
	}
	warnMissingFiles(r.Console, report)
	result := NewReport("", report)
	result.Remote = r.Name
	if r.Flags.json {
		return r.Console.JSON(result)
	}
	result.Print(r.Console)
	fmt.Fprintf(r.Console.Out, "\nreplaced: the data of %s\n", Printable(r.Name))
	return nil
}

// Restore replaces the data of the instance by an archive. open opens the instance after the archive was checked.
func (r *Replacement) Restore(
	ctx context.Context, unlock *UnlockFlags, name string,
	open func(context.Context) (datatransfer.Destination, error), fail func(error) error,
) error {
	reader, _, err := OpenArchive(ctx, r.Console, unlock, name)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := CheckTypes(ctx, reader, r.Scope, r.Protected); err != nil {
		return err
	}
	if !r.Scope.NoFiles && reader.Info().Counts[archive.NoFiles] > 0 {
		return filesWouldGo(name, r.Name)
	}
	dst, err := open(ctx)
	if err != nil {
		return fail(err)
	}
	report, err := r.Run(ctx, reader, dst)
	if IsBadArchive(err) && transferCode(err) == ExitFailed {
		return ArchiveError(name, err)
	}
	return r.Finish(report, err, fail)
}

// confirm shows what is about to happen, and asks.
func (r *Replacement) confirm(ctx context.Context, start datatransfer.Start, there datatransfer.Metadata) error {
	r.showDifferences()
	if here := start.Metadata.StrapiVersion; here != "" && there.StrapiVersion != "" && here != there.StrapiVersion {
		r.Console.Warnf("the data is of Strapi %s, and %s runs %s", here, r.Name, there.StrapiVersion)
	}
	for _, line := range consequences(r.Name, r.Scope, r.Protected, there.StrapiVersion != "") {
		r.Console.Notef("%s", line)
	}
	switch {
	case r.Flags.dryRun:
		return errDryRun
	case r.Flags.force:
		return nil
	}
	question := "Replace this data of " + r.Name + "?"
	if len(r.differences) > 0 {
		question = "Leave out what differs, and replace this data of " + r.Name + "?"
	}
	return r.Console.Confirm(ctx, question, fmt.Sprintf(
		"the data of %s would be replaced, and there is no terminal to ask: give --force to do it, or --dry-run to look",
		r.Name))
}

func (r *Replacement) showDifferences() {
	if len(r.differences) == 0 {
		return
	}
	const most = 20
	r.Console.Warnf("the schemas differ in %s; what %s does not know is left out and counted",
		Plural(int64(len(r.differences)), "place"), r.Name)
	for i, difference := range r.differences {
		if i == most && !r.Console.Verbose {
			r.Console.Notef("  and %d more (--verbose shows them)", len(r.differences)-most)
			break
		}
		r.Console.Notef("  %s", difference)
	}
}

// consequences says what a transfer replaces, what stays, and what a real Strapi risks.
func consequences(name string, scope datatransfer.Scope, protected []string, isStrapi bool) []string {
	var replaced, kept []string
	note := func(isReplaced bool, what string) {
		if isReplaced {
			replaced = append(replaced, what)
		} else {
			kept = append(kept, what)
		}
	}
	switch {
	case scope.OnlyTypes == nil:
		note(true, "the content")
	case len(scope.OnlyTypes) > 0:
		note(true, "the content of "+strings.Join(scope.OnlyTypes, ", "))
	default:
		note(false, "the content")
	}
	if excluded := slices.Concat(scope.ExcludeTypes, protected); len(excluded) > 0 {
		note(false, "the content of "+strings.Join(excluded, ", "))
	}
	note(!scope.NoFiles, "the files")
	note(!scope.NoCoreStore, "the settings")
	note(!scope.NoWebhooks, "the webhooks")
	note(false, "its administrators, roles and tokens")
	lines := []string{
		name + " loses " + strings.Join(replaced, ", ") + " and gets those of the transfer",
		name + " keeps " + strings.Join(kept, ", "),
	}
	if isStrapi && !scope.NoFiles {
		lines = append(lines,
			name+" is a Strapi: if the connection breaks, its database is as before, but uploads on its disk may be lost",
			"a bucket that "+name+" keeps files in is emptied, also of files that others use")
	}
	return lines
}

// confirmed asks before a transfer begins.
type confirmed struct {
	datatransfer.Destination
	ask func(context.Context, datatransfer.Start) error
}

func (c *confirmed) Begin(ctx context.Context, start datatransfer.Start) error {
	if err := c.ask(ctx, start); err != nil {
		return err
	}
	return c.Destination.Begin(ctx, start)
}
