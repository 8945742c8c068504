package hostcmd

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

// The variables of the environment that Strapi's transfer knows. They count if neither --from nor --to is given: the
// token of one remote must not go to another.
const (
	strapiURL   = "STRAPI_TRANSFER_URL"
	strapiToken = "STRAPI_TRANSFER_TOKEN"
)

type transferCommand struct {
	host      *Host
	from, to  string
	fromToken cli.TokenFlags
	toToken   cli.TokenFlags
	tokenEnv  []string // further variables that may hold the token
	connect   cli.ConnectFlags
	scope     cli.ScopeFlags
	replace   cli.ReplaceFlags
}

func newTransfer(host *Host) *cobra.Command {
	c := &transferCommand{host: host}
	var usage, long []string
	if host.Destination != nil {
		usage = append(usage, "--from URL")
		long = append(long,
			"With --from the data here is replaced by that of a remote instance. It needs a pull token of it.")
	}
	if host.Source != nil {
		usage = append(usage, "--to URL")
		long = append(long,
			"With --to the data of a remote instance is replaced by the data here. It needs a push token of it.")
	}
	command := &cobra.Command{
		Use:   "transfer " + strings.Join(usage, " | ") + " [flags]",
		Short: "Replace the data by that of a remote instance, or that of a remote instance by the data here",
		Long: strings.Join(long, "\n") + `

The remote is a Strapi or a backend like this one. URL is the address of its admin API, as for
strapi transfer: https://cms.example.com/admin. Without --from and --to, transfer asks for the
direction, and takes the URL and the token from STRAPI_TRANSFER_URL and STRAPI_TRANSFER_TOKEN if
they are set.

Transfer shows how the schemas differ, what is replaced and what stays, and asks; --force answers
yes. All of the data is replaced, or none of it if the transfer fails or is interrupted.

` + cli.ExitCodes,
		Args:                  cli.Arguments(0, 0),
		ValidArgsFunction:     cobra.NoFileCompletions,
		DisableFlagsInUseLine: true,
	}
	flags := command.Flags()
	if host.Destination != nil {
		flags.StringVar(&c.from, "from", "", "`URL` of the remote to get data from")
		c.fromToken.Register(flags, "from-token", "of the remote to get data from", "XFER_FROM_TOKEN")
		cli.Complete(command, "from")
	}
	if host.Source != nil {
		flags.StringVar(&c.to, "to", "", "`URL` of the remote to send data to")
		c.toToken.Register(flags, "to-token", "of the remote to send data to", "XFER_TO_TOKEN")
		cli.Complete(command, "to")
	}
	c.connect.Register(command)
	c.scope.Register(command)
	c.replace.Register(flags, "")
	return complete(command, c.run)
}

func (c *transferCommand) run(ctx context.Context, console *cli.Console, _ []string) error {
	scope, err := c.scope.Scope()
	if err != nil {
		return err
	}
	switch {
	case c.from != "" && (c.to != "" || c.toToken.IsFlagged()), c.to != "" && c.fromToken.IsFlagged():
		return cli.Usagef("Only one remote source (from) or destination (to) option may be provided")
	case c.from == "" && c.to == "":
		if err := c.ask(ctx, console); err != nil {
			return err
		}
	}
	r := &cli.Replacement{
		Console: console, Name: console.Name, Flags: c.replace, Scope: scope, Protected: c.host.Protected,
		Delay: c.connect.Delay(),
	}
	if c.from != "" {
		return c.pull(ctx, r)
	}
	return c.push(ctx, r)
}

// ask asks for the direction and, unless the environment has it, for the address.
func (c *transferCommand) ask(ctx context.Context, console *cli.Console) error {
	const refusal = "transfer needs a direction: give --from URL or --to URL"
	address, question := &c.from, "URL of the remote to get data from"
	switch {
	case c.host.Source == nil:
	case c.host.Destination == nil:
		address, question = &c.to, "URL of the remote to send data to"
	default:
		direction, err := console.Ask(ctx, "Get data from a remote, or send data to one? [from/to]", refusal)
		switch {
		case err != nil:
			return err
		case direction == "to":
			address, question = &c.to, "URL of the remote to send data to"
		case direction != "from":
			return cli.Usagef("answer from or to: nothing was done")
		}
	}
	c.tokenEnv = []string{strapiToken}
	if *address = strings.TrimSpace(os.Getenv(strapiURL)); *address != "" {
		console.Notef("the remote is %s, from %s", cli.RemoteName(*address), strapiURL)
		return nil
	}
	var err error
	*address, err = console.Ask(ctx, question+":", refusal)
	if err == nil && *address == "" {
		err = cli.Usagef("the URL is empty: nothing was done")
	}
	return err
}

// pull replaces the data here.
func (c *transferCommand) pull(ctx context.Context, r *cli.Replacement) error {
	from := cli.RemoteName(c.from)
	token, err := c.fromToken.Token(ctx, r.Console, from, c.tokenEnv...)
	if err != nil {
		return err
	}
	src, err := remote.Pull(ctx, c.from, token, c.connect.Options())
	if err != nil {
		return cli.RemoteError(from, err)
	}
	defer src.Close()
	if err := cli.CheckTypes(ctx, src, r.Scope, r.Protected); err != nil {
		return cli.RemoteError(from, err)
	}
	dst, err := c.host.Destination(ctx)
	if err != nil {
		return err
	}
	report, err := r.Run(ctx, src, dst)
	return r.Finish(report, err, func(err error) error {
		if cli.BlamesRemote(err) {
			return cli.RemoteError(from, err)
		}
		return cli.LocalError(err)
	})
}

// push replaces the data of the remote.
func (c *transferCommand) push(ctx context.Context, r *cli.Replacement) error {
	to := cli.RemoteName(c.to)
	token, err := c.toToken.Token(ctx, r.Console, to, c.tokenEnv...)
	if err != nil {
		return err
	}
	dst, err := remote.Push(ctx, c.to, token, c.connect.Options())
	if err != nil {
		return cli.RemoteError(to, err)
	}
	src, err := c.host.Source(ctx)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := cli.CheckTypes(ctx, src, r.Scope, r.Protected); err != nil {
		return err
	}
	r.Name = to
	report, err := r.Run(ctx, src, dst)
	return r.Finish(report, err, func(err error) error {
		if cli.BlamesRemote(err) || errors.Is(err, datatransfer.ErrCommitUnknown) {
			return cli.RemoteError(to, err)
		}
		return cli.LocalError(err)
	})
}
