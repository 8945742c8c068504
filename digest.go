package transfertoken

import (
	"crypto/subtle"
	"encoding/binary"
)

// isZero reports whether d is the digest of nothing.
func (d Digest) isZero() bool { return d == Digest{} }

// equal is 1 if d and other are the same, else 0. It takes the same time
// whatever they hold: it reads all of both and branches on nothing that it read.
// subtle.ConstantTimeCompare would do, but goes byte by byte, and that shows
// beside an HMAC.
func (d *Digest) equal(other *Digest) int {
	var different uint64
	for i := 0; i < len(d); i += 8 {
		different |= binary.NativeEndian.Uint64(d[i:]) ^ binary.NativeEndian.Uint64(other[i:])
	}
	return subtle.ConstantTimeEq(int32(different>>32|different), 0)
}
