package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// save writes all of content to path, or leaves path as it was.
func save(path string, content io.Reader) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".incoming-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = io.Copy(file, content)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// checksum is the SHA-256 of a file in hex.
func checksum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// writeArticles makes a file that is worth transferring.
func writeArticles(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	for i := range 20_000 {
		fmt.Fprintf(buffered, `{"id":%d,"title":"Article %d","text":"What is to be said about the number %d, and it squared: %d."}`+"\n", i, i, i, i*i)
	}
	return errors.Join(buffered.Flush(), file.Close())
}
