// Server is a backend with transfer tokens, made to be copied from. It keeps the
// tokens in a SQLite file, manages them on a page and by a REST API behind a
// login, and lets files be pushed to it and pulled from it.
//
//	server [flags]
//	server hash-password <password
//
// The salt is read from TRANSFER_TOKEN_SALT, and what hash-password printed from
// ADMIN_PASSWORD_HASH. The README walks through it with curl.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "hash-password" {
		exitOn(hashPassword(os.Stdin, os.Stdout))
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
