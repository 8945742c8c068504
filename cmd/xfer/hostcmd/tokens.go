package hostcmd

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
)

func newTokens(host *Host) *cobra.Command {
	command := &cobra.Command{
		Use:   "tokens",
		Short: "Manage the transfer tokens",
		Long: `Tokens manages the transfer tokens, which let other instances push data to this one, or pull data
from it. It needs the salt of the tokens, as the backend does.`,
		Args: cli.UnknownCommand,
		RunE: func(command *cobra.Command, _ []string) error {
			return cli.Usagef("tokens needs one of its commands (see %s --help)", command.CommandPath())
		},
		SilenceUsage: true,
	}
	command.AddCommand(newTokensCreate(host), newTokensList(host), newTokensRegenerate(host), newTokensSuspend(host),
		newTokensResume(host), newTokensDelete(host))
	return command
}

// tokenError adds the exit code to an error of a TokenService.
func tokenError(err error) error {
	switch {
	case errors.Is(err, transfertoken.ErrInvalid):
		return cli.Usagef("%w", err)
	case errors.Is(err, transfertoken.ErrNameTaken):
		return fmt.Errorf("%w: choose another name, or regenerate that token", err)
	}
	return err
}

type tokensCreateCommand struct {
	host        *Host
	description string
	permissions []string
	lifespan    string
	json        bool
}

func newTokensCreate(host *Host) *cobra.Command {
	c := &tokensCreateCommand{host: host}
	command := &cobra.Command{
		Use:   "create NAME --permissions PERMISSIONS --lifespan LIFESPAN [flags]",
		Short: "Make a token and print its secret, which is never shown again",
		Long: `Create makes a token. Its secret is the only thing that goes to stdout, and it is shown this once:
the backend keeps no secrets.`,
		Example: `  ` + "tokens create laptop --permissions pull --lifespan 7d\n" +
			`  ` + "tokens create ci --permissions push --lifespan 90d >token",
		Args:                  cli.Arguments(1, 1),
		ValidArgsFunction:     cobra.NoFileCompletions,
		DisableFlagsInUseLine: true,
	}
	flags := command.Flags()
	flags.StringSliceVar(&c.permissions, "permissions", nil, "what the token allows: push, pull or full-access")
	flags.StringVar(&c.lifespan, "lifespan", "", "how long it lives: 7d, 30d, 90d or unlimited")
	flags.StringVar(&c.description, "description", "", "a `text` for the list of tokens")
	flags.BoolVar(&c.json, "json", false, "print the token and its secret as JSON")
	cli.Complete(command, "permissions", "push", "pull", "full-access")
	cli.Complete(command, "lifespan", "7d", "30d", "90d", "unlimited")
	return complete(command, c.run)
}

func (c *tokensCreateCommand) run(ctx context.Context, console *cli.Console, args []string) error {
	permissions, err := transfertoken.ParsePermissions(c.permissions...)
	if err != nil {
		return cli.Usagef("--permissions must be push, pull or full-access")
	}
	lifespan, err := parseLifespan(c.lifespan)
	if err != nil {
		return cli.Usagef("--lifespan must be 7d, 30d, 90d or unlimited")
	}
	tokens, err := c.host.Tokens(ctx)
	if err != nil {
		return err
	}
	issued, err := tokens.Create(ctx, transfertoken.NewToken{
		Name: args[0], Description: c.description, Permissions: permissions, Lifespan: lifespan, CreatedBy: userName(),
	})
	if err != nil {
		return tokenError(err)
	}
	return printSecret(console, issued, c.json)
}

// parseLifespan takes days, as in 7d, and the texts of transfertoken.ParseLifespan.
func parseLifespan(text string) (transfertoken.Lifespan, error) {
	for _, lifespan := range []transfertoken.Lifespan{transfertoken.Days7, transfertoken.Days30, transfertoken.Days90} {
		if text == strings.Replace(string(lifespan), " days", "d", 1) {
			return lifespan, nil
		}
	}
	return transfertoken.ParseLifespan(text)
}

// userName returns who runs the program, for the list of tokens, or "".
func userName() string {
	person, err := user.Current()
	if err != nil {
		return ""
	}
	return person.Username
}

// printSecret prints a secret on stdout, and nothing else there, so that it can be piped.
func printSecret(console *cli.Console, issued transfertoken.Issued, asJSON bool) error {
	expiry := "it does not expire"
	if end := issued.Token.ExpiresAt; !end.IsZero() {
		expiry = "it expires on " + end.Format(timeLayout)
	}
	console.Notef("token %q allows %s; %s", issued.Token.Name, issued.Token.Permissions, expiry)
	if issued.Token.Suspended {
		console.Notef("it is suspended, and refused until it is resumed")
	}
	console.Notef("its secret is shown only now:")
	var err error
	if asJSON {
		err = console.JSON(struct {
			Token  transfertoken.Token `json:"token"`
			Secret string              `json:"secret"`
		}{issued.Token, issued.Secret.Reveal()})
	} else {
		_, err = fmt.Fprintln(console.Out, issued.Secret.Reveal())
	}
	if err != nil {
		return fmt.Errorf("the token has a new secret, and it could not be written: regenerate the token: %w", err)
	}
	return nil
}
