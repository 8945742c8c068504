package cli

import (
	"context"
	"os"
	"slices"

	"filippo.io/age"
	"github.com/spf13/pflag"
)

// UnlockFlags say how to open encrypted archives. If there are several passphrases, each is tried.
type UnlockFlags struct {
	PassphraseFlags
	identityFiles []string
	worked        []string // passphrases that opened an archive of this run
}

// Register adds the flags.
func (u *UnlockFlags) Register(flags *pflag.FlagSet) {
	u.PassphraseFlags.Register(flags, "key", "k", "XFER_KEY", "of the archive")
	flags.StringArrayVarP(&u.identityFiles, "identity", "i", nil,
		"`file` with age identities (AGE-SECRET-KEY-1…) that open the archive")
}

// Identities reads the identity files.
func (u *UnlockFlags) Identities() ([]age.Identity, error) {
	var identities []age.Identity
	for _, name := range u.identityFiles {
		file, err := os.Open(name)
		if err != nil {
			return nil, Usagef("--identity: %w", err)
		}
		found, err := age.ParseIdentities(file)
		file.Close()
		if err != nil {
			return nil, Usagef("--identity %s: %w", name, err)
		}
		identities = append(identities, found...)
	}
	return identities, nil
}

const maxAttempts = 3 // how often a person is asked for the passphrase of one archive

// Passphrases hands out the passphrases to try for one archive: given ones, then those that opened another archive of
// this run, then typed ones. A person is asked only if no passphrase was given.
type Passphrases struct {
	flags   *UnlockFlags
	console *Console
	archive string
	ready   []string
	given   bool
	loaded  bool
	asked   int
	used    string // "" if none was needed
	handed  bool   // since the last call of Again
}

// For returns the passphrases to try for an archive.
func (u *UnlockFlags) For(c *Console, archive string) *Passphrases {
	return &Passphrases{flags: u, console: c, archive: archive}
}

// Next returns the next passphrase to try.
func (p *Passphrases) Next(ctx context.Context) (string, error) {
	if err := p.load(); err != nil {
		return "", err
	}
	p.handed = true
	if len(p.ready) > 0 {
		p.used, p.ready = p.ready[0], p.ready[1:]
		return p.used, nil
	}
	p.asked++
	typed, err := p.console.secret(ctx, "Passphrase of "+p.archive,
		p.archive+" is encrypted, and there is no terminal to ask for the passphrase: "+p.flags.hint())
	p.used = typed
	return typed, err
}

func (p *Passphrases) load() error {
	if p.loaded {
		return nil
	}
	found, err := p.flags.given(p.console)
	if err != nil {
		return err
	}
	p.loaded, p.given = true, len(found) > 0
	p.ready = found
	for _, passphrase := range p.flags.worked {
		if !slices.Contains(p.ready, passphrase) {
			p.ready = append(p.ready, passphrase)
		}
	}
	return nil
}

// Again reports whether there is another passphrase to try after the last one was wrong.
func (p *Passphrases) Again() bool {
	if !p.handed { // none was wanted, so another one changes nothing
		return false
	}
	p.handed = false
	if len(p.ready) > 0 {
		return true
	}
	if p.given || !p.console.Interactive() || p.asked >= maxAttempts {
		return false
	}
	if p.asked > 0 {
		p.console.Notef("that passphrase does not open %s", p.archive)
	}
	return true
}

// Opened says that the last passphrase was right, and returns it: "" if none was needed.
func (p *Passphrases) Opened() string {
	if p.used != "" && !slices.Contains(p.flags.worked, p.used) {
		p.flags.worked = append(p.flags.worked, p.used)
	}
	return p.used
}
