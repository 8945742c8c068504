package main

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

// hashPassword reads a password, to the end of in, and prints its hash.
func hashPassword(in io.Reader, out io.Writer) error {
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

type passwordHash string

func (passwordHash) Format(s fmt.State, _ rune) { io.WriteString(s, "[REDACTED]") }

// checkPassword takes as long for a name that nobody has.
func (c config) checkPassword(name, password string) bool {
	wrong := bcrypt.CompareHashAndPassword([]byte(c.PasswordHash), []byte(password)) != nil
	known := subtle.ConstantTimeCompare([]byte(name), []byte(c.Admin)) == 1
	// bcrypt repeats the password with a NUL in between, and ignores what is too long.
	return !wrong && known && len(password) <= maxPassword && !strings.Contains(password, "\x00")
}
