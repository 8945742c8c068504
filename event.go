package transfertoken

import (
	"context"
	"time"
)

// EventKind is the kind of an event. Its text is stable and meant for logs.
type EventKind string

// The kinds of events.
const (
	EventCreated     EventKind = "created"     // Create or Ensure made Token
	EventAdopted     EventKind = "adopted"     // Adopt took over Token
	EventUpdated     EventKind = "updated"     // Update or Ensure changed Before into Token
	EventRegenerated EventKind = "regenerated" // Regenerate or Ensure replaced the secret of Before and made it Token
	EventDeleted     EventKind = "deleted"     // Delete removed Token
	EventPurged      EventKind = "purged"      // PurgeExpired removed Token
	EventAuthorized  EventKind = "authorized"  // Authorize granted Need
	EventRefused     EventKind = "refused"     // Authorize or Recheck refused Need because of Err
	EventWarning     EventKind = "warning"     // a write of last use or digest failed with Err; the call succeeded
)

// Event is an entry for the host's audit log, passed to Options.OnEvent. It holds
// no secret, digest or salt.
//
// It does not name the caller. A host puts that into the context of the call, which
// OnEvent receives.
//
// There is no event for a call that failed before it decided or changed anything:
// for a ValidationError, a disabled service or a store that failed.
type Event struct {
	Kind   EventKind
	At     time.Time   // from Options.Now
	Token  Token       // zero if Authorize refused a secret that belongs to no token
	Before *Token      // the token before an update or regeneration, else nil
	Need   Permissions // the permissions that Authorize or Recheck was asked for, else zero
	Err    error       // the reason of a refusal or warning, else nil
}

// emit passes e to the host in the caller's goroutine. The context is not
// cancelled, because a client that hangs up must not erase the record of its use.
func (c *core) emit(ctx context.Context, e Event) {
	if c.onEvent == nil {
		return
	}
	c.onEvent(context.WithoutCancel(ctx), e)
}
