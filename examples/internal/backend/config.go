// Package backend has the parts that the example backends share: their configuration,
// the tokens in a SQLite file, their management behind a login, the audit log, and an
// HTTP server that starts and ends in order.
//
// Files: config.go, tokens.go, configured.go, manage.go, audit.go, serve.go.
package backend

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
)

// Config has exported fields, because fmt shows a Salt in an unexported one.
type Config struct {
	Addr      string
	Data      string
	Cert, Key string
	Proxied   bool
	Origin    string // as browsers see it; "": the Host of a request

	Salt      transfertoken.Salt
	OtherSalt transfertoken.Salt // the former or the next one, while the salt is replaced
	TokenFile string             // holds the secret of a token that comes from the configuration; "": none

	Admin        string
	PasswordHash login.PasswordHash

	Limits Limits
}

// Limits are part of the config, so that tests need not wait.
type Limits struct {
	Request    time.Duration // for a request that is not a transfer
	Recheck    time.Duration // between two rechecks of the token of a transfer
	Grace      time.Duration // for transfers under way when the program has to end
	PurgeEvery time.Duration
}

// UsualLimits are those of a program.
var UsualLimits = Limits{
	Request:    30 * time.Second,
	Recheck:    15 * time.Second,
	Grace:      20 * time.Second,
	PurgeEvery: time.Hour,
}

// FromEnvironment returns a Config with the secrets that getenv has. They are taken
// from the environment, because everyone on the machine can read flags.
func FromEnvironment(getenv func(string) string) Config {
	return Config{
		Salt:         transfertoken.Salt(getenv("TRANSFER_TOKEN_SALT")),
		OtherSalt:    transfertoken.Salt(getenv("TRANSFER_TOKEN_OTHER_SALT")),
		PasswordHash: login.PasswordHash(getenv("ADMIN_PASSWORD_HASH")),
		Limits:       UsualLimits,
	}
}

// AddServerFlags adds the flags of a server.
func (c *Config) AddServerFlags(flags *flag.FlagSet) {
	flags.StringVar(&c.Addr, "addr", "127.0.0.1:8080", "listen on `HOST:PORT`")
	flags.StringVar(&c.Cert, "tls-cert", "", "serve over TLS with the certificate in `FILE`")
	flags.StringVar(&c.Key, "tls-key", "", "and with its key in `FILE`")
	flags.BoolVar(&c.Proxied, "behind-tls", false, "a proxy in front serves over TLS")
	flags.StringVar(&c.Origin, "origin", "",
		"browsers reach the server at `ORIGIN`, such as https://example.com, and a proxy in front changes Host")
	flags.StringVar(&c.TokenFile, "token-file", "", "make a token that pushes and pulls, with the secret in `FILE`")
	flags.StringVar(&c.Admin, "admin", "admin", "the `NAME` that logs in")
}

// AddDataFlag adds the flag that every command needs.
func (c *Config) AddDataFlag(flags *flag.FlagSet) {
	flags.StringVar(&c.Data, "data", "data", "keep tokens and files in `DIR`, which is made if it is missing")
}

// Check returns what is wrong with the configuration of a server. program is its name.
func (c *Config) Check(program string) error {
	switch {
	case c.Data == "" || c.Admin == "":
		return errors.New("-data and -admin must not be empty")
	case (c.Cert == "") != (c.Key == ""):
		return errors.New("-tls-cert and -tls-key go together")
	}
	if err := http.NewCrossOriginProtection().AddTrustedOrigin(c.Origin); c.Origin != "" && err != nil {
		return fmt.Errorf("-origin: %w", err)
	}
	if !c.PasswordHash.Valid() {
		return fmt.Errorf("ADMIN_PASSWORD_HASH must be set to what `%s hash-password` prints", program)
	}
	return nil
}

func (c *Config) secureCookies() bool { return c.Cert != "" || c.Proxied }

// trustedOrigins returns the origins of pages that may write although they are not
// at the Host of the request.
func (c *Config) trustedOrigins() []string {
	if c.Origin == "" {
		return nil
	}
	return []string{c.Origin}
}
