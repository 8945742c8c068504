// Package transfertoken issues, keeps and checks transfer tokens: credentials
// that let a client push data to a backend or pull data from it, and nothing
// else.
//
// # Tokens
//
// A [Token] has a name, a description, a scope ([Push], [Pull] or [FullAccess])
// and a lifespan ([Days7], [Days30], [Days90] or [Unlimited]). Its [Secret] is
// shown once, when the token is created or regenerated. What is kept is the
// secret's [Digest], an HMAC under the [Salt] that the backend is configured
// with. Without a salt the feature is off: New succeeds, Enabled is false, and
// every other method returns [ErrDisabled].
//
// # Use
//
// A backend makes one [TokenService] from a [Store] and a salt:
//
//	svc, err := transfertoken.New(store, transfertoken.Salt(os.Getenv("TRANSFER_TOKEN_SALT")), nil)
//
// Its admin handlers call Create, List, Get, Update, Regenerate and Delete. It
// decides who may call them; this package does not know administrators. Its
// push and pull endpoints call Authorize with the Bearer token that the client
// sent and with what the request needs:
//
//	grant, err := svc.Authorize(r.Context(), bearer, transfertoken.Push)
//
// A transfer that takes long calls [Grant.Recheck] every so often.
//
// # Errors
//
// Errors are told apart with [errors.Is]; see the variables below. Bad input is
// a [*ValidationError], which names every field at fault. What a store returns
// beyond its contract comes back wrapped; it is neither a refusal nor bad input.
// A cancelled context comes back as ctx.Err(), wrapped. No error, event or
// formatted value of this package holds a secret, a digest or a salt.
//
// # Times
//
// Times are in UTC, cut to milliseconds, and come from [Options].Now.
//
// # Concurrency
//
// A TokenService may be used by many goroutines, and many services may share a
// store. Nothing is cached: a token that was deleted, regenerated or narrowed is
// refused by all of them at their next call.
package transfertoken

import (
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"
)

// Token is what is known of a transfer token, its secret apart. The zero Token
// grants nothing and is expired.
type Token struct {
	ID          uuid.UUID   `json:"id"` // version 7 (RFC 9562)
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Permissions Permissions `json:"permissions"`
	Lifespan    Lifespan    `json:"lifespan"`
	CreatedBy   string      `json:"createdBy"`           // free text of the host, "" when it gave none
	Hint        string      `json:"hint"`                // the last 6 characters of the secret, its checksum; "" for adopted tokens
	CreatedAt   time.Time   `json:"createdAt,omitzero"`  //
	UpdatedAt   time.Time   `json:"updatedAt,omitzero"`  // of the last change that counts in Revision
	ExpiresAt   time.Time   `json:"expiresAt,omitzero"`  // zero: never
	LastUsedAt  time.Time   `json:"lastUsedAt,omitzero"` // zero: never used
	Revision    int64       `json:"revision"`            // 1 when created, +1 with each Regenerate and each Update that changes something
}

// Expired reports whether t is expired at now: from ExpiresAt on. When in doubt
// it is: only an Unlimited token may do without ExpiresAt, and a lifespan that
// is none of the four is expired.
func (t Token) Expired(now time.Time) bool { return t.expired(now) }

func (t *Token) expired(now time.Time) bool {
	if t.ExpiresAt.IsZero() {
		return t.Lifespan != Unlimited
	}
	_, limited := t.Lifespan.limit()
	return !now.Before(t.ExpiresAt) || !limited && t.Lifespan != Unlimited
}

// NewToken is what Create makes a token from. Name, Permissions and Lifespan
// are required.
//
// A name is trimmed, 1 to 255 characters long, valid UTF-8 without control and
// bidirectional-control characters, with a visible character and without invisible
// ones that no script needs, and unique, byte for byte. A description is
// trimmed and may be 2,000 characters long, with tabs and with LF or CRLF line
// ends. CreatedBy, for instance who asked, follows the rules of names, but
// may be empty and need not be unique.
type NewToken struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Permissions Permissions `json:"permissions"`
	Lifespan    Lifespan    `json:"lifespan"`
	CreatedBy   string      `json:"createdBy"`
}

// Changes is what Update changes; nil stays as it is. The rules are those of
// [NewToken].
type Changes struct {
	Name        *string      `json:"name"`
	Description *string      `json:"description"`
	Permissions *Permissions `json:"permissions"`
	Revision    int64        `json:"revision"` // of the token that the changes were made from, or AnyRevision
}

// AnyRevision, the zero revision, stands for whatever is stored. Any other makes
// Update, Regenerate and Delete fail with ErrConflict unless it is the stored
// one.
const AnyRevision int64 = 0

// MaxPageSize is the largest page that List returns.
const MaxPageSize = 1000

// ListOptions chooses a page of tokens. Pages are in the order of the bytes of
// the IDs, which is the order of creation.
type ListOptions struct {
	After uuid.UUID // the page starts strictly after this ID, which need not exist; zero: at the first
	Limit int       // the size of the page, up to MaxPageSize; 0 means 100
}

// Issued is a token together with its secret, which is known only now.
type Issued struct {
	Token  Token  `json:"token"`
	Secret Secret `json:"secret"` // redacted in JSON: use Reveal
}

// TokenService issues, keeps and checks tokens. Make one with [New]. A nil or
// zero TokenService acts like a disabled one. It is safe for concurrent use.
type TokenService struct {
	core hidden[*core] // nil: disabled
}

// Options are the settings of a TokenService. The zero Options are good
// defaults, and nil stands for them. New copies them.
type Options struct {
	// OtherSalts are the former salts. They are accepted when a secret is
	// presented, which then gets a digest under the current salt. "", duplicates
	// and the current salt are skipped. They may be weak, but hold no NUL.
	OtherSalts []Salt

	// NextSalt is the salt that will be the current one after the next
	// deployment. It is accepted when a secret is presented, whose digest then
	// stays under it. So old and new instances that run side by side write each
	// token once. "" means none, and the current salt is skipped. The rules of
	// the current salt apply.
	NextSalt Salt

	// AcceptForeign accepts secrets that are not in this library's format as
	// well: 32 to 512 characters that RFC 6750 allows in a Bearer token. It is
	// for adopted tokens. Without it such texts are refused without asking the
	// store.
	AcceptForeign bool

	// Prefix starts new secrets. "" means "xfer". It must match
	// [a-z][a-z0-9]{0,15}. Secrets with another prefix stay good.
	Prefix string

	// TouchInterval is the least time between two writes of one token's
	// LastUsedAt. 0 means one minute, negative means never to write it.
	TouchInterval time.Duration

	// Now tells the time. nil means time.Now. It is called concurrently.
	Now func() time.Time

	// OnEvent receives what happened, for an audit log. It is called in the
	// caller's goroutine after the store has returned, concurrently if the
	// service is used concurrently, with a context that is not cancelled. A
	// panic in it, in Now or in the store is not recovered: it reaches the
	// caller of the method, and what was written stays written. nil means no
	// events.
	OnEvent func(context.Context, Event)
}

const (
	defaultTouchInterval = time.Minute
	defaultPageSize      = 100
)

// core is an enabled TokenService.
type core struct {
	store         Store
	ring          *ring
	acceptForeign bool
	prefix        string
	touchInterval time.Duration
	clock         func() time.Time
	onEvent       func(context.Context, Event)
	proofKey      [32]byte // random
}

// New returns a service that keeps its tokens in store and makes digests under
// salt. With the salt "" it is disabled. A salt is ErrWeakSalt if it is shorter
// than 16 bytes, blank, one repeated character, begins or ends with white space,
// or holds a NUL byte. So is such a NextSalt, a NUL byte in OtherSalts, and with
// GODEBUG=fips140=only one of OtherSalts with less than 14 bytes. A nil store and a malformed prefix are a
// *ValidationError. The store and the options are checked also when the service
// is to be disabled.
func New(store Store, salt Salt, opts *Options) (*TokenService, error) {
	if opts == nil {
		opts = &Options{}
	}
	var p fieldChecks
	if isNil(store) {
		p.Add("store", "must not be nil")
	}
	if opts.Prefix != "" && !validPrefix([]byte(opts.Prefix)) {
		p.Add("prefix", "must match [a-z][a-z0-9]{0,15}")
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	for _, s := range opts.OtherSalts {
		if err := s.checkOther(); err != nil {
			return nil, err
		}
	}
	if opts.NextSalt != "" {
		if err := opts.NextSalt.check(); err != nil {
			return nil, fmt.Errorf("NextSalt: %w", err)
		}
	}
	if salt == "" {
		return &TokenService{}, nil
	}
	if err := salt.check(); err != nil {
		return nil, err
	}
	c := &core{
		store:         store,
		ring:          newRing(salt, opts.NextSalt, opts.OtherSalts),
		acceptForeign: opts.AcceptForeign,
		prefix:        opts.Prefix,
		touchInterval: opts.TouchInterval,
		clock:         opts.Now,
		onEvent:       opts.OnEvent,
	}
	rand.Read(c.proofKey[:])
	if c.prefix == "" {
		c.prefix = defaultPrefix
	}
	if c.touchInterval == 0 {
		c.touchInterval = defaultTouchInterval
	}
	if c.clock == nil {
		c.clock = time.Now
	}
	return &TokenService{hide(c)}, nil
}

// isNil also finds a nil pointer in an interface that is not nil: it would
// panic at the first call.
func isNil(store Store) bool {
	if store == nil {
		return true
	}
	v := reflect.ValueOf(store)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Enabled reports whether a salt is configured. Without one every other method
// returns ErrDisabled and the store is not touched.
func (s *TokenService) Enabled() bool { return s != nil && s.core.value() != nil }

// now is the current time as it is stored and compared.
func (c *core) now() time.Time { return instant(c.clock()) }

// instant is t in UTC, cut to milliseconds.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
