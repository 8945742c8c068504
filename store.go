package transfertoken

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/google/uuid"
)

// Record is a token as it is stored.
type Record struct {
	Token
	Digest Digest // of the secret, under the salt with the ID SaltID
	SaltID string // 8 hexadecimal digits in lower case
}

// Store keeps records. The service checks everything else: a store only keeps
// the records that it is given. Package storetest checks an implementation against
// this contract.
//
// Methods are safe for concurrent use. If ctx is cancelled before or during a
// call, the call fails with an error that is ctx.Err(). Every later read of every
// instance of the backend sees a write that has returned. A write that fails was
// done as a whole or not at all.
//
// Returned values are copies. Arguments are neither kept nor changed, and slices
// are valid only during the call. Names and digests are kept and compared as
// bytes, digests whole. Times come back as given: in UTC, to the millisecond, zero
// as zero. A store never reads a clock.
//
// Zero digests and uuid.Nil match nothing and are never stored, and stored
// revisions start at 1. A write that would break this fails with an error that is
// ErrInvalid.
//
// ErrNotFound, ErrNameTaken, ErrSecretTaken and ErrConflict are returned bare,
// because the text of a driver may quote the key. All other errors are failures,
// ErrInvalid included: the service never breaks the contract. It returns them
// wrapped. A failure that is ErrReadOnly makes Authorize write less often.
//
// A store may also implement [Purger] and [Filterer].
type Store interface {
	// Create adds r in one atomic step. It fails with ErrNameTaken or
	// ErrSecretTaken if another record has the name or the digest, and with
	// ErrConflict if one has the ID. A Revision below 1 is ErrInvalid.
	Create(ctx context.Context, r Record) error

	// Get returns the record with the ID, or ErrNotFound.
	Get(ctx context.Context, id uuid.UUID) (Record, error)

	// FindByDigest returns the record of the first of digests that is the
	// digest of a record, or ErrNotFound. It looks at all of them at one moment,
	// so that it finds a record that a Rekey moves from one to another meanwhile.
	// It is called for every request that presents a secret, so it should be one
	// look-up in an index.
	FindByDigest(ctx context.Context, digests []Digest) (Record, error)

	// List returns the first opts.Limit records whose IDs are greater than
	// opts.After, in the order of the bytes of the IDs. Limit is 1 to
	// MaxPageSize, and no other field is set.
	List(ctx context.Context, opts ListOptions) ([]Record, error)

	// Update replaces the record with r's ID if the stored Revision is
	// r.Revision-1, in one atomic step. CreatedAt and LastUsedAt stay as
	// stored. With a zero Digest, Digest and SaltID stay as stored too, even if
	// a Rekey changed them after the caller read the record. An r.Revision below
	// 2 is ErrInvalid. Otherwise Update fails with the first that applies of
	// ErrNotFound, ErrConflict, ErrNameTaken and ErrSecretTaken.
	Update(ctx context.Context, r Record) error

	// Rekey replaces digest and salt ID of the record with the ID if its digest
	// is from. The Revision stays. If there is no such record, Rekey does nothing
	// and returns nil. It fails with ErrSecretTaken if another record has the
	// digest to.
	Rekey(ctx context.Context, id uuid.UUID, from, to Digest, saltID string) error

	// Touch sets LastUsedAt of the record with the ID to at, unless it is later
	// already. The zero time makes it zero: the token counts as never used. The
	// Revision stays. If there is no such record, Touch does nothing and returns
	// nil.
	Touch(ctx context.Context, id uuid.UUID, at time.Time) error

	// Delete removes the record with the ID, or returns ErrNotFound. In both cases
	// no later read of any instance finds it, also if a Delete that failed removed
	// it. Unless revision is AnyRevision, Delete fails with ErrConflict if the
	// stored Revision is another.
	Delete(ctx context.Context, id uuid.UUID, revision int64) error
}

// A Purger is a Store that deletes expired records in batches. If a store is not a
// Purger, the service reads all records and deletes the expired ones one by one.
type Purger interface {
	// PurgeExpired deletes, in one atomic step, up to limit records whose
	// ExpiresAt is not zero and not after end, and returns those that this call
	// deleted, in any order. Limit is 1 to MaxPageSize. It returns fewer than
	// limit only if no more are left, apart from records that other calls are
	// writing or deleting at that moment. The service repeats the call until it
	// returns none.
	PurgeExpired(ctx context.Context, end time.Time, limit int) ([]Record, error)
}

// A Filterer is a Store that lists the records of one maker, or those that end soon,
// without reading all of them. If a store is not a Filterer, the service reads all.
type Filterer interface {
	// ListFiltered is List of the records that opts leaves. CreatedBy or
	// ExpiresBefore is set, or both. If CreatedBy is not nil, these are the records
	// with the same CreatedBy, byte for byte. If ExpiresBefore is not zero, these are
	// the records whose ExpiresAt is not zero and before it.
	ListFiltered(ctx context.Context, opts ListOptions) ([]Record, error)
}

// Digest is the HMAC of a secret, made by [Salt.Digest]. fmt does not show it, and
// it cannot be encoded as text. A store writes its bytes, d[:]. The zero Digest
// belongs to no secret.
type Digest [64]byte

const digestProblem = "must be 128 hexadecimal digits"

// ParseDigest returns the digest that text spells in 128 hexadecimal digits of
// either case. Strapi stores digests so, in the column access_key. Any other text
// is a *ValidationError with the zero Digest.
func ParseDigest(text string) (Digest, error) {
	var d Digest
	if len(text) != hex.EncodedLen(len(d)) {
		return Digest{}, invalid("digest", digestProblem)
	}
	if _, err := hex.Decode(d[:], []byte(text)); err != nil {
		return Digest{}, invalid("digest", digestProblem)
	}
	return d, nil
}

func (d Digest) isZero() bool { return d == Digest{} }

// equal returns 1 if d and other are equal, else 0, in constant time. It compares
// words, because subtle.ConstantTimeCompare compares bytes and takes noticeable
// time beside an HMAC.
func (d *Digest) equal(other *Digest) int {
	var different uint64
	for i := 0; i < len(d); i += 8 {
		different |= binary.NativeEndian.Uint64(d[i:]) ^ binary.NativeEndian.Uint64(other[i:])
	}
	return subtle.ConstantTimeEq(int32(different>>32|different), 0)
}
