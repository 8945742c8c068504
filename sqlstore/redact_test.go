package sqlstore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// spellings are the ways in which databases, drivers and fmt write bytes.
var spellings = []struct {
	name  string
	spell func([]byte) string
}{
	{"bytes", func(b []byte) string { return string(b) }},
	{"bytes in Latin-1", func(b []byte) string {
		var out strings.Builder
		for _, c := range b {
			out.WriteRune(rune(c))
		}
		return out.String()
	}},
	{"bytes with the invalid ones replaced", func(b []byte) string { return string([]rune(string(b))) }},
	{"bytes with the invalid ones removed", func(b []byte) string { return strings.ToValidUTF8(string(b), "") }},
	{"bytes with dots for those that cannot be printed", func(b []byte) string {
		return string(bytes.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return '.'
			}
			return r
		}, b))
	}},
	{"hexadecimal", hex.EncodeToString},
	{"upper-case hexadecimal", func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }},
	{"hexadecimal of PostgreSQL", func(b []byte) string { return `\x` + hex.EncodeToString(b) }},
	{"hexadecimal of MySQL", func(b []byte) string { return fmt.Sprintf("0x%X", b) }},
	{"hexadecimal of SQLite", func(b []byte) string { return fmt.Sprintf("x'%x'", b) }},
	{"hexadecimal with spaces", func(b []byte) string { return fmt.Sprintf("% x", b) }},
	{"hexadecimal with colons", func(b []byte) string { return strings.ReplaceAll(fmt.Sprintf("% X", b), " ", ":") }},
	{"each byte escaped", func(b []byte) string { return eachByte(b, `\x%02x`) }},
	{"each byte escaped in upper case", func(b []byte) string { return eachByte(b, `\x%02X`) }},
	{"each byte escaped twice", func(b []byte) string { return eachByte(b, `\\x%02x`) }},
	{"each byte escaped in octal", func(b []byte) string { return eachByte(b, `\%03o`) }},
	{"each byte in octal", func(b []byte) string { return eachByte(b, `0%o, `) }},
	{"escapes of MySQL", func(b []byte) string { return escape(b, `\x%02X`) }},
	{"escapes of PostgreSQL", func(b []byte) string { return escape(b, `\%03o`) }},
	{"quoted by Go", func(b []byte) string { return strconv.Quote(string(b)) }},
	{"quoted by Go in ASCII", func(b []byte) string { return strconv.QuoteToASCII(string(b)) }},
	{"quoted by Go twice", func(b []byte) string { return strconv.Quote(strconv.Quote(string(b))) }},
	{"text in JSON", func(b []byte) string { return inJSON(string(b)) }},
	{"bytes in JSON", func(b []byte) string { return inJSON(b) }},
	{"escapes of URLs", func(b []byte) string { return url.QueryEscape(string(b)) }},
	{"base64", base64.StdEncoding.EncodeToString},
	{"base64 without padding", base64.RawStdEncoding.EncodeToString},
	{"base64 of URLs", base64.URLEncoding.EncodeToString},
	{"base64 with something before", func(b []byte) string {
		return base64.StdEncoding.EncodeToString(append([]byte("k="), b...))
	}},
	{"base64 in lines", func(b []byte) string {
		text := base64.StdEncoding.EncodeToString(b)
		return text[:len(text)/2] + "\r\n" + text[len(text)/2:]
	}},
	{"list of Go", func(b []byte) string { return fmt.Sprint(b) }},
	{"list of Go with types", func(b []byte) string { return fmt.Sprintf("%#v", b) }},
	{"list of arguments", func(b []byte) string { return fmt.Sprintf("%v", []any{"nightly", b, 3}) }},
	{"list with commas", func(b []byte) string { return strings.ReplaceAll(fmt.Sprint(b), " ", ",") }},
}

func eachByte(b []byte, format string) string {
	var out strings.Builder
	for _, c := range b {
		fmt.Fprintf(&out, format, c)
	}
	return out.String()
}

// escape escapes the bytes that cannot be printed.
func escape(b []byte, format string) string {
	var out strings.Builder
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' {
			fmt.Fprintf(&out, format, c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

func inJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// plain is an error that is not a pointer, as some drivers have.
type plain struct{ text string }

func (p plain) Error() string { return p.text }

// callsWith are the calls that pass a digest.
func callsWith(digest transfertoken.Digest) []call {
	record := sample()
	record.Digest = digest
	return []call{
		{"Create", func(ctx context.Context, s *sqlstore.Store) error { return s.Create(ctx, record) }},
		{"Update", func(ctx context.Context, s *sqlstore.Store) error { return s.Update(ctx, record) }},
		{"FindByDigest", func(ctx context.Context, s *sqlstore.Store) error {
			_, err := s.FindByDigest(ctx, []transfertoken.Digest{{1}, digest})
			return err
		}},
		{"Rekey from", func(ctx context.Context, s *sqlstore.Store) error {
			return s.Rekey(ctx, record.ID, digest, transfertoken.Digest{1}, "9f3a01bc")
		}},
		{"Rekey to", func(ctx context.Context, s *sqlstore.Store) error {
			return s.Rekey(ctx, record.ID, transfertoken.Digest{1}, digest, "9f3a01bc")
		}},
	}
}

func TestNoErrorQuotesADigest(t *testing.T) {
	digest := transfertoken.Digest(sha512.Sum512([]byte("a digest with all kinds of bytes")))
	for _, spelling := range spellings {
		t.Run(spelling.name, func(t *testing.T) {
			// Databases cut off long values.
			for _, quoted := range [][]byte{digest[:], digest[:48], digest[16:]} {
				text := spelling.spell(quoted)
				for _, dialect := range dialects {
					cause := plain{"Error 9999 (HY000): cannot store '" + text + "' in column digest"}
					for _, c := range callsWith(digest) {
						err := c.make(t.Context(), failing(cause).store(t, dialect, nil))
						require.ErrorIs(t, err, cause, c.name)
						require.ErrorContains(t, err, "quotes a digest and is withheld", c.name)
						for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%x"} {
							require.NotContains(t, fmt.Sprintf(verb, err), text, c.name)
						}
						if dialect == sqlstore.MySQL {
							require.ErrorContains(t, err, "(Error 9999)", c.name)
						}
					}
				}
			}
		})
	}
}

// coder and codeField are errors like those of the two drivers for SQLite.
type coder struct{ code int }

func (c coder) Error() string { return "constraint failed" }
func (c coder) Code() int     { return c.code }

type codeField struct {
	Code         int
	ExtendedCode int
	text         string
}

func (c codeField) Error() string { return c.text }

func TestCodesStayWhenATextIsWithheld(t *testing.T) {
	digest := sample().Digest
	digest[0] = 0xD1
	quote := hex.EncodeToString(digest[:])
	for _, test := range []struct {
		dialect sqlstore.Dialect
		cause   error
		want    string
	}{
		{sqlstore.PostgreSQL, &coded{"26000", quote}, "(SQLSTATE 26000): behind a connection pooler set"},
		{sqlstore.PostgreSQL, &coded{"22P02", quote}, "(SQLSTATE 22P02)"},
		{sqlstore.MySQL, errors.New("Error 1366 (22007): " + quote), "(Error 1366)"},
		{sqlstore.SQLite, codeField{Code: 19, ExtendedCode: 1811, text: quote}, "(SQLite code 1811)"},
		{sqlstore.SQLite, fmt.Errorf("%s: %w", quote, coder{275}), "(SQLite code 275)"},
	} {
		err := callsWith(digest)[0].make(t.Context(), failing(test.cause).store(t, test.dialect, nil))
		require.ErrorContains(t, err, "withheld "+test.want)
	}
}

// Hexadecimal digits of names are shown, because they are not those of a digest.
func TestErrorsWithHexadecimalNamesStayReadable(t *testing.T) {
	const name = "3f2a9c1be8d7460fa1b2c3d4e5f60718"
	for _, test := range []struct {
		dialect sqlstore.Dialect
		cause   error
	}{
		{sqlstore.PostgreSQL, errors.New("lookup " + name + ".db.internal: no such host")},
		{sqlstore.PostgreSQL, &coded{"3D000", `database "` + name + `" does not exist (SQLSTATE 3D000)`}},
		{sqlstore.PostgreSQL, &coded{"26000", `statement "stmtcache_` + name + `" does not exist (SQLSTATE 26000)`}},
		{sqlstore.MySQL, errors.New("Error 1049 (42000): Unknown database '" + name + "'")},
		{sqlstore.MySQL, errors.New("Error 1045 (28000): Access denied for user '" + strings.ToUpper(name) + "'")},
		{sqlstore.SQLite, errors.New(`unable to open database file: C:\x3f\2a9c1be8d7460fa1b2c3d4e5f60718.db (14)`)},
	} {
		for _, c := range calls {
			err := c.make(t.Context(), failing(test.cause).store(t, test.dialect, nil))
			require.ErrorContains(t, err, test.cause.Error(), c.name)
		}
	}
}

// The details of a violated constraint quote the row that is stored, whose digest
// the call does not know.
func TestDetailsOfAConstraintAreCutOff(t *testing.T) {
	cause := &coded{"23514", "new row violates check constraint (SQLSTATE 23514)\nDETAIL: Failing row contains (7)."}
	err := callNamed("Touch").make(t.Context(), failing(cause).store(t, sqlstore.PostgreSQL, nil))
	require.EqualError(t, err, "sqlstore: new row violates check constraint (SQLSTATE 23514)")
}

// FuzzErrors puts a digest in any spelling between any texts.
func FuzzErrors(f *testing.F) {
	for i := range spellings {
		f.Add([]byte("seed"), i, "Error 1366 (22007): Incorrect value '", "' for column", byte(0), byte(64))
		f.Add([]byte{byte(i)}, i, `\x00`, `\`, byte(i), byte(64))
	}
	f.Fuzz(func(t *testing.T, seed []byte, spelling int, before, after string, from, to byte) {
		digest := transfertoken.Digest(sha512.Sum512(seed))
		if from > 64-16 || to > 64 || int(to)-int(from) < 16 || spelling < 0 || spelling >= len(spellings) {
			t.Skip("quotes of less than 16 bytes may be shown")
		}
		quote := spellings[spelling].spell(digest[from:to])
		if onlyLetters := spelling >= 2 && spelling <= 4; onlyLetters && letters(quote) < 8 {
			t.Skip("too little is left of the digest")
		}
		cause := plain{before + quote + after}
		err := callsWith(digest)[0].make(t.Context(), failing(cause).store(t, sqlstore.MySQL, nil))
		require.NotContains(t, err.Error(), quote)

		// A digest that the call does not have is not recognized.
		var other transfertoken.Digest
		rand.Read(other[:])
		err = callsWith(other)[0].make(t.Context(), failing(cause).store(t, sqlstore.SQLite, nil))
		require.NotContains(t, err.Error(), "withheld")
	})
}

func letters(text string) int {
	n := 0
	for _, r := range text {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			n++
		}
	}
	return n
}
