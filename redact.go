package transfertoken

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// The types that hold a secret, a digest or a salt are redacted wherever a value
// can end up by accident: in fmt with any verb, in a panic, in slog, in JSON and
// other text encodings, in gob.

const redacted = "[REDACTED]"

// hidden holds a value in a closure, so that neither fmt nor reflection can show
// it. Test libraries such as testify and go-cmp follow pointers and read unexported
// fields to print differences. The zero hidden holds the zero T. Two hidden values
// are equal only if one is a copy of the other.
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

// LogValue returns "[REDACTED]".
func (Salt) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[REDACTED]".
func (Salt) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode returns an error.
func (Salt) GobEncode() ([]byte, error) { return nil, errGob }

// String returns "[REDACTED]".
func (Secret) String() string { return redacted }

// Format writes "[REDACTED]", whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue returns "[REDACTED]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[REDACTED]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode returns an error.
func (Secret) GobEncode() ([]byte, error) { return nil, errGob }

// String returns "[REDACTED]".
func (Digest) String() string { return redacted }

// Format writes "[REDACTED]", whatever the verb.
func (Digest) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue returns "[REDACTED]".
func (Digest) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns an error, so that JSON fails too. A store that marshals
// Records would lose a digest that is redacted.
func (Digest) MarshalText() ([]byte, error) { return nil, errDigest }

// GobEncode returns an error.
func (Digest) GobEncode() ([]byte, error) { return nil, errGob }

// Format writes the granted permissions and the ID of the token, whatever the verb.
func (g Grant) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Grant(%v to token %v)", g.proof.need, g.Token.ID)
}

// GobEncode returns an error.
func (Grant) GobEncode() ([]byte, error) { return nil, errGob }

// Format writes the options with the salts redacted, whatever the verb.
func (o Options) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Options(OtherSalts: %d %s, NextSalt: %s, AcceptForeign: %t, Prefix: %q, TouchInterval: %v)",
		len(o.OtherSalts), redacted, redacted, o.AcceptForeign, o.Prefix, o.TouchInterval)
}

// GobEncode returns an error.
func (Options) GobEncode() ([]byte, error) { return nil, errGob }

// Format writes whether the service is enabled, whatever the verb.
func (s TokenService) Format(f fmt.State, _ rune) {
	state := "disabled"
	if s.Enabled() {
		state = "enabled"
	}
	io.WriteString(f, "TokenService("+state+")")
}

// GobEncode returns an error.
func (TokenService) GobEncode() ([]byte, error) { return nil, errGob }
