package transfertoken_test

import (
	"crypto/fips140"
	"encoding/base64"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// A token that Strapi 5.54.0 issued and the hash that it stored, recorded on a
// throw-away instance.
const (
	strapiSalt transfertoken.Salt = "peerTransferSalt0123456789"
	strapiKey  string             = "" +
		"0ab0935485ce86600b2f0589a54825aee3e36d0618dfcc2862986e8dcada68fe3cb3c4e53ce6cb12c6cac32a217f1a7d" +
		"91e2b3dd644ce7bc08a3237290d47623f805be3a4a3ef181e34f9c6b377e6c1c3861369d078ba7c7fc58baf7affa3716" +
		"d99a88024482690958a849064bc225d7e9d8c628abb93de25a7017c075616d67"
	strapiHash string = "" +
		"b3c3b1833631f4931c5a9f33c3d027a68c2978ef3d5ff237c74fbb6be20e534e4f2f2c73dea6ccad434e658e5ff26fb8" +
		"ffd4a4e0d3105b5124fd5f727587318a"
)

func strapiDigest(t testing.TB) transfertoken.Digest {
	t.Helper()
	d, err := transfertoken.ParseDigest(strapiHash)
	require.NoError(t, err)
	return d
}

func TestStrapiStoresTheSameDigest(t *testing.T) {
	require.Equal(t, strapiDigest(t), strapiSalt.Digest(strapiKey))
}

func TestNewRefusesAWeakSalt(t *testing.T) {
	for name, salt := range map[string]transfertoken.Salt{
		"one byte":                   "x",
		"15 bytes":                   "123456789012345",
		"blank":                      transfertoken.Salt(strings.Repeat(" ", 16)),
		"blank in several ways":      " \t\r\n\u00a0\u3000 \t\r\n\u00a0\u3000",
		"one character":              transfertoken.Salt(strings.Repeat("x", 64)),
		"one character of two bytes": transfertoken.Salt(strings.Repeat("é", 8)),
		"one byte that is no UTF-8":  transfertoken.Salt(strings.Repeat("\xff", 16)),
		"newline at the end":         "0123456789abcdef\n",
		"CRLF at the end":            "0123456789abcdef\r\n",
		"space at the start":         " 0123456789abcdef",
		"no-break space at the end":  "0123456789abcdef\u00a0",
		"line separator at the end":  "0123456789abcdef\u2028",
		"byte order mark":            "\ufeff0123456789abcdef",
		"NUL at the end":             "0123456789abcdef\x00",
		"NUL at the start":           "\x000123456789abcdef",
		"NUL only":                   transfertoken.Salt(strings.Repeat("\x00", 32)),
	} {
		svc, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, nil)
		require.ErrorIs(t, err, transfertoken.ErrWeakSalt, name)
		require.Nil(t, svc, name)
		require.False(t, svc.Enabled(), name)
		if len(strings.TrimSpace(string(salt))) > 1 {
			require.NotContains(t, err.Error(), string(salt), name)
		}
	}
	for name, salt := range map[string]transfertoken.Salt{
		"16 bytes":               "123456789012345x",
		"not UTF-8":              transfertoken.Salt(strings.Repeat("\xff\xfe", 8)),
		"generated":              transfertoken.GenerateSalt(),
		"white space inside":     "0123456789 \t abcdef",
		"long":                   transfertoken.Salt(strings.Repeat("ab", 5000)),
		"one character, but one": transfertoken.Salt(strings.Repeat("x", 63) + "y"),
	} {
		svc, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, nil)
		require.NoError(t, err, name)
		require.True(t, svc.Enabled(), name)
	}
}

func TestOtherSaltsMayBeWeakButHoldNoNUL(t *testing.T) {
	for _, salt := range []transfertoken.Salt{testSalt, ""} {
		_, err := transfertoken.New(transfertoken.NewMemoryStore(), salt,
			&transfertoken.Options{OtherSalts: []transfertoken.Salt{"x", "good\x00"}})
		require.ErrorIs(t, err, transfertoken.ErrWeakSalt)

		_, err = transfertoken.New(transfertoken.NewMemoryStore(), salt,
			&transfertoken.Options{OtherSalts: []transfertoken.Salt{"x", "", " ", "ends in a newline\n"}})
		require.NoError(t, err)
	}
}

// With GODEBUG=fips140=only crypto/hmac panics for a short key. The setting can only
// be made from outside, so the test runs itself again.
func TestNewRefusesAShortSaltWhereFIPSIsEnforced(t *testing.T) {
	if os.Getenv("TRANSFERTOKEN_TEST_FIPS") == "" {
		self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		self.Env = append(os.Environ(), "TRANSFERTOKEN_TEST_FIPS=1", "GODEBUG=fips140=only")
		out, err := self.CombinedOutput()
		if strings.Contains(string(out), "panic: fips140: ") {
			t.Skipf("FIPS 140-3 is not supported here: %s", out)
		}
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: "+t.Name())
		return
	}
	require.True(t, fips140.Enforced())
	for _, salt := range []transfertoken.Salt{testSalt, ""} {
		_, err := transfertoken.New(transfertoken.NewMemoryStore(), salt,
			&transfertoken.Options{OtherSalts: []transfertoken.Salt{"13 bytes long"}})
		require.ErrorIs(t, err, transfertoken.ErrWeakSalt)
		require.NotContains(t, err.Error(), "13 bytes long")
	}
	require.Panics(t, func() { transfertoken.Salt("13 bytes long").Digest("a secret") })

	f := newFixture(t,
		&transfertoken.Options{OtherSalts: []transfertoken.Salt{"", "14 bytes long!"}, NextSalt: otherSalt})
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
	require.NoError(t, grant.Recheck(t.Context()))
	_, err = f.Salts(t.Context())
	require.NoError(t, err)
}

func TestNextSaltKeepsTheRulesOfTheCurrentSalt(t *testing.T) {
	for _, salt := range []transfertoken.Salt{testSalt, ""} {
		for _, next := range []transfertoken.Salt{"x", "0123456789abcdef\x00", "                "} {
			_, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, &transfertoken.Options{NextSalt: next})
			require.ErrorIs(t, err, transfertoken.ErrWeakSalt)
			require.ErrorContains(t, err, "NextSalt")
		}
		_, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, &transfertoken.Options{NextSalt: otherSalt})
		require.NoError(t, err)
	}
}

func TestGenerateSaltMakesDifferentStrongSalts(t *testing.T) {
	seen := map[transfertoken.Salt]bool{}
	for range 1000 {
		salt := transfertoken.GenerateSalt()
		key, err := base64.StdEncoding.DecodeString(string(salt))
		require.NoError(t, err)
		require.Len(t, key, 32)
		seen[salt] = true
	}
	require.Len(t, seen, 1000)
}

// Fosite cuts its key to 32 bytes, bcrypt its password to 72.
func TestEveryByteOfTheSaltCounts(t *testing.T) {
	for _, length := range []int{0, 1, 16, 31, 32, 63, 64, 72, 127, 128, 129, 1000} {
		common := transfertoken.Salt(strings.Repeat("s", length))
		require.NotEqual(t, (common + "a").Digest("secret"), (common + "b").Digest("secret"), "after %d bytes", length)
		require.NotEqual(t, common.Digest("secret"), (common + "b").Digest("secret"), "after %d bytes", length)
	}
	long := strings.Repeat("s", 1000)
	require.NotEqual(t, testSalt.Digest(long+"a"), testSalt.Digest(long+"b"))
}

// The ID of a salt is stored with every record, so it can never change. The
// vectors were computed with the argon2 command of the reference implementation:
//
//	printf %s SALT | argon2 'transfertoken salt id v1' -id -t 2 -k 19456 -p 1 -l 4 -r
func TestSaltIDNeverChanges(t *testing.T) {
	for salt, id := range map[transfertoken.Salt]string{testSalt: "5ac6a125", strapiSalt: "8c41b4d8"} {
		usage, err := newFixtureOn(t, transfertoken.NewMemoryStore(), salt, nil).Salts(t.Context())
		require.NoError(t, err)
		require.Equal(t, []transfertoken.SaltUsage{{SaltID: id, Configured: true, Current: true}}, usage)
	}
}

// A salt that changed with a deploy kills all tokens at once, and looks like bad
// luck (Strapi #12255).
func TestSaltsTellsThatTheSaltChanged(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	before := newFixtureOn(t, store, testSalt, nil)
	for i := range 14 {
		before.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
	}

	after := newFixtureOn(t, store, thirdSalt,
		&transfertoken.Options{OtherSalts: []transfertoken.Salt{"", otherSalt, thirdSalt, otherSalt}})
	usage, err := after.Salts(t.Context())
	require.NoError(t, err)
	require.Len(t, usage, 3)
	require.Equal(t, transfertoken.SaltUsage{SaltID: usage[0].SaltID, Configured: true, Current: true}, usage[0])
	require.Equal(t, transfertoken.SaltUsage{SaltID: usage[1].SaltID, Configured: true}, usage[1])
	require.Equal(t, transfertoken.SaltUsage{SaltID: "5ac6a125", Tokens: 14}, usage[2],
		"14 tokens can never be authorized")
}

func TestSaltsShowsWhenAFormerSaltCanBeDropped(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	before := newFixtureOn(t, store, otherSalt, nil)
	_, first := before.issue(t, "first", transfertoken.Push, transfertoken.Days7)
	before.issue(t, "second", transfertoken.Push, transfertoken.Days30)

	f := newFixtureOn(t, store, testSalt, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	tokens := func() (current, former int) {
		usage, err := f.Salts(t.Context())
		require.NoError(t, err)
		require.Len(t, usage, 2)
		return usage[0].Tokens, usage[1].Tokens
	}
	current, former := tokens()
	require.Equal(t, [2]int{0, 2}, [2]int{current, former})

	require.NoError(t, f.authorize(t, first, transfertoken.Push))
	current, former = tokens()
	require.Equal(t, [2]int{1, 1}, [2]int{current, former}, "the first was re-digested")

	f.clock.Advance(8 * 24 * time.Hour)
	current, former = tokens()
	require.Equal(t, [2]int{0, 1}, [2]int{current, former}, "expired tokens do not count")

	f.clock.Advance(30 * 24 * time.Hour)
	current, former = tokens()
	require.Equal(t, [2]int{0, 0}, [2]int{current, former})
}

func TestSaltsListsUnknownSaltsInTheOrderOfTheirIDs(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	unknown := []transfertoken.Salt{otherSalt, thirdSalt, strapiSalt}
	for i, salt := range unknown {
		newFixtureOn(t, store, salt, nil).issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
	}
	usage, err := newFixtureOn(t, store, testSalt, nil).Salts(t.Context())
	require.NoError(t, err)
	require.Len(t, usage, 1+len(unknown))
	require.True(t, usage[0].Current)
	require.True(t, slices.IsSortedFunc(usage[1:], func(a, b transfertoken.SaltUsage) int {
		return strings.Compare(a.SaltID, b.SaltID)
	}))
	for _, u := range usage[1:] {
		require.Equal(t, transfertoken.SaltUsage{SaltID: u.SaltID, Tokens: 1}, u)
	}
}

func TestSaltsNeverCountsHalf(t *testing.T) {
	f := newFixture(t, nil)
	f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.spy.hook(func(string) error { return errStore }, nil)
	usage, err := f.Salts(t.Context())
	require.ErrorIs(t, err, errStore)
	require.Nil(t, usage)
}
