package transfertoken

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"hash/crc32"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Secret is the text that a transfer client presents. Only Reveal returns it: a
// Secret that is formatted, logged or encoded is redacted, also in an unexported
// field of a struct and in the differences that test libraries print. Two Secrets
// are equal only if one is a copy of the other. The zero Secret has no text and
// authorizes nothing.
//
// The text is <prefix>_<43 characters><6 characters>. The prefix matches
// [a-z][a-z0-9]{0,15} and the characters are from 0-9A-Za-z. The 43 characters
// are drawn uniformly by crypto/rand, together 256 bits. The 6 characters are the
// CRC-32 (IEEE) of everything before them as a number in base 62, zero-padded.
// Prefix and checksum are for people and secret scanners: a typo or a paste that
// was cut off shows without asking the backend. A secret has exactly one text.
type Secret struct {
	text hidden[string]
}

const (
	secretAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomLen      = 43
	checksumLen    = 6
	maxPrefixLen   = 16
	minSecretLen   = 1 + 1 + randomLen + checksumLen
	maxSecretLen   = maxPrefixLen + 1 + randomLen + checksumLen
	defaultPrefix  = "xfer"

	prefixProblem = "must match [a-z][a-z0-9]{0,15}"

	minForeignLen = 32
	maxForeignLen = 512
)

// Reveal returns the text of the secret, or "" for the zero Secret. Show it once,
// and send it over TLS only.
func (s Secret) Reveal() string { return s.text.value() }

// ParseSecret checks the format and the checksum of a secret, for clients that
// want to catch a typo before they send anything. It does not tell whether a
// backend accepts the secret. A malformed text is a *ValidationError with the zero
// Secret.
func ParseSecret(text string) (Secret, error) {
	problem := copyingProblem(text)
	if problem == "" {
		problem = secretProblem([]byte(text[:min(len(text), maxSecretLen+1)])) // a longer text is not copied whole
	}
	if problem != "" {
		return Secret{}, invalid("secret", problem)
	}
	return Secret{hide(strings.Clone(text))}, nil
}

// GenerateSecret makes a secret from crypto/rand that no token has yet. It is for
// [TokenService.Ensure], and belongs where the deployment keeps its secrets. The
// prefix "" means "xfer". One that does not match [a-z][a-z0-9]{0,15} is a
// *ValidationError with the zero Secret.
func GenerateSecret(prefix string) (Secret, error) {
	prefix = cmp.Or(prefix, defaultPrefix)
	if !validPrefix([]byte(prefix)) {
		return Secret{}, invalid("prefix", prefixProblem)
	}
	return newSecret(prefix), nil
}

// copyingProblem returns the mistake that was made when a secret was copied, if it
// shows at the ends of the text, or "".
func copyingProblem(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	switch {
	case first == '\ufeff':
		return "begins with a byte order mark"
	case unicode.IsSpace(first) || unicode.IsSpace(last):
		return "has white space around it, such as a newline at the end"
	case isQuote(first) || isQuote(last):
		return "has quotation marks around it"
	case strings.EqualFold(text[:min(len(text), len("Bearer "))], "Bearer "):
		return `starts with "Bearer": pass only what follows`
	}
	return ""
}

func isQuote(r rune) bool {
	return strings.ContainsRune("\"'`", r) || unicode.Is(unicode.Quotation_Mark, r)
}

func newSecret(prefix string) Secret {
	text := make([]byte, 0, maxSecretLen)
	text = append(text, prefix...)
	text = append(text, '_')
	text = appendRandom(text, randomLen)
	sum := checksum(text)
	return Secret{hide(string(append(text, sum[:]...)))}
}

// hint returns the checksum, by which people can tell secrets apart.
func (s Secret) hint() string {
	text := s.Reveal()
	return strings.Clone(text[len(text)-checksumLen:])
}

// appendRandom appends n characters, each drawn uniformly. It draws bytes from
// 248 up again, because 248 is the largest multiple of 62 in a byte.
func appendRandom(text []byte, n int) []byte {
	const limit = 256 - 256%len(secretAlphabet)
	var drawn [64]byte
	for n > 0 {
		rand.Read(drawn[:])
		for _, b := range drawn {
			if n > 0 && int(b) < limit {
				text = append(text, secretAlphabet[int(b)%len(secretAlphabet)])
				n--
			}
		}
	}
	return text
}

// checksum returns the CRC-32 of content in base 62, most significant digit first.
func checksum(content []byte) (digits [checksumLen]byte) {
	sum := crc32.ChecksumIEEE(content)
	for i := range digits {
		digits[len(digits)-1-i] = secretAlphabet[sum%uint32(len(secretAlphabet))]
		sum /= uint32(len(secretAlphabet))
	}
	return digits
}

// secretProblem returns why text is not in this library's format, or "". It looks
// at the length before the content.
func secretProblem(text []byte) string {
	switch {
	case len(text) == 0:
		return "must not be empty"
	case len(text) < minSecretLen:
		return "is too short: it was probably cut off"
	case len(text) > maxSecretLen:
		return "is too long"
	}
	underscore := len(text) - checksumLen - randomLen - 1
	if !validPrefix(text[:underscore]) || text[underscore] != '_' || !alphanumeric.holds(text[underscore+1:]) {
		return "does not have the format of a transfer token"
	}
	content := text[:len(text)-checksumLen]
	if want := checksum(content); !bytes.Equal(text[len(content):], want[:]) {
		return "has a wrong checksum: it was probably mistyped"
	}
	return ""
}

// validPrefix reports whether prefix matches [a-z][a-z0-9]{0,15}.
func validPrefix(prefix []byte) bool {
	return len(prefix) >= 1 && len(prefix) <= maxPrefixLen && prefix[0] >= 'a' && lowerAlphanumeric.holds(prefix)
}

// isForeign reports whether text may be a secret that another system issued.
func isForeign(text []byte) bool {
	if len(text) < minForeignLen || len(text) > maxForeignLen {
		return false
	}
	body := bytes.TrimRight(text, "=")
	return len(body) > 0 && b64token.holds(body)
}

var (
	alphanumeric      = newByteSet(secretAlphabet)
	lowerAlphanumeric = newByteSet("0123456789abcdefghijklmnopqrstuvwxyz")

	// b64token holds the characters that RFC 6750, section 2.1, allows in a
	// Bearer token before its trailing "=".
	b64token = newByteSet(secretAlphabet + "-._~+/")
)

// byteSet holds a 1 for each byte in the set.
type byteSet [256]uint8

func newByteSet(members string) (set byteSet) {
	for i := range len(members) {
		set[members[i]] = 1
	}
	return set
}

// holds reports whether all bytes of text are in the set. Nearly every text passes,
// so a loop without a branch is faster than one that ends early.
func (set *byteSet) holds(text []byte) bool {
	all := uint8(1)
	for _, b := range text {
		all &= set[b]
	}
	return all == 1
}
