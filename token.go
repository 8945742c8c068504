// Package transfertoken issues, keeps and checks transfer tokens: credentials
// that let a client push data to a backend or pull data from it, and nothing
// else.
//
// # Tokens
//
// A [Token] has a name, a description, a scope ([Push], [Pull] or [FullAccess])
// and a lifespan ([Days7], [Days30], [Days90] or [Unlimited]). Its [Secret] is
// shown once, when the token is created or regenerated. The store keeps only the
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
// Its admin handlers call Create, List, Get, Update, Regenerate and Delete. The
// backend decides who may call them: this package does not know administrators.
// Tokens of containers can come from their configuration instead: see Ensure.
// Its push and pull endpoints call Authorize with the Bearer token that the client
// sent and with the permissions that the request needs:
//
//	grant, err := svc.Authorize(r.Context(), bearer, transfertoken.Push)
//
// A transfer that takes long calls [Grant.Recheck] every so often.
//
// # Errors
//
// Errors are told apart with [errors.Is]; see the variables below. Bad input is
// a [*ValidationError], which names every field at fault. An error of the store
// that its contract does not name comes back wrapped; it is neither a refusal nor
// bad input. A cancelled context comes back as ctx.Err(), wrapped. No error, event
// or formatted value of this package holds a secret, a digest or a salt.
//
// # Times
//
// Times are in UTC, cut to milliseconds, and come from [Options].Now.
//
// # Concurrency
//
// A TokenService may be used by many goroutines, and many services may share a
// store. Nothing is cached: a token that was deleted, regenerated, narrowed or
// suspended is refused by all of them at their next call.
//
// # Files
//
//	token.go         Token, TokenService, Options and New
//	manage.go        Create, List, Update, Regenerate, Delete, PurgeExpired
//	ensure.go        Ensure: tokens that come from the configuration
//	adopt.go         Adopt: tokens that another system issued
//	authorize.go     Authorize, Grant and Recheck
//	validate.go      the rules for names, descriptions and other fields
//	secret.go        Secret: format and checksum
//	salt.go          Salt, digests under several salts, Salts
//	permissions.go   Push, Pull and FullAccess
//	duration.go      Lifespan
//	store.go         the contract of a Store, Digest
//	store_memory.go  MemoryStore
//	event.go         Event
//	errors.go        the errors
//	redact.go        how secrets are kept out of logs
package transfertoken

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Token describes a transfer token, except for its secret. The zero Token grants
// nothing and is expired.
type Token struct {
	ID          uuid.UUID   `json:"id"` // version 7 (RFC 9562)
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Permissions Permissions `json:"permissions"`
	Suspended   bool        `json:"suspended"` // refused until an Update lifts it; the secret stays
	Lifespan    Lifespan    `json:"lifespan"`
	CreatedBy   string      `json:"createdBy"` // free text of the host; "" if it gave none
	Hint        string      `json:"hint"`      // the last 6 characters of the secret; "" for adopted tokens
	CreatedAt   time.Time   `json:"createdAt,omitzero"`
	UpdatedAt   time.Time   `json:"updatedAt,omitzero"`  // time of the last change of Revision
	ExpiresAt   time.Time   `json:"expiresAt,omitzero"`  // zero means never
	LastUsedAt  time.Time   `json:"lastUsedAt,omitzero"` // zero means never
	Revision    int64       `json:"revision"`            // 1 at first, +1 with each Update or Regenerate
}

// Expired reports whether t is expired at now: from ExpiresAt on. A token that is
// not Unlimited and has no ExpiresAt is expired, and so is a token whose lifespan
// is not one of the four.
func (t Token) Expired(now time.Time) bool { return t.expired(now) }

func (t *Token) expired(now time.Time) bool {
	if t.ExpiresAt.IsZero() {
		return t.Lifespan != Unlimited
	}
	_, limited := t.Lifespan.limit()
	return !now.Before(t.ExpiresAt) || !limited && t.Lifespan != Unlimited
}

// NewToken describes the token that Create makes. Name, Permissions and Lifespan
// are required.
//
// A name is trimmed and 1 to 255 characters long. It is valid UTF-8 and unique,
// byte for byte. It holds a visible character, and no control character,
// bidirectional-control character, or invisible character that no script needs. A
// description follows the same rules, but may be empty, up to 2,000 characters
// long, not unique, and hold tabs and LF or CRLF line ends. CreatedBy, for instance
// the person who asked, follows the rules of names, but may be empty and need not
// be unique. Suspended makes a token that is refused until an Update lifts it.
type NewToken struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Permissions Permissions `json:"permissions"`
	Lifespan    Lifespan    `json:"lifespan"`
	CreatedBy   string      `json:"createdBy"`
	Suspended   bool        `json:"suspended"`
}

// Changes names the fields that Update changes. A nil field stays. The rules are
// those of [NewToken].
type Changes struct {
	Name        *string      `json:"name"`
	Description *string      `json:"description"`
	Permissions *Permissions `json:"permissions"`
	Suspended   *bool        `json:"suspended"`
	Revision    int64        `json:"revision"` // the revision that the caller read, or AnyRevision
}

// AnyRevision, the zero revision, matches every stored revision. With any other,
// Update, Regenerate and Delete fail with ErrConflict unless it is the stored one.
const AnyRevision int64 = 0

// MaxPageSize is the largest page that List returns.
const MaxPageSize = 1000

// ListOptions chooses a page of tokens. Pages are in the order of the bytes of
// the IDs, which is the order of creation.
type ListOptions struct {
	After uuid.UUID // the page starts after this ID, which need not exist; the zero ID starts at the first token
	Limit int       // the size of the page, from 1 to MaxPageSize; 0 means 100

	// CreatedBy leaves only tokens with this CreatedBy, which may be "". nil means
	// all tokens.
	CreatedBy *string

	// ExpiresBefore leaves only tokens whose ExpiresAt is before it, so that their
	// owners can be told in time. Tokens that are expired are among them, and tokens
	// without an ExpiresAt are not. The zero time means all tokens.
	ExpiresBefore time.Time
}

// filtered reports whether o leaves out any tokens.
func (o *ListOptions) filtered() bool { return o.CreatedBy != nil || !o.ExpiresBefore.IsZero() }

// matches reports whether o leaves t.
func (o *ListOptions) matches(t *Token) bool {
	if o.CreatedBy != nil && t.CreatedBy != *o.CreatedBy {
		return false
	}
	return o.ExpiresBefore.IsZero() || !t.ExpiresAt.IsZero() && t.ExpiresAt.Before(o.ExpiresBefore)
}

// Issued is a token and its new secret, which cannot be shown again.
type Issued struct {
	Token  Token  `json:"token"`
	Secret Secret `json:"secret"` // redacted in JSON: use Reveal
}

// TokenService issues, keeps and checks tokens. Make one with [New]. A nil or
// zero TokenService acts like a disabled one. It is safe for concurrent use.
type TokenService struct {
	core hidden[*core] // nil if disabled
}

// Options configures a TokenService. The zero Options are the defaults. A nil
// *Options means the same. New copies them.
type Options struct {
	// OtherSalts are the former salts. A secret whose digest was made under one
	// of them is accepted, and gets a digest under the current salt. "",
	// duplicates and the current salt are skipped. They may be weak, but hold no
	// NUL.
	OtherSalts []Salt

	// NextSalt is the current salt of the next deployment. A secret whose digest
	// was made under it is accepted, and the digest stays. So each token is
	// written once while old and new instances run side by side. "" means none,
	// and the current salt is skipped. The rules for the current salt apply.
	NextSalt Salt

	// AllowedLifespans are those that Create and Ensure accept. nil means all four,
	// and an empty list is refused. Tokens that exist stay as they are, and so do
	// those of Adopt, but Regenerate refuses one whose lifespan is not allowed.
	AllowedLifespans []Lifespan

	// AcceptForeign also accepts secrets that are not in this library's format:
	// 32 to 512 characters that RFC 6750 allows in a Bearer token. Adopted tokens
	// need it. Without it such texts are refused without asking the store.
	AcceptForeign bool

	// Prefix begins new secrets. "" means "xfer". It must match
	// [a-z][a-z0-9]{0,15}. Secrets with another prefix are still accepted.
	Prefix string

	// TouchInterval is the least time between two writes of one token's
	// LastUsedAt. 0 means one minute. If it is negative, uses are not written.
	TouchInterval time.Duration

	// Now returns the time. nil means time.Now. It is called concurrently.
	Now func() time.Time

	// OnEvent receives the events, for an audit log. It is called in the caller's
	// goroutine after the store has returned, concurrently if the service is used
	// concurrently, with a context that is not cancelled. nil means no events.
	//
	// A panic in OnEvent, Now or the store is not recovered. It reaches the caller
	// of the method. Earlier writes of the method stay.
	OnEvent func(context.Context, Event)
}

const (
	defaultTouchInterval = time.Minute
	defaultPageSize      = 100
)

// core is an enabled TokenService.
type core struct {
	store         Store
	keyring       *keyring
	allowed       []Lifespan // in the order of everyLifespan
	acceptForeign bool
	prefix        string
	touchInterval time.Duration
	clock         func() time.Time
	onEvent       func(context.Context, Event) // nil if there is none
	proofKey      [32]byte                     // random
	refused       refusedWrites
}

// New returns a service that keeps its tokens in store and makes digests under
// salt. With the salt "" the service is disabled; store and options are checked
// all the same.
//
// A nil store, a malformed prefix, and AllowedLifespans that are empty or unknown
// are a *ValidationError. A salt is ErrWeakSalt if it is shorter than 16 bytes,
// blank, one repeated character, begins or ends with white space, or holds a NUL
// byte. The same holds for NextSalt. A salt in OtherSalts is ErrWeakSalt if it holds
// a NUL byte, or is shorter than 14 bytes while GODEBUG=fips140=only is set.
func New(store Store, salt Salt, opts *Options) (*TokenService, error) {
	if opts == nil {
		opts = &Options{}
	}
	var p fieldChecks
	if isNil(store) {
		p.Add("store", "must not be nil")
	}
	if opts.Prefix != "" && !validPrefix([]byte(opts.Prefix)) {
		p.Add("prefix", prefixProblem)
	}
	allowed := p.allowedLifespans(opts.AllowedLifespans)
	if err := p.Err(); err != nil {
		return nil, err
	}
	for _, s := range opts.OtherSalts {
		if err := s.checkFormer(); err != nil {
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
		keyring:       newKeyring(salt, opts.NextSalt, opts.OtherSalts),
		allowed:       allowed,
		acceptForeign: opts.AcceptForeign,
		prefix:        cmp.Or(opts.Prefix, defaultPrefix),
		touchInterval: cmp.Or(opts.TouchInterval, defaultTouchInterval),
		clock:         opts.Now,
		onEvent:       opts.OnEvent,
	}
	rand.Read(c.proofKey[:])
	if c.clock == nil {
		c.clock = time.Now
	}
	return &TokenService{hide(c)}, nil
}

// isNil reports whether store is nil or holds a nil pointer, which would panic at
// the first call.
func isNil(store Store) bool {
	if store == nil {
		return true
	}
	v := reflect.ValueOf(store)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Enabled reports whether a salt is configured. Without one every method that
// returns an error returns ErrDisabled, and none calls the store.
func (s *TokenService) Enabled() bool { return s.enabledCore() != nil }

func (s *TokenService) enabledCore() *core {
	if s == nil {
		return nil
	}
	return s.core.value()
}

// AllowedLifespans returns the lifespans that Create and Ensure accept, the shortest
// first. It returns nil if the service is disabled.
func (s *TokenService) AllowedLifespans() []Lifespan {
	c := s.enabledCore()
	if c == nil {
		return nil
	}
	return slices.Clone(c.allowed)
}

// now returns the current time as it is stored and compared.
func (c *core) now() time.Time { return toMillis(c.clock()) }

// toMillis returns t in UTC, cut to milliseconds.
func toMillis(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }
