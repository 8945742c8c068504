package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
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

// statusError is what the backend said instead of yes.
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
