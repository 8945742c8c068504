// Server is a backend with transfer tokens, made to be copied from. It keeps the
// tokens in a SQLite file, manages them on a page and by a REST API behind a
// login, and lets files be pushed to it and pulled from it.
//
//	server [flags]
//	server hash-password <password
//
// The salt is read from TRANSFER_TOKEN_SALT, and the output of hash-password from
// ADMIN_PASSWORD_HASH. The README walks through it with curl.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "hash-password" {
		exitOn(login.HashPassword(os.Stdin, os.Stdout))
		return
	}
	cfg, err := configure(os.Args[1:], os.Getenv)
	exitOn(err)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal ends the program at once
	exitOn(run(ctx, cfg, slog.New(slog.NewTextHandler(os.Stderr, nil))))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg config, logger *slog.Logger) error {
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	return serve(ctx, cfg, listener, logger)
}

// config has exported fields, because fmt shows a Salt in an unexported one.
type config struct {
	backend.Config
	Files fileLimits
}

// fileLimits are part of the config, so that tests need not wait.
type fileLimits struct {
	Stall time.Duration // in which a transfer has to make progress
	Push  int64
}

var usualFileLimits = fileLimits{Stall: 30 * time.Second, Push: 1 << 30}

func configure(args []string, getenv func(string) string) (config, error) {
	cfg := config{backend.FromEnvironment(getenv), usualFileLimits}
	flags := flag.NewFlagSet("server", flag.ExitOnError)
	cfg.AddDataFlag(flags)
	cfg.AddServerFlags(flags)
	flags.Parse(args)
	if flags.NArg() > 0 {
		return config{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return cfg, cfg.Check("server")
}
