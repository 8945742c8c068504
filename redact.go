package transfertoken

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// What holds a secret, a digest or a salt says so instead of showing it,
// wherever a value can end up by accident: in fmt with any verb, in a panic, in
// slog, in JSON and other text encodings, in gob.

const redacted = "[REDACTED]"

// hidden holds a value that neither fmt nor reflection can show: spew, which
// testify prints differences with, and go-cmp follow pointers and read unexported
// fields, but cannot look into a closure. The zero hidden holds the zero T.
// Copies of a hidden are equal to each other and to no other.
type hidden[T any] struct{ get *func() T }

func hide[T any](value T) hidden[T] {
	get := func() T { return value }
	return hidden[T]{&get}
}

func (h hidden[T]) value() (value T) {
	if h.get == nil {
		return value
	}
	return (*h.get)()
}

var (
	errGob    = errors.New("transfertoken: refusing to encode with gob: it would hold a secret")
	errDigest = errors.New("transfertoken: refusing to encode a Digest as text: a store must write its 64 bytes")
)

// String returns "[REDACTED]".
func (Salt) String() string { return redacted }

// Format writes "[REDACTED]", whatever the verb.
func (Salt) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[REDACTED]".
func (Salt) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[REDACTED]".
func (Salt) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode fails.
func (Salt) GobEncode() ([]byte, error) { return nil, errGob }

// String returns "[REDACTED]".
func (Secret) String() string { return redacted }

// Format writes "[REDACTED]", whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[REDACTED]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[REDACTED]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode fails.
func (Secret) GobEncode() ([]byte, error) { return nil, errGob }

// String returns "[REDACTED]".
func (Digest) String() string { return redacted }

// Format writes "[REDACTED]", whatever the verb.
func (Digest) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[REDACTED]".
func (Digest) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText fails, and with it JSON: a store that marshals Records would lose
// the digest if it were redacted.
func (Digest) MarshalText() ([]byte, error) { return nil, errDigest }

// GobEncode fails.
func (Digest) GobEncode() ([]byte, error) { return nil, errGob }

// Format writes what was granted and to which token, whatever the verb.
func (g Grant) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Grant(%v to token %v)", g.proof.need, g.Token.ID)
}

// GobEncode fails.
func (Grant) GobEncode() ([]byte, error) { return nil, errGob }

// Format writes the options with the salts redacted, whatever the verb.
func (o Options) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Options(OtherSalts: %d %s, NextSalt: %s, AcceptForeign: %t, Prefix: %q, TouchInterval: %v)",
		len(o.OtherSalts), redacted, redacted, o.AcceptForeign, o.Prefix, o.TouchInterval)
}

// GobEncode fails.
func (Options) GobEncode() ([]byte, error) { return nil, errGob }

// Format writes whether the service is enabled, whatever the verb.
func (s TokenService) Format(f fmt.State, _ rune) {
	state := "disabled"
	if s.Enabled() {
		state = "enabled"
	}
	io.WriteString(f, "TokenService("+state+")")
}

// GobEncode fails.
func (TokenService) GobEncode() ([]byte, error) { return nil, errGob }
