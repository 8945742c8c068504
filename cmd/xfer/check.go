package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

type checkCommand struct {
	console *cli.Console
	token   cli.TokenFlags
	need    string
	json    bool
}

func newCheck(console *cli.Console) *cobra.Command {
	c := &checkCommand{console: console}
	command := &cobra.Command{
		Use:   "check [flags] URL",
		Short: "Find out whether a remote instance can be reached, and what a token allows there",
		Long: `Check connects to a remote instance as pull and push do, and hangs up. Nothing is
changed there. URL is the address of the admin API: https://cms.example.com/admin.

It ends with code 0 if the token allows what --need names, or anything at all without
--need.`,
		Example: `  xfer check https://cms.example.com/admin
  xfer check --need pull --token-file token https://cms.example.com/admin`,
		Args:              cli.Arguments(1, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			return c.run(command.Context(), args[0])
		},
	}
	c.token.Register(command.Flags(), "token", "of the remote", "XFER_TOKEN", "STRAPI_TRANSFER_TOKEN")
	command.Flags().StringVar(&c.need, "need", "", "what the token has to allow: pull, push or full-access")
	command.Flags().BoolVar(&c.json, "json", false, "print the result as JSON")
	cli.Complete(command, "need", "pull", "push", "full-access")
	return command
}

// A checkResult is the JSON of a check.
type checkResult struct {
	Remote        string `json:"remote"`
	StrapiVersion string `json:"strapiVersion,omitempty"` // known only with a pull token
	Pull          bool   `json:"pull"`
	Push          bool   `json:"push"`
}

func (c *checkCommand) run(ctx context.Context, address string) error {
	need := transfertoken.Permissions(0)
	if c.need != "" {
		var err error
		if need, err = transfertoken.ParsePermissions(c.need); err != nil {
			return cli.Usagef("--need must be pull, push or full-access")
		}
	}
	name := cli.RemoteName(address)
	token, err := c.token.Token(ctx, c.console, name)
	if err != nil {
		return err
	}
	result := checkResult{Remote: address}
	if result.Pull, err = allows(remote.Check(ctx, address, token, transfertoken.Pull, nil)); err != nil {
		return cli.RemoteError(name, err)
	}
	if result.Push, err = allows(remote.Check(ctx, address, token, transfertoken.Push, nil)); err != nil {
		return cli.RemoteError(name, err)
	}
	if result.Pull {
		if result.StrapiVersion, err = versionOf(ctx, address, token); err != nil {
			return cli.RemoteError(name, err)
		}
	}
	if err := c.print(result); err != nil {
		return err
	}
	if !result.suffices(need) {
		return cli.RemoteError(name, remote.ErrForbidden)
	}
	return nil
}

// suffices reports whether the token allows what is needed, or anything if nothing is.
func (r checkResult) suffices(need transfertoken.Permissions) bool {
	if need == 0 {
		return r.Pull || r.Push
	}
	return (r.Pull || !need.Has(transfertoken.Pull)) && (r.Push || !need.Has(transfertoken.Push))
}

// allows reports whether a check said yes. Only a token of another scope is a no; everything
// else stays an error.
func allows(err error) (bool, error) {
	if errors.Is(err, remote.ErrForbidden) {
		return false, nil
	}
	return err == nil, err
}

func versionOf(ctx context.Context, address, token string) (string, error) {
	src, err := remote.Pull(ctx, address, token, nil)
	if err != nil {
		return "", err
	}
	defer src.Close()
	metadata, err := src.Metadata(ctx)
	return metadata.StrapiVersion, err
}

func (c *checkCommand) print(result checkResult) error {
	if c.json {
		return c.console.JSON(result)
	}
	table := cli.NewTable()
	table.Add("remote", result.Remote)
	if result.StrapiVersion != "" {
		table.Add("version", "Strapi "+result.StrapiVersion)
	}
	table.Add("pull", yesOrNo(result.Pull))
	table.Add("push", yesOrNo(result.Push))
	c.console.Print(table)
	return nil
}

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
