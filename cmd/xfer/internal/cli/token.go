package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// TokenFlags are a flag with a transfer token, a flag with a file that has one, and variables
// of the environment. The flags win over the variables.
type TokenFlags struct {
	name  string // of the flag; the other one has "-file" behind it
	env   []string
	flags *pflag.FlagSet // nil: not registered
	value string
	file  string
}

// Register adds the two flags. Purpose completes "transfer token …", and env names the
// variables, the first of which wins.
func (f *TokenFlags) Register(flags *pflag.FlagSet, name, purpose string, env ...string) {
	f.name, f.env, f.flags = name, env, flags
	flags.StringVar(&f.value, name, "", "transfer `token` "+purpose+" (others can see it in the process list)")
	flags.StringVar(&f.file, name+"-file", "", "`file` whose first line is the transfer token "+purpose+" (- is stdin)")
}

// IsFlagged reports whether one of the flags was given.
func (f *TokenFlags) IsFlagged() bool { return f.isGiven(f.name) || f.isGiven(f.name+"-file") }

func (f *TokenFlags) isGiven(flag string) bool { return f.flags != nil && f.flags.Changed(flag) }

// Token returns the token for a remote, and asks for it if nothing names it. It looks for it in the variables of
// Register and then in those of moreEnv.
func (f *TokenFlags) Token(ctx context.Context, c *Console, remote string, moreEnv ...string) (string, error) {
	switch {
	case f.isGiven(f.name) && f.isGiven(f.name+"-file"):
		return "", Usagef("give --%s or --%s-file, not both", f.name, f.name)
	case f.isGiven(f.name) && strings.TrimSpace(f.value) == "": // a variable that is not set
		return "", Usagef("--%s is empty", f.name)
	case f.isGiven(f.name):
		c.Warnf("others on this machine can see --%s in the process list; --%s-file and %s are safer",
			f.name, f.name, f.env[0])
		return strings.TrimSpace(f.value), nil
	case f.isGiven(f.name + "-file"):
		token, err := readPassphrase(c, f.file)
		if err != nil {
			return "", Usagef("--%s-file: %w", f.name, err)
		}
		return strings.TrimSpace(token), nil
	}
	for _, name := range slices.Concat(f.env, moreEnv) {
		if value := strings.TrimSpace(c.Env(name)); value != "" {
			return value, nil
		}
	}
	token, err := c.secret(ctx, "Transfer token for "+remote, fmt.Sprintf(
		"%s needs a transfer token, and there is no terminal to ask for it: give --%s-file FILE, or set %s",
		remote, f.name, f.env[0]))
	if err == nil && strings.TrimSpace(token) == "" {
		err = Usagef("the token is empty: nothing was done")
	}
	return strings.TrimSpace(token), err
}
