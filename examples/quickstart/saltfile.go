package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

const saltVariable = "TRANSFER_TOKEN_SALT"

func (s *story) saltFile() string { return filepath.Join(s.keep, "salt") }

// configuredSalt returns the salt of the environment, or else that of the file, and
// the name of the variable or the file. Without either it fails with
// fs.ErrNotExist.
func (s *story) configuredSalt() (salt transfertoken.Salt, place string, err error) {
	if salt := s.getenv(saltVariable); salt != "" {
		return transfertoken.Salt(salt), saltVariable, nil
	}
	salt, err = readSalt(s.saltFile())
	return salt, s.saltFile(), err
}

// readSalt reads a file of createSalt. It refuses an empty salt, with which New would
// turn transfer tokens off. New refuses a weak one.
func readSalt(path string) (transfertoken.Salt, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if mode := info.Mode(); mode.IsRegular() && mode&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("%s is open to others (mode %#o): chmod 600 it, and replace the salt if they may have read it",
			path, mode.Perm())
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return "", err
	}
	salt := strings.TrimRight(string(content), "\r\n")
	if salt == "" {
		return "", fmt.Errorf("%s is empty: put the salt into it, or delete it to get a new one", path)
	}
	return transfertoken.Salt(salt), nil
}

// createSalt writes a new file. It fails if there is one.
func createSalt(path string, salt transfertoken.Salt) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(string(salt) + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
