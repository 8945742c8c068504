package httpauth

import (
	"log/slog"
	"net/http"
	"time"
)

// Options are the settings of [Require]. The zero Options are good defaults, and
// nil stands for them. Require copies them.
type Options struct {
	// Answer writes the answer to a request that is not let through: its
	// status, and a body of its choice. WWW-Authenticate and Cache-Control are
	// set before. nil means WriteEnvelope.
	//
	// err tells why: ErrManyCredentials (400), ErrNoCredentials (401),
	// transfertoken.ErrUnauthorized or ErrExpired (401), ErrForbidden (403),
	// ErrDisabled (501), or what the store returned (503), whose text is not
	// for clients. Test the more special errors first: ErrNoCredentials and
	// ErrExpired are ErrUnauthorized, too.
	Answer func(w http.ResponseWriter, r *http.Request, status int, err error)

	// Logger receives every request that is not let through, and every recheck
	// that fails or ends a transfer: what the client did at level Info, a
	// disabled service and failed rechecks at Warn, a failing store at Error.
	// Nothing that the client sent is logged but its address. nil means no log.
	Logger *slog.Logger

	// RecheckEvery makes the context of a guarded handler end when its token
	// expires, and when a recheck, done this often, finds that it was deleted,
	// regenerated or narrowed. Each recheck reads the token from the store. The
	// goroutine that does this ends with the handler; and then the context has
	// ended, too, also that of a connection that was hijacked.
	//
	// A store that fails does not end a transfer at once. The recheck is
	// logged and repeated; after ten failures in a row the context ends with the
	// last one as its cause, and an expired token ends it regardless. A recheck
	// without an answer after RecheckEvery has failed.
	//
	// A panic in a recheck, for instance in the service's OnEvent, ends the
	// context and goes on in the goroutine of the handler when that has returned.
	//
	// 0 means never: a transfer that was let through goes on for as long as
	// the handler wants. A negative one makes Require panic.
	RecheckEvery time.Duration
}
