package transfertoken_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// Fleet found digests by a collation that is blind to case, and bcrypt looks at
// 72 bytes.
func TestADigestThatDiffersInOneBitIsAnother(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
	digest := testSalt.Digest(secret)
	record, err := f.spy.FindByDigest(t.Context(), []transfertoken.Digest{digest})
	require.NoError(t, err)

	authorize := func(stored transfertoken.Digest) error {
		record.Digest = stored
		svc, err := transfertoken.New(answering{f.spy.Store, record, nil}, testSalt,
			&transfertoken.Options{Now: f.clock.Now, TouchInterval: -1})
		require.NoError(t, err)
		_, err = svc.Authorize(t.Context(), secret, transfertoken.Push)
		return err
	}
	require.NoError(t, authorize(digest))
	last := digest
	for bit := range 8 * len(digest) {
		other := digest
		other[bit/8] ^= 1 << (bit % 8)
		require.Equal(t, transfertoken.ErrUnauthorized, authorize(other), "bit %d", bit)
		require.NoError(t, f.spy.Store.Rekey(t.Context(), record.ID, last, other, "00000000"))
		require.Equal(t, transfertoken.ErrUnauthorized, grant.Recheck(t.Context()), "bit %d", bit)
		last = other
	}
	for i := range digest {
		digest[i] ^= 0xff
	}
	require.Equal(t, transfertoken.ErrUnauthorized, authorize(digest), "every bit")
}

func TestParseDigestReadsHexadecimalDigits(t *testing.T) {
	want := testSalt.Digest("a secret")
	text := hex.EncodeToString(want[:])
	for _, spelling := range []string{text, strings.ToUpper(text)} {
		digest, err := transfertoken.ParseDigest(spelling)
		require.NoError(t, err)
		require.Equal(t, want, digest)
	}
	for _, refused := range []string{
		"", text[:126], text[:127], text + "00", text + "\n", " " + text[1:], "0x" + text, "0x" + text[2:],
		text[:127] + "g", text[:126] + "é",
		strings.Repeat("0", 1<<20),
	} {
		digest, err := transfertoken.ParseDigest(refused)
		require.Equal(t, []string{"digest"}, fieldsOf(t, err))
		require.Zero(t, digest)
	}
}

func FuzzParseDigest(f *testing.F) {
	f.Add(strings.Repeat("0f", 64))
	f.Add(strings.Repeat("aF", 64))
	f.Add(strings.Repeat("0", 127) + "x")
	f.Fuzz(func(t *testing.T, text string) {
		digest, err := transfertoken.ParseDigest(text)
		if err != nil {
			require.Equal(t, []string{"digest"}, fieldsOf(t, err))
			require.Zero(t, digest)
			return
		}
		require.Equal(t, strings.ToLower(text), hex.EncodeToString(digest[:]))
	})
}
