package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

// runProgram runs the server as its own process, which has to end by itself.
func runProgram(t *testing.T, stdin string, env []string, args ...string) (status int, out string) {
	t.Helper()
	program := exec.CommandContext(t.Context(), os.Args[0], args...)
	program.Env = append([]string{"SERVER_AS_PROGRAM=1"}, env...)
	program.Stdin = strings.NewReader(stdin)
	text, err := program.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return program.ProcessState.ExitCode(), string(text)
}

func TestHashPassword(t *testing.T) {
	for _, input := range []string{password, password + "\r\n"} {
		status, hash := runProgram(t, input, nil, "hash-password")
		require.Equal(t, 0, status, hash)
		require.NoError(t, bcrypt.CompareHashAndPassword([]byte(strings.TrimSuffix(hash, "\n")), []byte(password)))
	}
	for _, input := range []string{"", "\n", "short", "two\nlines, both long", "with\x00NUL in it",
		strings.Repeat("x", 73)} {
		status, message := runProgram(t, input, nil, "hash-password")
		require.Equal(t, 1, status, "%q", input)
		require.Equal(t, "server: a password is one line of 8 to 72 bytes\n", message)
	}
}

func TestMisconfiguredServerDoesNotStart(t *testing.T) {
	cfg := newConfig(t)
	hash := "ADMIN_PASSWORD_HASH=" + string(cfg.PasswordHash)
	salt := "TRANSFER_TOKEN_SALT=" + string(cfg.Salt)
	for _, c := range []struct {
		env     []string
		args    []string
		message string
	}{
		{[]string{hash, "TRANSFER_TOKEN_SALT=too short"}, nil, "TRANSFER_TOKEN_SALT: transfertoken: weak salt"},
		{[]string{}, nil, "ADMIN_PASSWORD_HASH must be set"},
		{[]string{"ADMIN_PASSWORD_HASH=" + password}, nil, "ADMIN_PASSWORD_HASH must be set"},
		{[]string{hash}, []string{"more"}, `unexpected argument "more"`},
		{[]string{hash}, []string{"-admin", ""}, "must not be empty"},
		{[]string{hash}, []string{"-tls-cert", "cert.pem"}, "go together"},
		{[]string{hash}, []string{"-unknown"}, "not defined"},
		{[]string{hash, salt}, []string{"-token-file", "missing"}, "-token-file: open missing: "},
		{[]string{hash, salt}, []string{"-token-file", "main.go"}, "main.go: transfertoken: invalid: secret is too long"},
		{[]string{hash}, []string{"-origin", "https://example.com/app"}, "-origin: "},
		{[]string{hash}, []string{"-addr", "127.0.0.1:-1"}, "invalid port"},
	} {
		args := append([]string{"-addr", "127.0.0.1:0", "-data", t.TempDir()}, c.args...)
		status, out := runProgram(t, "", c.env, args...)
		require.NotZero(t, status, out)
		require.Contains(t, out, c.message)
		require.NotContains(t, out, "too short")
		require.NotContains(t, out, password)
	}
}

func TestConfigShowsNoSecret(t *testing.T) {
	cfg := newConfig(t)
	cfg.OtherSalt = cfg.Salt
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", cfg)
		fmt.Fprintf(&out, verb+"\n", &cfg)
	}
	require.NotContains(t, out.String(), string(cfg.Salt))
	require.NotContains(t, out.String(), string(cfg.PasswordHash))
	require.NotContains(t, out.String(), fmt.Sprintf("%x", string(cfg.PasswordHash)))
}
