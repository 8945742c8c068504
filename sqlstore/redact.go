package sqlstore

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/seed-39e76d91/transfertoken"
)

// shortestQuote is the number of consecutive bytes of a digest that count as a quote
// of it. Databases cut off long values, so a part must count.
const shortestQuote = 8

// quotesDigest reports whether text quotes one of digests, in a spelling that
// databases, drivers or fmt use: bytes, with or without escapes, or converted to
// another character set; hexadecimal; base64; a list of numbers.
//
// Other hexadecimal digits do not matter, because names have them too.
func quotesDigest(text string, digests []transfertoken.Digest) bool {
	raw := snippets{size: shortestQuote}
	letters := snippets{size: shortestQuote}
	hexDigits := snippets{size: 2 * shortestQuote}
	base64Digits := snippets{size: 4*shortestQuote/3 + 1}
	for _, digest := range digests {
		if digest == (transfertoken.Digest{}) {
			continue
		}
		raw.add(string(digest[:]))
		letters.add(alphanumeric(string(digest[:])))
		hexDigits.add(hex.EncodeToString(digest[:]))
		for skip := range 3 { // the alignments that it can have in a longer text
			base64Digits.add(base64.RawStdEncoding.EncodeToString(digest[skip:]))
			base64Digits.add(base64.RawURLEncoding.EncodeToString(digest[skip:]))
		}
	}
	for _, decoded := range decodings(text) {
		if raw.in(decoded) || letters.in(alphanumeric(decoded)) {
			return true
		}
	}
	return hexDigits.in(hexadecimal(text)) || base64Digits.in(text)
}

// snippets is the set of all parts of some secrets that have one size.
type snippets struct {
	size  int
	parts map[string]struct{}
}

func (s *snippets) add(secret string) {
	if s.parts == nil {
		s.parts = make(map[string]struct{})
	}
	for i := 0; i+s.size <= len(secret); i++ {
		s.parts[secret[i:i+s.size]] = struct{}{}
	}
}

// in reports whether text contains a snippet.
func (s *snippets) in(text string) bool {
	for i := 0; i+s.size <= len(text); i++ {
		if _, ok := s.parts[text[i:i+s.size]]; ok {
			return true
		}
	}
	return false
}

// decodings returns the bytes that text may stand for.
func decodings(text string) []string {
	once := unescape(text)
	all := []string{text, once, unescape(once)}
	for _, decoded := range all {
		all = append(all, latin1(decoded))
	}
	for _, base := range []int{0, 10, 16} {
		all = append(all, numbers(text, base))
	}
	return all
}

var escapes = regexp.MustCompile(`(?s)\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[0-7]{3}|%[0-9A-Fa-f]{2}|\\.`)

// unescape undoes the escapes of Go, JSON, SQL and URLs.
func unescape(text string) string {
	return escapes.ReplaceAllStringFunc(text, func(escape string) string {
		switch digits := strings.TrimLeft(escape, `\xu%`); {
		case escape[0] == '%' || len(escape) == 4 && escape[1] == 'x':
			b, _ := strconv.ParseUint(digits, 16, 8)
			return string([]byte{byte(b)})
		case len(escape) == 6 && escape[1] == 'u':
			r, _ := strconv.ParseUint(digits, 16, 32)
			return string(rune(r))
		case len(escape) == 4:
			b, _ := strconv.ParseUint(digits, 8, 16)
			return string([]byte{byte(b)})
		}
		if control, ok := controls[escape[1]]; ok {
			return control
		}
		return escape[1:]
	})
}

var controls = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'Z': "\x1a",
}

// latin1 returns the bytes of text in Latin-1, without the characters that are not
// in it.
func latin1(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r <= unicode.MaxLatin1 {
			out.WriteByte(byte(r))
		}
	}
	return out.String()
}

// numbers returns the numbers in text that fit into a byte, as bytes. With base 0
// their prefixes decide, as in Go.
func numbers(text string, base int) string {
	var out strings.Builder
	separates := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for word := range strings.FieldsFuncSeq(text, separates) {
		if n, err := strconv.ParseUint(word, base, 8); err == nil {
			out.WriteByte(byte(n))
		}
	}
	return out.String()
}

// hexadecimal returns the hexadecimal digits of text in lower case, without the
// prefixes and separators of bytes.
func hexadecimal(text string) string {
	text = strings.ReplaceAll(strings.ToLower(text), "0x", "")
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'a' <= r && r <= 'f' {
			return r
		}
		return -1
	}, text)
}

// alphanumeric returns the ASCII letters and digits of text. A conversion that
// replaces other bytes keeps them.
func alphanumeric(text string) string {
	var out strings.Builder
	for i := range len(text) {
		if b := text[i]; '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' {
			out.WriteByte(b)
		}
	}
	return out.String()
}
