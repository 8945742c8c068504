package transfertoken

import (
	"bytes"
	"crypto/rand"
	"hash/crc32"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Secret is what a transfer client presents. Its text is reached by Reveal only:
// formatted, logged or encoded, a Secret is redacted, also in an unexported
// field of a struct and in the differences that test libraries print. Two Secrets
// are equal only if one is a copy of the other. The zero Secret has no text and
// authorizes nothing.
//
// The text is <prefix>_<43 characters><6 characters>. The prefix matches
// [a-z][a-z0-9]{0,15} and the characters are from 0-9A-Za-z: 43 drawn uniformly
// by crypto/rand, together 256 bits, then the CRC-32 (IEEE) of everything before
// it as a number in base 62, zero-padded. Prefix and checksum are for people and
// secret scanners: a typo or a paste that was cut off shows without asking
// anyone. A secret has exactly one text.
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
)

// Reveal returns the text of the secret, or "" for the zero Secret. It is the
// only way to it: show it once, and send it over TLS only.
func (s Secret) Reveal() string { return s.text.value() }

// ParseSecret checks the format and the checksum of a secret, for clients that
// want to catch a typo before they send anything. It says nothing about whether
// a backend accepts the secret. What it refuses is a *ValidationError with the
// zero Secret.
func ParseSecret(text string) (Secret, error) {
	if problem := pasteProblem(text); problem != "" {
		return Secret{}, invalid("secret", problem)
	}
	if problem := secretLengthProblem(len(text)); problem != "" { // before all of it is copied
		return Secret{}, invalid("secret", problem)
	}
	if problem := secretProblem(append(make([]byte, checksumLead), text...)); problem != "" {
		return Secret{}, invalid("secret", problem)
	}
	return Secret{hide(strings.Clone(text))}, nil
}

// pasteProblem returns the mistake that was made when a secret was copied, if it
// shows at the ends of the text, or "".
func pasteProblem(text string) string {
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
	return Secret{hide(string(appendChecksum(text)))}
}

// hint is the checksum, by which people can tell secrets apart.
func (s Secret) hint() string {
	text := s.Reveal()
	return strings.Clone(text[len(text)-checksumLen:])
}

// appendRandom appends n characters, each drawn uniformly: bytes from 248 up
// are drawn again, since 248 is the largest multiple of 62 in a byte.
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

// appendChecksum appends the CRC-32 of text in base 62, most significant digit
// first.
func appendChecksum(text []byte) []byte {
	sum := crc32.ChecksumIEEE(text)
	var digits [checksumLen]byte
	for i := range digits {
		digits[len(digits)-1-i] = secretAlphabet[sum%uint32(len(secretAlphabet))]
		sum /= uint32(len(secretAlphabet))
	}
	return append(text, digits[:]...)
}

// What is checked comes after a lead of zero bytes: hash/crc32 is much faster
// from 64 bytes on, and a secret is shorter. From crcBeforeLead the zeros lead to
// the checksum of nothing, so that what follows them has the same checksum as
// without them.
const (
	checksumLead  = 32
	crcBeforeLead = 0x31998f4f
)

// number is what digits, which are all in secretAlphabet, mean in base 62.
func number(digits []byte) (n uint64) {
	for _, d := range digits {
		n = n*uint64(len(secretAlphabet)) + uint64(digitValue[d])
	}
	return n
}

var digitValue = func() (values [256]uint8) {
	for i := range len(secretAlphabet) {
		values[secretAlphabet[i]] = uint8(i)
	}
	return values
}()

// secretLengthProblem says why no secret in this library's format has n bytes,
// or "".
func secretLengthProblem(n int) string {
	switch {
	case n == 0:
		return "must not be empty"
	case n < minSecretLen:
		return "is too short: it was probably cut off"
	case n > maxSecretLen:
		return "is too long"
	}
	return ""
}

// secretProblem says what keeps a text from being a secret in this library's
// format, or "". It looks at the length before it looks at the content. The text
// comes after checksumLead zeros.
func secretProblem(led []byte) string {
	text := led[checksumLead:]
	if problem := secretLengthProblem(len(text)); problem != "" {
		return problem
	}
	underscore := len(text) - checksumLen - randomLen - 1
	if !validPrefix(text[:underscore]) || text[underscore] != '_' {
		return "does not have the format of a transfer token"
	}
	if !alphanumeric.holds(text[underscore+1:]) {
		return "does not have the format of a transfer token"
	}
	content := len(led) - checksumLen
	if number(led[content:]) != uint64(crc32.Update(crcBeforeLead, crc32.IEEETable, led[:content])) {
		return "has a wrong checksum: it was probably mistyped"
	}
	return ""
}

// validPrefix reports whether prefix matches [a-z][a-z0-9]{0,15}.
func validPrefix(prefix []byte) bool {
	return len(prefix) >= 1 && len(prefix) <= maxPrefixLen && prefix[0] >= 'a' && lowerAlphanumeric.holds(prefix)
}

var (
	alphanumeric      = newByteSet(secretAlphabet)
	lowerAlphanumeric = newByteSet("0123456789abcdefghijklmnopqrstuvwxyz")

	// b64token is what RFC 6750, section 2.1, allows in a Bearer token before
	// its trailing "=".
	b64token = newByteSet(secretAlphabet + "-._~+/")
)

// byteSet has a 1 for every member.
type byteSet [256]byte

func newByteSet(members string) (set byteSet) {
	for i := range len(members) {
		set[members[i]] = 1
	}
	return set
}

// holds reports whether all of text is in the set. It has no branch for each
// byte: nearly every text passes. It goes by eights, for that takes half as long.
func (set *byteSet) holds(text []byte) bool {
	all := byte(1)
	for ; len(text) >= 8; text = text[8:] {
		all &= set[text[0]] & set[text[1]] & set[text[2]] & set[text[3]] &
			set[text[4]] & set[text[5]] & set[text[6]] & set[text[7]]
	}
	for _, b := range text {
		all &= set[b]
	}
	return all == 1
}

const (
	minForeignLen = 32
	maxForeignLen = 512
)

// foreign reports whether text may be a secret that another system issued.
func foreign(text []byte) bool {
	if len(text) < minForeignLen || len(text) > maxForeignLen {
		return false
	}
	body := bytes.TrimRight(text, "=")
	return len(body) > 0 && b64token.holds(body)
}
