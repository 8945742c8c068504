package transfertoken_test

import (
	"fmt"
	"hash/crc32"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// wellFormed holds secrets whose checksums were computed by another program.
var wellFormed = []string{
	"xfer_00000000000000000000000000000000000000000001a2LGT",
	"xfer_0000000000000000000000000000000000000000060000moB", // zero-padded
	"a_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3QE1el",
	"acme0corp0backup_"[:16] + "_zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJ2BWYom",
}

// malformed holds texts that people and programs have presented as secrets.
var malformed = []string{
	"", " ", "\x00", "\r\n", "_", "xfer", "xfer_", "Bearer", "null", "undefined",
	"XFER_00000000000000000000000000000000000000000001a2LGT",
	"_00000000000000000000000000000000000000000001a2LGT",
	"0fer_00000000000000000000000000000000000000000001a2LGT",
	"x-fer_00000000000000000000000000000000000000000001a2LG",
	"xfer-00000000000000000000000000000000000000000001a2LGT",
	"xfer_00000000000000000000000000000000000000000001a2LG",
	"xfer_00000000000000000000000000000000000000000001a2LGT ",
	" xfer_00000000000000000000000000000000000000000001a2LGT",
	"xfer_00000000000000000000000000000000000000000001a2LGT\n",
	"xfer_00000000000000000000000000000000000000000001a2LGT\x00",
	"xfer_00000000000000000000000000000000000000000001a2LGT=",
	"\"xfer_00000000000000000000000000000000000000000001a2LGT\"",
	"xfer_٠0000000000000000000000000000000000000000001a2LGT",
	"xfer_\xff0000000000000000000000000000000000000000001a2LGT",
	"xfer_００００",
	"abcdefghijklmnopq_00000000000000000000000000000000000000000001a2LGT",
	strings.Repeat("a", 52),
	strings.Repeat("x", 1<<20),
	strings.Repeat("xfer_", 1<<18),
	strings.Repeat("é", 33),
}

func TestSecretsHaveTheirFormat(t *testing.T) {
	f := newFixture(t, nil)
	_, text := f.issue(t, "default prefix", transfertoken.Push, transfertoken.Days7)
	require.Regexp(t, `^xfer_[0-9A-Za-z]{49}$`, text)

	for _, prefix := range []string{"a", "ci", "acme2backup", "abcdefghijklmnop"} {
		f := newFixture(t, &transfertoken.Options{Prefix: prefix})
		token, text := f.issue(t, "own prefix", transfertoken.Push, transfertoken.Days7)
		require.Regexp(t, `^`+regexp.QuoteMeta(prefix)+`_[0-9A-Za-z]{49}$`, text)
		require.Equal(t, text[len(text)-6:], token.Hint)
		require.Equal(t, crc32.ChecksumIEEE([]byte(text[:len(text)-6])), base62(t, token.Hint))
	}
}

// base62 reads a checksum, independently of the library.
func base62(t *testing.T, digits string) uint32 {
	t.Helper()
	n := uint64(0)
	for _, d := range digits {
		n = n*62 + uint64(strings.IndexRune(alphabet, d))
	}
	require.LessOrEqual(t, n, uint64(math.MaxUint32))
	return uint32(n)
}

func TestParseSecretTakesOneTextPerSecret(t *testing.T) {
	for _, text := range wellFormed {
		secret, err := transfertoken.ParseSecret(text)
		require.NoError(t, err, text)
		require.Equal(t, text, secret.Reveal())
	}
	for _, text := range malformed {
		secret, err := transfertoken.ParseSecret(text)
		require.Equal(t, []string{"secret"}, fieldsOf(t, err), "%.80q", text)
		require.Equal(t, transfertoken.Secret{}, secret)
		require.Less(t, len(err.Error()), 100)
	}
	require.Empty(t, transfertoken.Secret{}.Reveal(), "the zero Secret has no text")
}

func TestParseSecretNamesTheMistakeOfCopying(t *testing.T) {
	secret := wellFormed[0]
	for text, problem := range map[string]string{
		secret + "\n":               "white space",
		secret + "\r\n":             "white space",
		" " + secret:                "white space",
		secret + "\u00a0":           "white space",
		"\t" + secret[:20]:          "white space",
		" Bearer " + secret:         "white space",
		"\ufeff" + secret:           "byte order mark",
		"\ufeff" + secret + "\n":    "byte order mark",
		`"` + secret + `"`:          "quotation marks",
		"'" + secret + "'":          "quotation marks",
		"`" + secret + "`":          "quotation marks",
		"“" + secret + "”":          "quotation marks",
		secret + `"`:                "quotation marks",
		"Bearer " + secret:          `starts with "Bearer"`,
		"bearer " + secret:          `starts with "Bearer"`,
		"BEARER  " + secret:         `starts with "Bearer"`,
		"Bearer":                    "too short",
		"":                          "empty",
		strings.Repeat("\n", 1<<20): "white space",
	} {
		got, err := transfertoken.ParseSecret(text)
		require.ErrorContains(t, err, problem, "%.80q", text)
		require.Equal(t, []string{"secret"}, fieldsOf(t, err))
		require.NotContains(t, err.Error(), secret[5:])
		require.Equal(t, transfertoken.Secret{}, got)
	}
}

// The checksums of these texts are right.
func TestARightChecksumDoesNotExcuseAWrongCharacter(t *testing.T) {
	for _, content := range []string{
		"xfer_000000000000000000000000000000000000000000-",
		"xfer_00000000000000000000000000000000000000000\u00e9",
		"xfer_\x00000000000000000000000000000000000000000000"[:48],
		"xfer__000000000000000000000000000000000000000000",
		"Xfer_0000000000000000000000000000000000000000000",
		"xfe-_0000000000000000000000000000000000000000000",
	} {
		require.Len(t, content, 48)
		_, err := transfertoken.ParseSecret(content + checksumOf(content))
		require.ErrorIs(t, err, transfertoken.ErrInvalid, "%q", content)
	}
	padded := wellFormed[1]
	for _, digit := range []string{"-", "_", "\x00", " ", "="} {
		_, err := transfertoken.ParseSecret(padded[:48] + digit + padded[49:])
		require.ErrorIs(t, err, transfertoken.ErrInvalid, "a second way to write 0: %q", digit)
	}
}

func TestTheChecksumIsCheckedAfterEveryPrefix(t *testing.T) {
	for n := 1; n <= 16; n++ {
		for i := range 100 {
			content := "abcdefghijklmnop"[:n] + fmt.Sprintf("_%043d", i*i*i)
			_, err := transfertoken.ParseSecret(content + checksumOf(content))
			require.NoError(t, err, content)
			_, err = transfertoken.ParseSecret(content + checksumOf(content+"0"))
			require.ErrorContains(t, err, "checksum", content)
		}
	}
}

func TestParseSecretNamesTheTypo(t *testing.T) {
	good := wellFormed[0]
	for text, says := range map[string]string{
		"":                          "must not be empty",
		good[:20]:                   "cut off",
		good[:len(good)-1]:          "does not have the format",
		good + good:                 "too long",
		good[:30] + "Z" + good[31:]: "mistyped",
	} {
		_, err := transfertoken.ParseSecret(text)
		require.ErrorContains(t, err, says)
	}
}

// Unpadded base64 has four spellings of one value, and Headscale accepted junk
// before a key.
func TestEveryChangeOfASecretIsRefusedWithoutTheStore(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	var changed []string
	for i := range len(secret) {
		for _, c := range alphabet + "_-. \x00\xff" {
			changed = append(changed, secret[:i]+string(c)+secret[i+1:], secret[:i]+string(c)+secret[i:])
		}
		changed = append(changed, secret[:i], secret[i+1:], secret[:i]+secret[i+1:])
	}
	for _, c := range alphabet + "_-=. \t\r\n\x00" {
		changed = append(changed, secret+string(c), string(c)+secret)
	}
	changed = append(changed, strings.ToLower(secret), strings.ToUpper(secret), secret+secret, "Bearer "+secret,
		`"`+secret+`"`)

	f.spy.takeCalls()
	for _, text := range changed {
		if text == secret {
			continue
		}
		require.ErrorIs(t, f.authorize(t, text, transfertoken.Push), transfertoken.ErrUnauthorized, "%q", text)
		_, err := transfertoken.ParseSecret(text)
		require.ErrorIs(t, err, transfertoken.ErrInvalid, "%q", text)
	}
	require.Empty(t, f.spy.takeCalls())
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
}

// NetBox drew keys from a Mersenne Twister and crates.io from SQL's random().
// A modulo without rejection would make eight of the characters a quarter more
// likely, which this would show.
func TestSecretsAreDrawnUniformly(t *testing.T) {
	const secrets, characters = 20_000, 43
	f := newFixture(t, nil)
	var seen [characters][256]int
	distinct := map[string]bool{}
	token, _ := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	for range secrets {
		issued, err := f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
		require.NoError(t, err)
		text := issued.Secret.Reveal()
		distinct[text] = true
		for i := range characters {
			seen[i][text[len("xfer_")+i]]++
		}
	}
	require.Len(t, distinct, secrets)

	// Chi-squared with 61 degrees of freedom: mean 61, standard deviation 11.
	const limit = 61 + 8*11
	for i := range characters {
		const expected = float64(secrets) / float64(len(alphabet))
		chi2 := 0.0
		for _, c := range []byte(alphabet) {
			d := float64(seen[i][c]) - expected
			chi2 += d * d / expected
		}
		require.Less(t, chi2, float64(limit), "position %d", i)
	}
}

func TestForeignSecretsAreBearerTokensOfReasonableLength(t *testing.T) {
	letters := func(n int) string { return strings.Repeat("aB3-._~+/", 60)[:n] }
	for _, row := range []struct {
		name   string
		text   string
		looked bool
	}{
		{"shortest", letters(32), true},
		{"longest", letters(512), true},
		{"too short", letters(31), false},
		{"too long", letters(513), false},
		{"empty", "", false},
		{"huge", strings.Repeat("a", 1<<20), false},
		{"padded", letters(40) + "==", true},
		{"padding alone", strings.Repeat("=", 40), false},
		{"padding inside", letters(20) + "=" + letters(20), false},
		{"padding first", "=" + letters(40), false},
		{"space", letters(40) + " ", false},
		{"NUL", letters(40) + "\x00", false},
		{"line end", letters(40) + "\r\n", false},
		{"non-ASCII", letters(40) + "é", false},
		{"invalid UTF-8", letters(40) + "\xff", false},
		{"a comma", letters(40) + ",", false},
		{"a mistyped one of ours", wellFormed[0][:53] + "0", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			strict := newFixture(t, nil)
			require.ErrorIs(t, strict.authorize(t, row.text, transfertoken.Push), transfertoken.ErrUnauthorized)
			require.Empty(t, strict.spy.takeCalls())

			f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
			require.ErrorIs(t, f.authorize(t, row.text, transfertoken.Push), transfertoken.ErrUnauthorized)
			if row.looked {
				require.Equal(t, []string{"FindByDigest"}, f.spy.takeCalls())
				require.Equal(t, testSalt.Digest(row.text), f.spy.digests[0][0], "all of it is digested")
			} else {
				require.Empty(t, f.spy.takeCalls())
			}
		})
	}
}

func TestEveryCharacterOfAForeignSecretIsLookedAt(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
	for n := 32; n <= 48; n++ {
		good := strings.Repeat("a", n)
		for i := range n {
			require.ErrorIs(t, f.authorize(t, good[:i]+"!"+good[i+1:], transfertoken.Push),
				transfertoken.ErrUnauthorized)
		}
		require.Empty(t, f.spy.takeCalls())
		require.ErrorIs(t, f.authorize(t, good, transfertoken.Push), transfertoken.ErrUnauthorized)
		require.Equal(t, []string{"FindByDigest"}, f.spy.takeCalls())
	}
}

func FuzzParseSecret(f *testing.F) {
	for _, text := range wellFormed {
		f.Add(text)
	}
	for _, text := range malformed {
		if len(text) < 1<<10 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := transfertoken.ParseSecret(text)
		if err != nil {
			require.ErrorIs(t, err, transfertoken.ErrInvalid)
			require.Equal(t, transfertoken.Secret{}, secret)
			if len(text) > 8 {
				require.NotContains(t, err.Error(), text)
			}
			return
		}
		require.Equal(t, text, secret.Reveal())
		require.Regexp(t, `^[a-z][a-z0-9]{0,15}_[0-9A-Za-z]{49}$`, text)
		content := len(text) - 6
		require.Equal(t, checksumOf(text[:content]), text[content:])
	})
}

// checksumOf returns the checksum of content, independently of the library.
func checksumOf(content string) string {
	sum := crc32.ChecksumIEEE([]byte(content))
	digits := ""
	for range 6 {
		digits = string(alphabet[sum%62]) + digits
		sum /= 62
	}
	return digits
}
