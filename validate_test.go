package transfertoken_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestNamesAndDescriptionsFollowTheirRules(t *testing.T) {
	const refused = "\x00refused"
	same := func(s string) [3]string { return [3]string{s, s, s} }
	long := func(n int) string { return strings.Repeat("\U0001f680", n) }
	for _, row := range []struct {
		rule string
		text string
		want [3]string // as name, as description, as creator
	}{
		{"kept as it is", "nightly backup", same("nightly backup")},
		{"empty", "", [3]string{refused, "", ""}},
		{"blank", " \t\r\n\u00a0\u3000\ufeff", [3]string{refused, "", ""}},
		{"trimmed as JavaScript does", "\ufeff\u3000\u00a0 \t\r\na b\u2028\v\f ", same("a b")},
		{"zero-width space is kept", "\u200ba\u200b", same("\u200ba\u200b")},
		{"inner white space is kept", "a  b", same("a  b")},
		{"markup is kept", `<b>x</b>"'&`, same(`<b>x</b>"'&`)},
		{"operators are kept", `100%_\'--;$1`, same(`100%_\'--;$1`)},
		{"NFC is kept", "\u00e4", same("\u00e4")},
		{"NFD is kept", "a\u0308", same("a\u0308")},
		{"255 characters of 4 bytes", long(255), same(long(255))},
		{"256 characters", long(256), [3]string{refused, long(256), refused}},
		{"2,000 characters of 4 bytes", long(2000), [3]string{refused, long(2000), refused}},
		{"2,001 characters", long(2001), same(refused)},
		{
			"2,000 characters with CRLF",
			strings.Repeat("a\r\n", 666) + "aa",
			[3]string{refused, strings.Repeat("a\r\n", 666) + "aa", refused},
		},
		{"2,001 characters with CRLF", strings.Repeat("a\r\n", 666) + "aaa", same(refused)},
		{"1 MiB", strings.Repeat("a", 1<<20), same(refused)},
		{"newline and tab", "a\n\tb", [3]string{refused, "a\n\tb", refused}},
		{"CRLF is kept", "a\r\nb", [3]string{refused, "a\r\nb", refused}},
		{"lone CR", "a\rb", same(refused)},
		{"NUL", "a\x00b", same(refused)},
		{"escape", "a\x1b[31mb", same(refused)},
		{"delete", "a\x7fb", same(refused)},
		{"C1 control", "a\u0085b", same(refused)},
		{"next line, which JavaScript does not trim", "\u0085a", same(refused)},
		{"invalid UTF-8", "a\xffb", same(refused)},
		{"half a surrogate pair", "a\xed\xa0\x80b", same(refused)},
		{"right-to-left override", "a\u202eb", same(refused)},
		{"left-to-right mark", "a\u200eb", same(refused)},
		{"Arabic letter mark", "a\u061cb", same(refused)},
		{"isolate", "a\u2066b\u2069", same(refused)},
		{"only zero-width spaces", "\u200b\u200b", same(refused)},
		{"only a joiner", "\u200d", same(refused)},
		{"only a variation selector", "\ufe0f", same(refused)},
		{"only a Mongolian vowel separator", "\u180e", same(refused)},
		{"only a Hangul filler", "\u3164", same(refused)},
		{"only Hangul jamo fillers", "\u115f\u1160", same(refused)},
		{"only a blank Braille pattern", "\u2800", same(refused)},
		{"only spaces between zero-width spaces", "\u200b \u200b", same(refused)},
		{"soft hyphen", "a\u00adb", same(refused)},
		{"word joiner", "a\u2060b", same(refused)},
		{"invisible times", "a\u2062b", same(refused)},
		{"deprecated format character", "a\u206ab", same(refused)},
		{"Hangul filler", "a\u3164b", same(refused)},
		{"half-width Hangul filler", "a\uffa0b", same(refused)},
		{"byte order mark inside", "a\ufeffb", same(refused)},
		{"interlinear annotation", "a\ufff9b", same(refused)},
		{"tag character", "a\U000e0041b", same(refused)},
		{"line separator inside", "a\u2028b", same(refused)},
		{"paragraph separator inside", "a\u2029b", same(refused)},
		{
			"emoji with joiners and variation selectors",
			"\U0001f469\u200d\u2764\ufe0f\u200d\U0001f469",
			same("\U0001f469\u200d\u2764\ufe0f\u200d\U0001f469"),
		},
		{
			"Persian with a non-joiner",
			"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
			same("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
		},
		{"Mongolian with a vowel separator", "\u182a\u1820\u182d\u180e\u1820", same("\u182a\u1820\u182d\u180e\u1820")},
		{"Japanese with a variation selector", "\u845b\U000e0100", same("\u845b\U000e0100")},
		{"Arabic number sign, which is a format character with a mark", "\u0600", same("\u0600")},
		{"a combining mark alone", "\u0301", same("\u0301")},
	} {
		t.Run(row.rule, func(t *testing.T) {
			for i, field := range []string{"name", "description", "createdBy"} {
				request := transfertoken.NewToken{
					Name:        "good",
					Permissions: transfertoken.Push,
					Lifespan:    transfertoken.Days7,
				}
				got := func(token transfertoken.Token) string { return token.Name }
				var changes transfertoken.Changes
				switch field {
				case "name":
					request.Name, changes.Name = row.text, &row.text
				case "description":
					request.Description, changes.Description = row.text, &row.text
					got = func(token transfertoken.Token) string { return token.Description }
				case "createdBy":
					request.CreatedBy = row.text
					got = func(token transfertoken.Token) string { return token.CreatedBy }
				}

				f := newFixture(t, nil)
				existing, _ := f.issue(t, "existing", transfertoken.Push, transfertoken.Days7)
				f.spy.takeCalls()
				issued, err := f.Create(t.Context(), request)
				updated, updateErr := f.Update(t.Context(), existing.ID, changes)
				if row.want[i] == refused {
					require.Contains(t, fieldsOf(t, err), field)
					require.Zero(t, issued)
					if field != "createdBy" {
						require.Contains(t, fieldsOf(t, updateErr), field)
					}
					require.NotContains(t, f.spy.takeCalls(), "Create", "refused without the store")
					continue
				}
				require.NoError(t, err)
				require.Equal(t, row.want[i], got(issued.Token))
				if field == "description" {
					require.NoError(t, updateErr)
					require.Equal(t, row.want[i], updated.Description)
				}
			}
		})
	}
}

func TestEveryProblemComesBackAtOnce(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
	bad := strings.Repeat("\u202e", 3000)
	_, err := f.Create(t.Context(), transfertoken.NewToken{Name: bad, Description: bad, CreatedBy: bad})
	require.Equal(t,
		[]string{"name", "name", "description", "description", "permissions", "lifespan", "createdBy", "createdBy"},
		fieldsOf(t, err))

	_, err = f.Update(t.Context(), [16]byte{1},
		transfertoken.Changes{Name: ptr(""), Description: &bad, Permissions: ptr(transfertoken.Permissions(0))})
	require.Equal(t, []string{"name", "description", "description", "permissions"}, fieldsOf(t, err))
	require.Empty(t, f.spy.takeCalls())
}

func TestTwinNamesAreDistinct(t *testing.T) {
	f := newFixture(t, nil)
	for _, name := range []string{"a", "A", "\u00e4", "a\u0308", "a\u200b", "ａ", "а", "a%", "a_", `a\`} {
		token, _ := f.issue(t, name, transfertoken.Push, transfertoken.Days7)
		require.Equal(t, name, token.Name)
	}
	for _, name := range []string{"a", " a", "a\ufeff"} {
		_, err := f.Create(t.Context(),
			transfertoken.NewToken{Name: name, Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
		require.ErrorIs(t, err, transfertoken.ErrNameTaken)
	}
}

func FuzzNames(f *testing.F) {
	for _, seed := range [][2]string{
		{
			"nightly",
			"pushes\r\nthe night's data"}, {"",
			""}, {" a ",
			"\ta\r"}, {"a\x00",
			"\xff"}, {"\u202ea",
			"\ufeffa"}, {strings.Repeat("é", 256),
			strings.Repeat("é", 2001),
		},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, description string) {
		svc, err := transfertoken.New(transfertoken.NewMemoryStore(), testSalt, nil)
		require.NoError(t, err)
		issued, err := svc.Create(t.Context(), transfertoken.NewToken{
			Name: name, Description: description, CreatedBy: name, Permissions: transfertoken.Pull,
			Lifespan: transfertoken.Days30,
		})
		if err != nil {
			require.ErrorIs(t, err, transfertoken.ErrInvalid)
			require.Zero(t, issued)
			tokens, err := svc.List(t.Context(), transfertoken.ListOptions{})
			require.NoError(t, err)
			require.Empty(t, tokens)
			return
		}
		token := issued.Token
		require.Equal(t, token.Name, token.CreatedBy)
		for _, text := range []string{token.Name, strings.ReplaceAll(token.Description, "\r\n", "")} {
			require.True(t, utf8.ValidString(text))
			require.False(t, strings.ContainsAny(text,
				"\x00\r\x1b\x7f\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
		}
		require.NotContains(t, token.Name, "\n")
		require.Equal(t, strings.TrimSpace(token.Name), token.Name)
		require.Equal(t, strings.TrimSpace(token.Description), token.Description)
		require.Contains(t, name, token.Name)
		require.LessOrEqual(t, utf8.RuneCountInString(token.Description), 2000)
		require.Positive(t, len(token.Name))

		unchanged, err := svc.Update(t.Context(), token.ID,
			transfertoken.Changes{Name: &token.Name, Description: &token.Description})
		require.NoError(t, err)
		require.Equal(t, token, unchanged, "an accepted text is accepted again, unchanged")
		got, err := svc.Get(t.Context(), token.ID)
		require.NoError(t, err)
		require.Equal(t, token, got)
	})
}
