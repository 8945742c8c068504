package hostcmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
)

const timeLayout = "2006-01-02 15:04 MST"

type tokensListCommand struct {
	host *Host
	json bool
}

func newTokensList(host *Host) *cobra.Command {
	c := &tokensListCommand{host: host}
	command := &cobra.Command{
		Use:               "list",
		Short:             "List the tokens",
		Args:              cli.Arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().BoolVar(&c.json, "json", false, "print the tokens as JSON")
	return complete(command, c.run)
}

func (c *tokensListCommand) run(ctx context.Context, console *cli.Console, _ []string) error {
	service, err := c.host.Tokens(ctx)
	if err != nil {
		return err
	}
	tokens := []transfertoken.Token{}
	for token, err := range service.All(ctx) {
		if err != nil {
			return err
		}
		tokens = append(tokens, token)
	}
	if c.json {
		return console.JSON(tokens)
	}
	if len(tokens) == 0 {
		console.Notef("there are no tokens")
		return nil
	}
	table := cli.NewTable("name", "permissions", "state", "expires", "last used", "secret", "id")
	now := time.Now()
	for _, token := range tokens {
		table.Add(token.Name, token.Permissions.String(), stateOf(token, now), timeOrNever(token.ExpiresAt),
			timeOrNever(token.LastUsedAt), hintOf(token), token.ID.String())
	}
	console.Print(table)
	return nil
}

func stateOf(token transfertoken.Token, now time.Time) string {
	switch {
	case token.Expired(now):
		return "expired"
	case token.Suspended:
		return "suspended"
	}
	return "active"
}

func timeOrNever(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(timeLayout)
}

// hintOf returns the end of the secret, by which a person recognizes it.
func hintOf(token transfertoken.Token) string {
	if token.Hint == "" {
		return ""
	}
	return "…" + token.Hint
}

// find returns the token with a name or an ID. What a person typed is not repeated in the error: it may be a secret.
func find(ctx context.Context, tokens *transfertoken.TokenService, text string) (transfertoken.Token, error) {
	var found []transfertoken.Token
	for token, err := range tokens.All(ctx) {
		if err != nil {
			return transfertoken.Token{}, err
		}
		if token.Name == text || token.ID.String() == text {
			found = append(found, token)
		}
	}
	switch len(found) {
	case 0:
		return transfertoken.Token{}, errors.New("there is no token with that name or ID: tokens list shows them")
	case 1:
		return found[0], nil
	}
	return transfertoken.Token{}, errors.New("one token has that name, and another that ID: rename the first")
}

// completeExisting completes a command for one token that exists, which its argument names.
func completeExisting(command *cobra.Command, host *Host, run func(
	context.Context, *cli.Console, *transfertoken.TokenService, transfertoken.Token,
) error) *cobra.Command {
	command.Args = cli.Arguments(1, 1)
	command.ValidArgsFunction = cobra.NoFileCompletions
	command.DisableFlagsInUseLine = true
	return complete(command, func(ctx context.Context, console *cli.Console, args []string) error {
		tokens, err := host.Tokens(ctx)
		if err != nil {
			return err
		}
		token, err := find(ctx, tokens, args[0])
		if err != nil {
			return err
		}
		return run(ctx, console, tokens, token)
	})
}

// An existingCommand is a command that asks before it changes one token that exists.
type existingCommand struct {
	force bool
	json  bool
}

func newTokensRegenerate(host *Host) *cobra.Command {
	c := &existingCommand{}
	command := &cobra.Command{
		Use:   "regenerate NAME [flags]",
		Short: "Give a token a new secret and print it; the old one is refused at once",
		Long: `Regenerate gives a token a new secret, and starts its lifespan again. The old secret is refused at
once, also by transfers that are under way. The new one is the only thing that goes to stdout, and
it is shown this once. NAME may be the ID of the token.`,
	}
	command.Flags().BoolVar(&c.force, "force", false, "don't ask")
	command.Flags().BoolVar(&c.json, "json", false, "print the token and its secret as JSON")
	return completeExisting(command, host, c.regenerate)
}

func (c *existingCommand) regenerate(
	ctx context.Context, console *cli.Console, tokens *transfertoken.TokenService, token transfertoken.Token,
) error {
	err := c.confirm(ctx, console, token, "Give token %q a new secret? Whoever uses the old one is refused from then on.")
	if err != nil {
		return err
	}
	issued, err := tokens.Regenerate(ctx, token.ID, token.Revision)
	if err != nil {
		return err
	}
	return printSecret(console, issued, c.json)
}

func newTokensDelete(host *Host) *cobra.Command {
	c := &existingCommand{}
	command := &cobra.Command{
		Use:   "delete NAME [flags]",
		Short: "Delete a token; its secret is refused at once",
		Long: `Delete removes a token. Its secret is refused at once, also by transfers that are under way. NAME
may be the ID of the token.`,
	}
	command.Flags().BoolVar(&c.force, "force", false, "don't ask")
	return completeExisting(command, host, c.delete)
}

func (c *existingCommand) delete(
	ctx context.Context, console *cli.Console, tokens *transfertoken.TokenService, token transfertoken.Token,
) error {
	err := c.confirm(ctx, console, token, "Delete token %q? Whoever uses it is refused from then on.")
	if err != nil {
		return err
	}
	if err := tokens.Delete(ctx, token.ID, token.Revision); err != nil {
		return err
	}
	console.Notef("deleted token %q", token.Name)
	return nil
}

func newTokensSuspend(host *Host) *cobra.Command {
	return newTokensSwitch(host, true, &cobra.Command{
		Use:   "suspend NAME [flags]",
		Short: "Refuse a token until it is resumed; its secret stays",
		Long: `Suspend lets the secret of a token be refused at once, also by transfers that are under way. Resume
lets it be accepted again. NAME may be the ID of the token.`,
	})
}

func newTokensResume(host *Host) *cobra.Command {
	return newTokensSwitch(host, false, &cobra.Command{
		Use:   "resume NAME [flags]",
		Short: "Accept a token again that was suspended",
		Long:  `Resume lets the secret of a suspended token be accepted again. NAME may be the ID of the token.`,
	})
}

// newTokensSwitch adds to command what suspend and resume have in common. Neither asks, because the other one undoes
// it.
func newTokensSwitch(host *Host, suspended bool, command *cobra.Command) *cobra.Command {
	return completeExisting(command, host, func(
		ctx context.Context, console *cli.Console, tokens *transfertoken.TokenService, token transfertoken.Token,
	) error {
		token, err := tokens.Update(ctx, token.ID, transfertoken.Changes{Suspended: &suspended})
		if err != nil {
			return err
		}
		console.Notef("token %q is %s", token.Name, stateOf(token, time.Now()))
		return nil
	})
}

// confirm asks before a token is changed. question has a place for its name.
func (c *existingCommand) confirm(
	ctx context.Context, console *cli.Console, token transfertoken.Token, question string,
) error {
	if c.force {
		return nil
	}
	return console.Confirm(ctx, fmt.Sprintf(question, token.Name), "there is no terminal to ask: give --force to do it")
}
