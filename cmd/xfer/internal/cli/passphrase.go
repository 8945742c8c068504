package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/spf13/pflag"
)

// PassphraseFlags are a flag with a passphrase, a flag with a file that has one, and a variable of the environment. The
// flags win over the variable.
type PassphraseFlags struct {
	name   string // of the flag; the other one has "-file" behind it
	env    string
	values []string
	files  []string
	found  []string // by given, which reads a pipe only once
	read   bool
}

// Register adds the two flags. Shorthand may be "", and purpose completes "passphrase …".
func (p *PassphraseFlags) Register(flags *pflag.FlagSet, name, shorthand, env, purpose string) {
	p.name, p.env = name, env
	flags.StringArrayVarP(&p.values, name, shorthand, nil,
		"`passphrase` "+purpose+" (others can see it in the process list)")
	flags.StringArrayVar(&p.files, name+"-file", nil,
		"`file` whose first line is the passphrase "+purpose+" (- is stdin)")
}

// given returns the passphrases that flags, files and the environment name.
func (p *PassphraseFlags) given(c *Console) ([]string, error) {
	if p.read {
		return p.found, nil
	}
	for _, value := range p.values {
		if value == "" {
			return nil, Usagef("--%s is empty", p.name)
		}
	}
	if len(p.values) > 0 {
		c.Warnf("others on this machine can see --%[1]s in the process list; --%[1]s-file and %[2]s are safer", p.name, p.env)
	}
	found := slices.Clone(p.values)
	for _, name := range p.files {
		passphrase, err := readPassphrase(c, name)
		if err != nil {
			return nil, Usagef("--%s-file: %w", p.name, err)
		}
		found = append(found, passphrase)
	}
	if value := c.Env(p.env); len(found) == 0 && value != "" {
		found = append(found, value)
	}
	p.found, p.read = found, true
	return found, nil
}

// hint says how to answer the question for this passphrase without a terminal.
func (p *PassphraseFlags) hint() string {
	return fmt.Sprintf("give --%s-file FILE, or set %s", p.name, p.env)
}

const maxPassphrase = 64 << 10

// readPassphrase returns the first line of a file, or of standard input if name is "-".
func readPassphrase(c *Console, name string) (string, error) {
	stream := c.In
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer file.Close()
		stream = file
	}
	line, err := bufio.NewReader(io.LimitReader(stream, maxPassphrase)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", fmt.Errorf("%s has no passphrase in its first line", name)
	}
	return line, nil
}

// NewPassphrase returns the passphrase that a new archive gets: the given one, or one that is asked for twice.
func (p *PassphraseFlags) NewPassphrase(ctx context.Context, c *Console, archive string) (string, error) {
	found, err := p.given(c)
	switch {
	case err != nil:
		return "", err
	case len(found) > 1:
		return "", Usagef("a new archive has one passphrase: give one --%s or --%s-file", p.name, p.name)
	case len(found) == 1:
		return found[0], nil
	}
	refusal := archive + " needs a passphrase, and there is no terminal to ask for it: " +
		p.hint() + ", or --recipient, or --no-encrypt"
	first, err := c.secret(ctx, "New passphrase for "+archive, refusal)
	if err != nil {
		return "", err
	}
	if first == "" {
		return "", Usagef("the passphrase is empty: nothing was done")
	}
	second, err := c.secret(ctx, "The same again", refusal)
	if err != nil {
		return "", err
	}
	if first != second {
		return "", Usagef("the two passphrases differ: nothing was done")
	}
	return first, nil
}

// IsFlagged reports whether a flag names a passphrase.
func (p *PassphraseFlags) IsFlagged() bool { return len(p.values) > 0 || len(p.files) > 0 }

// IsGiven reports whether a flag or the environment names a passphrase.
func (p *PassphraseFlags) IsGiven(c *Console) bool { return p.IsFlagged() || c.Env(p.env) != "" }

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
