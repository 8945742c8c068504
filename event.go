package transfertoken

import (
	"context"
	"time"
)

// EventKind says what happened. Its text is stable and meant for logs.
type EventKind string

// The kinds of events.
const (
	EventCreated     EventKind = "created"     // Create made Token
	EventAdopted     EventKind = "adopted"     // Adopt took over Token
	EventUpdated     EventKind = "updated"     // Update changed Before into Token
	EventRegenerated EventKind = "regenerated" // Regenerate replaced the secret of Before; Token is the new state
	EventDeleted     EventKind = "deleted"     // Delete removed Token
	EventPurged      EventKind = "purged"      // PurgeExpired removed Token
	EventAuthorized  EventKind = "authorized"  // Authorize said yes to Need
	EventRefused     EventKind = "refused"     // Authorize or Recheck said no to Need; Err says why
	EventWarning     EventKind = "warning"     // Authorize said yes, but last use or new digest could not be written; Err says why
)

// Event is one record for the host's audit log, handed to Options.OnEvent. It
// holds no secret, digest or salt.
//
// What fails before anything was decided or changed is returned to the caller
// only: there is no event for a ValidationError, a disabled service or a store
// that failed.
type Event struct {
	Kind   EventKind
	At     time.Time   // from Options.Now
	Token  Token       // zero if Authorize refused a secret that belongs to no token; after a refused Recheck the token of the Grant or as it is now
	Before *Token      // the token before an update or regeneration, else nil
	Need   Permissions // what was asked of Authorize or Recheck, else zero
	Err    error       // why it was refused or what went wrong, else nil
}

// emit reports e in the caller's goroutine. Cancellation is taken off ctx: a
// client that hangs up must not erase the record of what it did.
func (c *core) emit(ctx context.Context, e Event) {
	if c.onEvent == nil {
		return
	}
	c.onEvent(context.WithoutCancel(ctx), e)
}
