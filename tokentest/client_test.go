package tokentest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// client is a transfer client as small as one can be, and under test here.
type client struct {
	http   *http.Client
	url    string
	secret string
}

// refusal is an answer that is not what the client hoped for.
type refusal struct {
	status    int
	challenge string
}

func (r *refusal) Error() string {
	switch {
	case strings.Contains(r.challenge, `error_description="Token expired"`):
		return "the token has expired: ask for a new one"
	case strings.Contains(r.challenge, `error_description="Token suspended"`):
		return "the token is suspended: ask its administrator"
	case r.status == http.StatusUnauthorized:
		return "the token is no good: check it"
	case r.status == http.StatusForbidden:
		return "the token is not for this direction"
	case r.status == http.StatusNotImplemented:
		return "the remote end takes no transfers"
	}
	return fmt.Sprintf("the remote end answered %d: try again later", r.status)
}

func (c *client) push(ctx context.Context, data []byte) error {
	_, err := c.do(ctx, "POST", "/push", bytes.NewReader(data), http.StatusNoContent)
	return err
}

func (c *client) pull(ctx context.Context) ([]byte, error) {
	return c.do(ctx, "GET", "/pull", nil, http.StatusOK)
}

func (c *client) do(ctx context.Context, method, path string, body io.Reader, want int) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.secret)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != want {
		return nil, &refusal{res.StatusCode, res.Header.Get("WWW-Authenticate")}
	}
	return io.ReadAll(res.Body)
}
