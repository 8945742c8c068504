package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// client transfers files to and from the backend with one token.
type client struct {
	url    string
	secret string
	http   *http.Client
}

func newClient(url, secret string) *client {
	return &client{url: url, secret: secret, http: &http.Client{Timeout: 10 * time.Minute}}
}

// statusError is the answer of a backend that refused a request.
type statusError struct {
	status    int
	message   string
	challenge string // the header WWW-Authenticate
}

func (e *statusError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

func (c *client) pushFile(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return c.push(ctx, file)
}

func (c *client) push(ctx context.Context, content io.Reader) error {
	response, err := c.do(ctx, http.MethodPost, "/push", content)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (c *client) pullFile(ctx context.Context, path string) error {
	response, err := c.do(ctx, http.MethodGet, "/pull", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return save(path, response.Body)
}

func (c *client) do(ctx context.Context, method, path string, content io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, content)
	if err != nil {
		return nil, err
	}
	if c.secret != "" {
		request.Header.Set("Authorization", "Bearer "+c.secret)
	}
	if content != nil {
		request.Header.Set("Expect", "100-continue") // send nothing to a backend that refuses
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		defer response.Body.Close()
		var body struct{ Error struct{ Message string } }
		if err := json.NewDecoder(io.LimitReader(response.Body, 4096)).Decode(&body); err != nil {
			return nil, fmt.Errorf("%s: %w", response.Status, err)
		}
		return nil, &statusError{response.StatusCode, body.Error.Message, response.Header.Get("WWW-Authenticate")}
	}
	return response, nil
}

// save writes all of content to path, or does not change path.
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

// checksum returns the SHA-256 of a file in hex.
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

// writeArticles writes a file of some megabytes.
func writeArticles(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	for i := range 20_000 {
		fmt.Fprintf(buffered,
			`{"id":%d,"title":"Article %d","text":"What is to be said about the number %d, and it squared: %d."}`+"\n", i, i, i,
			i*i)
	}
	return errors.Join(buffered.Flush(), file.Close())
}
