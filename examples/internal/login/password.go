package login

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	minPassword = 8
	maxPassword = 72 // bcrypt does not see what comes after
)

// HashPassword reads a password, to the end of in, and prints its hash.
func HashPassword(in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(io.LimitReader(in, 4096))
	if err != nil {
		return err
	}
	password := bytes.TrimRight(text, "\r\n")
	if len(password) < minPassword || len(password) > maxPassword || bytes.ContainsAny(password, "\x00\r\n") {
		return fmt.Errorf("a password is one line of %d to %d bytes", minPassword, maxPassword)
	}
	hash, err := bcrypt.GenerateFromPassword(password, bcrypt.DefaultCost)
	if err != nil {
		return errors.New("the password cannot be hashed")
	}
	_, err = fmt.Fprintf(out, "%s\n", hash)
	return err
}

// A PasswordHash is an output of HashPassword. No verb of fmt shows it.
type PasswordHash string

// Format writes nothing of the hash.
func (PasswordHash) Format(s fmt.State, _ rune) { io.WriteString(s, "[REDACTED]") }

// Valid reports whether h is the hash of a password.
func (h PasswordHash) Valid() bool {
	_, err := bcrypt.Cost([]byte(h))
	return err == nil
}

// matches takes as long for an unknown name as for a known one.
func (o Options) matches(name, password string) bool {
	wrong := bcrypt.CompareHashAndPassword([]byte(o.PasswordHash), []byte(password)) != nil
	known := subtle.ConstantTimeCompare([]byte(name), []byte(o.Admin)) == 1
	// bcrypt repeats the password with a NUL in between, and ignores what is too long.
	return !wrong && known && len(password) <= maxPassword && !strings.Contains(password, "\x00")
}
