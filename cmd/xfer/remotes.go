package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

// connectFlags say how to speak to a remote.
type connectFlags struct {
	noChecksums bool
	throttle    int // milliseconds after each record
}

func (f *connectFlags) register(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&f.noChecksums, "no-checksums", false, "transfer files without checksums")
	flags.IntVar(&f.throttle, "throttle", 0, "wait this many `milliseconds` after each record")
	_ = flags.MarkHidden("throttle")
}

func (f *connectFlags) options() *remote.Options {
	return &remote.Options{NoChecksums: f.noChecksums}
}

func (f *connectFlags) delay() time.Duration { return time.Duration(f.throttle) * time.Millisecond }

// remoteName returns the address of a remote as messages name it.
func remoteName(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the remote"
	}
	return u.Host
}

// remoteError adds the exit code to an error of a remote, and its name.
func remoteError(name string, err error) error {
	var exit *cli.ExitError
	if err == nil || errors.As(err, &exit) || errors.Is(err, context.Canceled) {
		return err
	}
	return &cli.ExitError{Code: remoteCode(err), Err: fmt.Errorf("%s: %w", name, err)}
}

func remoteCode(err error) int {
	var handshake *remote.HandshakeError
	var reported *remote.RemoteError
	switch {
	case errors.Is(err, remote.ErrAddress):
		return cli.ExitUsage
	case errors.Is(err, datatransfer.ErrCommitUnknown):
		return cli.ExitUnknown
	case errors.Is(err, datatransfer.ErrSchemas):
		return cli.ExitDifferent
	case errors.As(err, &handshake), errors.As(err, &reported), errors.Is(err, remote.ErrUnauthorized),
		errors.Is(err, remote.ErrForbidden), errors.Is(err, remote.ErrDisabled), errors.Is(err, remote.ErrBusy):
		return cli.ExitRefused
	}
	return cli.ExitFailed
}

// replacement is a transfer that replaces the data of a remote.
type replacement struct {
	console *cli.Console
	remote  string // its name
	force   bool
	dryRun  bool
	json    bool
	scope   datatransfer.Scope
	delay   time.Duration

	differences []datatransfer.Difference
}

// errDryRun ends a transfer that was only tried.
var errDryRun = errors.New("dry run")

// run transfers src to dst. Before anything is changed it shows how the schemas differ and asks
// for leave.
func (r *replacement) run(
	ctx context.Context, src datatransfer.Source, dst *remote.Destination,
) (datatransfer.Report, error) {
	progress := r.console.Progress()
	defer progress.Close()
	asked := &confirmed{Destination: dst, ask: func(ctx context.Context, start datatransfer.Start) error {
		return r.confirm(ctx, start, dst.Metadata())
	}}
	report, err := datatransfer.Run(ctx, src, asked, &datatransfer.Options{
		Scope:    r.scope,
		Throttle: r.delay,
		OnDifference: func(differences []datatransfer.Difference) error {
			r.differences = differences
			return nil
		},
		OnMissingFiles: func(_, arrived int64) error {
			if arrived == 0 {
				return filesWouldGo("the source", r.remote)
			}
			return nil
		},
		OnProgress: func(step datatransfer.Progress) { progress.Update("", step) },
	})
	return report, err
}

// filesWouldGo refuses to replace all files by none. --force does not answer it, because a
// bucket may be shared.
func filesWouldGo(source, name string) error {
	return cli.Usagef("%s has the records of files and none of the files: all files of %s would go; "+
		"give --exclude files to keep them", source, name)
}

// finish reports what run did.
func (r *replacement) finish(report datatransfer.Report, err error) error {
	switch {
	case errors.Is(err, errDryRun) && len(r.differences) > 0:
		return &cli.ExitError{Code: cli.ExitDifferent, Err: errors.New("dry run: nothing was sent, and the schemas differ")}
	case errors.Is(err, errDryRun):
		r.console.Notef("dry run: nothing was sent")
		return nil
	case err != nil:
		return remoteError(r.remote, err)
	}
	result := cli.NewReport("", report)
	result.Remote = r.remote
	if r.json {
		return r.console.JSON(result)
	}
	result.Print(r.console)
	fmt.Fprintf(r.console.Out, "\nreplaced: the data of %s\n", cli.Printable(r.remote))
	return nil
}

// confirm shows what is about to happen, and asks.
func (r *replacement) confirm(ctx context.Context, start datatransfer.Start, there datatransfer.Metadata) error {
	r.showDifferences()
	if here := start.Metadata.StrapiVersion; here != "" && there.StrapiVersion != "" && here != there.StrapiVersion {
		r.console.Warnf("the data is of Strapi %s, and %s runs %s", here, r.remote, there.StrapiVersion)
	}
	for _, line := range consequences(r.remote, r.scope, there.StrapiVersion != "") {
		r.console.Notef("%s", line)
	}
	switch {
	case r.dryRun:
		return errDryRun
	case r.force:
		return nil
	}
	question := "Replace this data of " + r.remote + "?"
	if len(r.differences) > 0 {
		question = "Leave out what differs, and replace this data of " + r.remote + "?"
	}
	return r.console.Confirm(ctx, question, fmt.Sprintf(
		"the data of %s would be replaced, and there is no terminal to ask: give --force to do it, or --dry-run to look",
		r.remote))
}

func (r *replacement) showDifferences() {
	if len(r.differences) == 0 {
		return
	}
	const most = 20
	r.console.Warnf("the schemas differ in %s; what %s does not know is left out and counted",
		cli.Plural(int64(len(r.differences)), "place"), r.remote)
	for i, difference := range r.differences {
		if i == most && !r.console.Verbose {
			r.console.Notef("  and %d more (--verbose shows them)", len(r.differences)-most)
			break
		}
		r.console.Notef("  %s", difference)
	}
}

// consequences says what a transfer replaces, what stays, and what a real Strapi risks.
func consequences(name string, scope datatransfer.Scope, isStrapi bool) []string {
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
	if len(scope.ExcludeTypes) > 0 {
		note(false, "the content of "+strings.Join(scope.ExcludeTypes, ", "))
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
	*remote.Destination
	ask func(context.Context, datatransfer.Start) error
}

func (c *confirmed) Begin(ctx context.Context, start datatransfer.Start) error {
	if err := c.ask(ctx, start); err != nil {
		return err
	}
	return c.Destination.Begin(ctx, start)
}
