// Instance is a small blog whose data can be moved: its program exports, imports and
// transfers it, and its server is a remote end for Strapi's command line, for xfer and
// for other instances. All of that is authorized by transfer tokens.
//
//	instance serve | seed | contents | export | import | transfer | tokens | hash-password
//
// Secrets are read from TRANSFER_TOKEN_SALT and ADMIN_PASSWORD_HASH. The README walks
// through it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/seed-39e76d91/transfertoken/examples/internal/blog"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
)

func main() {
	p := &program{cfg: backend.FromEnvironment(os.Getenv)}
	code := hostcmd.Run(context.Background(), p.commands())
	if err := p.close(); err != nil {
		fmt.Fprintln(os.Stderr, "instance:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// program holds the state that the commands share.
type program struct {
	cfg     backend.Config
	content *blog.Blog      // nil: it was not needed yet
	tokens  *backend.Tokens // nil as well
}

func (p *program) close() (err error) {
	if p.content != nil {
		err = p.content.Close()
	}
	if p.tokens != nil {
		err = errors.Join(err, p.tokens.Close())
	}
	return err
}

func (p *program) commands() *cobra.Command {
	root := &cobra.Command{
		Use:           "instance",
		Short:         "A blog whose data can be moved",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	data, server := flag.NewFlagSet("", flag.ContinueOnError), flag.NewFlagSet("", flag.ContinueOnError)
	p.cfg.AddDataFlag(data)
	p.cfg.AddServerFlags(server)
	root.PersistentFlags().AddGoFlagSet(data)
	serve := command("serve", "Serve the blog, its tokens and its transfers", p.serve)
	serve.Flags().AddGoFlagSet(server)
	root.AddCommand(serve,
		command("seed", "Fill an empty blog with articles and pictures", p.seed),
		command("contents", "Count what the blog has, and print a checksum of all of it", p.contents),
		command("hash-password", "Print the hash of the password on standard input", func(cmd *cobra.Command) error {
			return login.HashPassword(cmd.InOrStdin(), cmd.OutOrStdout())
		}),
	)
	root.AddCommand(hostcmd.New(hostcmd.Host{
		Source:      p.source,
		Destination: p.destination,
		Tokens:      p.openTokens,
	})...)
	return root
}

func command(use, short string, run func(*cobra.Command) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return run(cmd)
	}}
}

func (p *program) serve(cmd *cobra.Command) error {
	if err := p.cfg.Check("instance"); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.cfg.Addr)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal ends the program at once
	return serve(ctx, p.cfg, listener, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
}

func (p *program) seed(cmd *cobra.Command) (err error) {
	if p.content, err = blog.Open(cmd.Context(), p.cfg.Data); err != nil {
		return err
	}
	if err := p.content.Seed(cmd.Context()); err != nil {
		return err
	}
	return p.contents(cmd)
}

func (p *program) contents(cmd *cobra.Command) error {
	content, err := p.open(cmd.Context())
	if err != nil {
		return err
	}
	sum, err := content.Contents(cmd.Context())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), sum)
	return err
}

// open opens the blog. Unlike serve and seed it makes none, so that an export from the
// wrong folder fails.
func (p *program) open(ctx context.Context) (_ *blog.Blog, err error) {
	if p.content != nil {
		return p.content, nil
	}
	if _, err := os.Stat(filepath.Join(p.cfg.Data, blog.FileName)); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no blog in %s: serve or seed makes one", p.cfg.Data)
	}
	p.content, err = blog.Open(ctx, p.cfg.Data)
	return p.content, err
}

func (p *program) source(ctx context.Context) (datatransfer.Source, error) {
	content, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return content.Data.Source(ctx)
}

func (p *program) destination(ctx context.Context) (datatransfer.Destination, error) {
	content, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return content.Data.Destination(ctx)
}

func (p *program) openTokens(ctx context.Context) (*transfertoken.TokenService, error) {
	warnings := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var err error
	if p.tokens, err = backend.OpenTokens(ctx, p.cfg, warnings); err != nil {
		return nil, err
	}
	return p.tokens.Service, nil
}
