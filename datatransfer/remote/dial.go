package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// Options are the options of [Pull], [Push] and [Check]. Nil and the zero value are fine.
type Options struct {
	// HTTPClient makes the handshake, and brings proxy and TLS settings. nil:
	// http.DefaultClient. Its Timeout bounds the handshake alone. Redirects are not followed,
	// whatever it says.
	HTTPClient *http.Client

	// NoChecksums leaves out the checksums of files, which remotes before Strapi 5.43 do not
	// have in any case.
	NoChecksums bool

	// MessageLimit bounds a message of the remote, in bytes. 0: 100 MiB, Strapi's own limit.
	MessageLimit int64

	// MaxRecords and MaxBytes bound a pull, in records and files, and in bytes of all of them.
	// 0: 100 million and 1 TiB.
	MaxRecords, MaxBytes int64

	// Log takes what the remote tells about the transfer. nil: nothing.
	Log *slog.Logger
}

// The limits of Options that are 0.
const (
	defaultMessageLimit = 100 << 20
	defaultMaxRecords   = 100_000_000
	defaultMaxBytes     = 1 << 40
)

// Directions of a transfer, seen from the client.
const (
	directionPull = "pull"
	directionPush = "push"
)

// connect makes the handshake. The address is that of the admin API, as for Strapi's commands.
func connect(ctx context.Context, address, token, direction string, opts *Options) (*session, error) {
	endpoint, err := endpointOf(address, direction)
	if err != nil {
		return nil, err
	}
	if err := checkToken(token); err != nil {
		return nil, err
	}
	if opts == nil {
		opts = &Options{}
	}
	conn, response, err := websocket.Dial(ctx, endpoint.String(), &websocket.DialOptions{
		HTTPClient: withoutRedirects(opts.HTTPClient),
		HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		return nil, handshakeError(ctx, endpoint, response, err)
	}
	limit := opts.MessageLimit
	if limit == 0 {
		limit = defaultMessageLimit
	}
	conn.SetReadLimit(limit)
	return newSession(conn, opts.Log), nil
}

// endpointOf returns the address of the end of a transfer, or an error that is ErrAddress.
func endpointOf(address, direction string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil && strings.Contains(address, "://"):
		return nil, fmt.Errorf("%w: the address cannot be parsed", ErrAddress)
	case err != nil || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%w: the address must begin with http:// or https://", ErrAddress)
	case u.Host == "":
		return nil, fmt.Errorf("%w: the address has no host", ErrAddress)
	case u.User != nil:
		return nil, fmt.Errorf("%w: the address must not hold a name or password", ErrAddress)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, fmt.Errorf("%w: the address must end with its path", ErrAddress)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/transfer/runner/" + direction
	u.RawPath = ""
	return u, nil
}

// checkToken returns an error if the token cannot be sent in a header.
func checkToken(token string) error {
	switch {
	case token == "":
		return fmt.Errorf("%w: there is no token", ErrAddress)
	case strings.TrimSpace(token) != token:
		return fmt.Errorf("%w: the token has white space around it", ErrAddress)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("%w: the token has characters that no token has", ErrAddress)
	}
	return nil
}

// withoutRedirects returns a copy of client that follows no redirect, so that the token goes to
// no other address.
func withoutRedirects(client *http.Client) *http.Client {
	if client == nil {
		client = http.DefaultClient
	}
	copied := *client
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &copied
}

// handshakeError returns the error for a handshake that failed. response is nil if there was no
// answer.
func handshakeError(ctx context.Context, endpoint *url.URL, response *http.Response, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("remote: connect: %w", ctx.Err())
	}
	if response == nil || response.StatusCode == http.StatusSwitchingProtocols {
		var failure *url.Error
		if errors.As(err, &failure) {
			err = failure.Err
		}
		if errors.Is(err, http.ErrSchemeMismatch) {
			return fmt.Errorf("remote: connect: %w: does the address begin with http:// there?", err)
		}
		return fmt.Errorf("remote: connect: %w", err)
	}
	switch response.StatusCode {
	case http.StatusUnauthorized:
		body, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		if strings.Contains(string(body), `"Token expired"`) {
			return ErrExpired
		}
		if strings.Contains(string(body), `"Token suspended"`) {
			return ErrSuspended
		}
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound, http.StatusNotImplemented:
		return ErrDisabled
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return ErrBusy
	}
	failure := &HandshakeError{Status: response.StatusCode, ContentType: response.Header.Get("Content-Type")}
	if location, err := response.Location(); err == nil && location.Host != endpoint.Host {
		failure.Location = location.Host
	}
	return failure
}
