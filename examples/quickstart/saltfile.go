package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// readSalt reads what createSalt wrote. Whether the salt is any good is for New to
// say, except that an empty one would turn transfer tokens off.
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
		return "", fmt.Errorf("%s is open to others (mode %#o): chmod 600 it, and replace the salt if they may have read it", path, mode.Perm())
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

// createSalt fails if the file is there, whoever made it.
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
