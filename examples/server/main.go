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
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/seed-39e76d91/transfertoken"
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

// config has exported fields, because fmt shows a Salt in an unexported one.
type config struct {
	Addr      string
	Data      string
	Cert, Key string
	Proxied   bool
	Origin    string // as browsers see it; "": the Host of a request

	Salt      transfertoken.Salt
	OtherSalt transfertoken.Salt // the former or the next one, while the salt is replaced

	Admin        string
	PasswordHash passwordHash

	Limits limits
}

// limits are part of the config, so that tests need not wait.
type limits struct {
	Request    time.Duration // for a request that is not a transfer
	Stall      time.Duration // in which a transfer has to make progress
	Recheck    time.Duration // between two rechecks of the token of a transfer
	Grace      time.Duration // for transfers under way when the program has to end
	PurgeEvery time.Duration
	Push       int64
}

var usualLimits = limits{
	Request:    30 * time.Second,
	Stall:      30 * time.Second,
	Recheck:    15 * time.Second,
	Grace:      20 * time.Second,
	PurgeEvery: time.Hour,
	Push:       1 << 30,
}

// configure takes secrets from the environment, because everyone on the machine can
// read flags.
func configure(args []string, getenv func(string) string) (config, error) {
	cfg := config{
		Salt:         transfertoken.Salt(getenv("TRANSFER_TOKEN_SALT")),
		OtherSalt:    transfertoken.Salt(getenv("TRANSFER_TOKEN_OTHER_SALT")),
		PasswordHash: passwordHash(getenv("ADMIN_PASSWORD_HASH")),
		Limits:       usualLimits,
	}
	flags := flag.NewFlagSet("server", flag.ExitOnError)
	flags.StringVar(&cfg.Addr, "addr", "127.0.0.1:8080", "listen on `HOST:PORT`")
	flags.StringVar(&cfg.Data, "data", "data", "keep tokens and files in `DIR`, which is made if it is missing")
	flags.StringVar(&cfg.Cert, "tls-cert", "", "serve over TLS with the certificate in `FILE`")
	flags.StringVar(&cfg.Key, "tls-key", "", "and with its key in `FILE`")
	flags.BoolVar(&cfg.Proxied, "behind-tls", false, "a proxy in front serves over TLS")
	flags.StringVar(&cfg.Origin, "origin", "",
		"browsers reach the server at `ORIGIN`, such as https://example.com, and a proxy in front changes Host")
	flags.StringVar(&cfg.Admin, "admin", "admin", "the `NAME` that logs in")
	flags.Parse(args)
	switch {
	case flags.NArg() > 0:
		return config{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case cfg.Data == "" || cfg.Admin == "":
		return config{}, errors.New("-data and -admin must not be empty")
	case (cfg.Cert == "") != (cfg.Key == ""):
		return config{}, errors.New("-tls-cert and -tls-key go together")
	}
	if err := http.NewCrossOriginProtection().AddTrustedOrigin(cfg.Origin); cfg.Origin != "" && err != nil {
		return config{}, fmt.Errorf("-origin: %w", err)
	}
	if _, err := bcrypt.Cost([]byte(cfg.PasswordHash)); err != nil {
		return config{}, errors.New("ADMIN_PASSWORD_HASH must be set to what `server hash-password` prints")
	}
	return cfg, nil
}

func (c config) secureCookies() bool { return c.Cert != "" || c.Proxied }

// trustedOrigins returns the origins of pages that may write although they are not
// at the Host of the request.
func (c config) trustedOrigins() []string {
	if c.Origin == "" {
		return nil
	}
	return []string{c.Origin}
}
