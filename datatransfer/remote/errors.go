package remote

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// The errors that callers tell apart, with [errors.Is].
var (
	// ErrAddress means that the address or the token cannot be right. Nothing was sent. It is
	// also datatransfer.ErrInvalid.
	ErrAddress error = fmt.Errorf("%w address or token", datatransfer.ErrInvalid)

	// ErrUnauthorized means that the remote does not know the token: it is mistyped, deleted or
	// regenerated.
	ErrUnauthorized = errors.New("remote: the remote does not accept the token")

	// ErrExpired means that the token has expired. It is also ErrUnauthorized. Strapi and this
	// project say so.
	ErrExpired error = fmt.Errorf("%w: it has expired", ErrUnauthorized)

	// ErrSuspended means that the token is suspended, until an administrator there lifts that. It
	// is also ErrUnauthorized. This project says so.
	ErrSuspended error = fmt.Errorf("%w: it is suspended", ErrUnauthorized)

	// ErrForbidden means that the token is good but not for this direction.
	ErrForbidden = errors.New("remote: the token does not allow this: a pull needs a pull token, a push a push token")

	// ErrDisabled means that nobody transfers data at the address: the feature is off, or the
	// address is wrong.
	ErrDisabled = errors.New("remote: data transfer is disabled there, or the address is wrong: does it end in /admin?")

	// ErrBusy means that the remote takes part in another transfer, or in too many.
	ErrBusy = errors.New("remote: the remote is busy with another transfer: try again later")

	// ErrInterrupted means that the connection broke. Nothing was committed.
	ErrInterrupted = errors.New("remote: the connection was interrupted")

	// ErrChecksum means that a file arrived with other bytes than it was sent with.
	ErrChecksum = errors.New("remote: the checksum of a file is wrong")

	// ErrCount means that the remote counted another number of records than it announced or was
	// sent.
	ErrCount = errors.New("remote: the remote counts other records")
)

// A HandshakeError is an answer to the handshake that is none of the errors above, for example
// the web page of a proxy. It is used as a pointer.
type HandshakeError struct {
	Status      int
	ContentType string
	Location    string // of a redirect: its host, or "" for a place on the same host
}

func (e *HandshakeError) Error() string {
	text := fmt.Sprintf("remote: the remote answered the handshake with status %d", e.Status)
	if e.ContentType != "" {
		text += fmt.Sprintf(" and %q", wire.Clip(e.ContentType))
	}
	switch {
	case e.Status >= 300 && e.Status < 400 && e.Location != "":
		return text + fmt.Sprintf(" and a redirect to %q, which the token is not sent to", wire.Clip(e.Location))
	case e.Status >= 300 && e.Status < 400:
		return text + " and a redirect: give the address that it leads to"
	case e.Status == 400:
		return text + ": a proxy between here and there may drop the upgrade to WebSocket, or the address needs https://"
	case e.Status == 426:
		return text + ": a proxy between here and there may drop the upgrade to WebSocket"
	case e.Status < 300 || strings.HasPrefix(e.ContentType, "text/html"):
		return text + ": a web page, not an end of a transfer: is the address right, and does a proxy pass WebSockets on?"
	}
	return text
}

// A RemoteError is a failure that the remote reports. Its texts come from the remote and are
// cut at 500 bytes. It is used as a pointer.
type RemoteError struct {
	Code    string // such as "ProviderTransferError"
	Message string
	Step    string // "transfer", "validation", "initialization" or ""
}

func (e *RemoteError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("remote: the remote reports %q", e.Message)
	}
	return fmt.Sprintf("remote: the remote reports %s: %q", e.Code, e.Message)
}

// Is makes a RemoteError ErrBusy if it says that another transfer is in progress,
// datatransfer.ErrCommitUnknown if the remote does not know whether it has committed, and
// ErrUnauthorized, ErrExpired or ErrSuspended if it says that of the token.
func (e *RemoteError) Is(target error) bool {
	switch target {
	case ErrBusy:
		return e.Message == wire.TextInProgress
	case datatransfer.ErrCommitUnknown:
		return e.Message == wire.TextCommitUnknown
	case ErrExpired:
		return e.Code == "UnauthorizedError" && e.Message == "Token expired"
	case ErrSuspended:
		return e.Code == "UnauthorizedError" && e.Message == "Token suspended"
	case ErrUnauthorized:
		return e.Code == "UnauthorizedError"
	case ErrForbidden:
		return e.Code == "ForbiddenError"
	}
	return false
}

func remoteError(e *wire.Error) error {
	return &RemoteError{Code: e.Code, Message: e.Message, Step: e.Step}
}
