package transfertoken_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

var lifespans = map[transfertoken.Lifespan]time.Duration{
	transfertoken.Days7:     7 * 24 * time.Hour,
	transfertoken.Days30:    30 * 24 * time.Hour,
	transfertoken.Days90:    90 * 24 * time.Hour,
	transfertoken.Unlimited: 0,
}

// notLifespans holds texts that some system took for a lifespan, mostly for an
// unlimited one.
var notLifespans = []string{
	"", " ", "0", "-1", "null", "nil", "NaN", "Inf", "1e300", "never", "forever", "infinite",
	"7", "7 day", "7  days", " 7 days", "7 days ", "7 Days", "7 DAYS", "7\u00a0days", "７ days", "07 days",
	"7 days\x00", "7d", "168h",
	"Unlimited", "UNLIMITED", "unlimited ", "\"unlimited\"",
	"604800000", "2592000000", "7776000000", "9223372037", "9223372036854775807", "9223372036854775808",
	"-9223372036854775808",
	strconv.FormatInt(math.MaxInt64, 10) + " days",
}

func TestParseLifespanAcceptsOnlyTheFour(t *testing.T) {
	for l := range lifespans {
		got, err := transfertoken.ParseLifespan(string(l))
		require.NoError(t, err)
		require.Equal(t, l, got)
	}
	for _, text := range notLifespans {
		got, err := transfertoken.ParseLifespan(text)
		require.Equal(t, []string{"lifespan"}, fieldsOf(t, err), "%q", text)
		require.Zero(t, got, "%q", text)
	}
}

func TestOnlyAllowedLifespansCanBeChosen(t *testing.T) {
	for _, row := range []struct {
		list, allowed []transfertoken.Lifespan
		problem       string
	}{
		{nil, []transfertoken.Lifespan{"7 days", "30 days", "90 days", "unlimited"},
			`must be "7 days", "30 days", "90 days" or "unlimited"`},
		{[]transfertoken.Lifespan{"90 days", "30 days", "7 days", "30 days"},
			[]transfertoken.Lifespan{"7 days", "30 days", "90 days"}, `must be "7 days", "30 days" or "90 days"`},
		{[]transfertoken.Lifespan{"unlimited", "7 days"}, []transfertoken.Lifespan{"7 days", "unlimited"},
			`must be "7 days" or "unlimited"`},
		{[]transfertoken.Lifespan{"30 days"}, []transfertoken.Lifespan{"30 days"}, `must be "30 days"`},
	} {
		f := newFixture(t, &transfertoken.Options{AllowedLifespans: row.list})
		require.Equal(t, row.allowed, f.AllowedLifespans())
		f.AllowedLifespans()[0] = "365 days"
		require.Equal(t, row.allowed, f.AllowedLifespans(), "it is a copy")
		for _, l := range []transfertoken.Lifespan{"7 days", "30 days", "90 days", "unlimited", "", "365 days"} {
			for name, do := range map[string]func(transfertoken.NewToken) error{
				"Create": func(want transfertoken.NewToken) error {
					_, err := f.Create(t.Context(), want)
					return err
				},
				"Ensure": func(want transfertoken.NewToken) error {
					_, err := f.Ensure(t.Context(), want, newSecret(t))
					return err
				},
			} {
				err := do(transfertoken.NewToken{
					Name: name + " " + string(l), Permissions: transfertoken.Push, Lifespan: l,
				})
				if slices.Contains(row.allowed, l) {
					require.NoError(t, err)
				} else {
					require.EqualError(t, err, "transfertoken: invalid: lifespan "+row.problem)
				}
			}
		}
	}
	require.Nil(t, (*transfertoken.TokenService)(nil).AllowedLifespans())
}

func TestTokensStayWhenTheirLifespanIsNoLongerAllowed(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	token, secret := newFixtureOn(t, store, testSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Unlimited)
	f := newFixtureOn(t, store, testSalt, &transfertoken.Options{
		AcceptForeign: true, AllowedLifespans: []transfertoken.Lifespan{transfertoken.Days30, transfertoken.Days7},
	})
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	_, err := f.Update(t.Context(), token.ID, transfertoken.Changes{Description: ptr("d")})
	require.NoError(t, err)
	issued, err := f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
	require.EqualError(t, err, `transfertoken: invalid: lifespan of the stored token is no longer allowed: `+
		`create a token with "7 days" or "30 days"`)
	require.ErrorIs(t, err, transfertoken.ErrInvalid)
	require.Zero(t, issued)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push), "the old secret stays good")

	_, err = f.Adopt(t.Context(), transfertoken.AdoptedToken{
		Name: "from elsewhere", Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited,
		Digest: transfertoken.Digest{1},
	})
	require.NoError(t, err, "it exists already")

	want := nightly()
	want.Lifespan = transfertoken.Unlimited
	unlimited := newFixtureOn(t, store, testSalt, nil).ensure(t, want, newSecret(t))
	want.Lifespan = transfertoken.Days7
	ensured := f.ensure(t, want, newSecret(t))
	require.Equal(t, unlimited.ID, ensured.ID)
	require.Equal(t, f.clock.Now().AddDate(0, 0, 7), ensured.ExpiresAt)
}

func TestLifespanFromJSONIsNeverUnlimitedByMistake(t *testing.T) {
	type request struct {
		Lifespan transfertoken.Lifespan `json:"lifespan"`
	}
	for l := range lifespans {
		data, err := json.Marshal(request{l})
		require.NoError(t, err)
		var got request
		require.NoError(t, json.Unmarshal(data, &got))
		require.Equal(t, l, got.Lifespan)
	}
	for _, value := range []string{
		`7`, `604800000`, `9223372036854775807`, `9223372036854775808`, `-1`, `0`, `1e300`, `true`, `{}`,
		`[]`, `["7 days"]`, `""`, `"7"`,
	} {
		var got request
		require.Error(t, json.Unmarshal([]byte(`{"lifespan":`+value+`}`), &got), value)
		require.Zero(t, got.Lifespan, value)
	}
	for _, nothing := range []string{`{}`, `{"lifespan":null}`} {
		var got request
		require.NoError(t, json.Unmarshal([]byte(nothing), &got))
		_, err := newFixture(t, nil).Create(t.Context(),
			transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: got.Lifespan})
		require.Equal(t, []string{"lifespan"}, fieldsOf(t, err), "a missing lifespan is refused, not unlimited")
	}
}

func TestExpiryIsTheLifespanAfterCreation(t *testing.T) {
	for l, d := range lifespans {
		token, _ := newFixture(t, nil).issue(t, "n", transfertoken.Push, l)
		require.Equal(t, start, token.CreatedAt)
		if l == transfertoken.Unlimited {
			require.Zero(t, token.ExpiresAt)
		} else {
			require.Equal(t, start.Add(d), token.ExpiresAt)
		}
	}
}

func TestExpiredFailsClosed(t *testing.T) {
	at := start.Add(time.Hour)
	for _, row := range []struct {
		name     string
		lifespan transfertoken.Lifespan
		expires  time.Time
		now      time.Time
		expired  bool
	}{
		{"just before", transfertoken.Days7, at, at.Add(-1), false},
		{"at", transfertoken.Days7, at, at, true},
		{"just after", transfertoken.Days7, at, at.Add(1), true},
		{"in another zone", transfertoken.Days7, at, at.In(time.FixedZone("", 3600)), true},
		{"limited without an end", transfertoken.Days30, time.Time{}, at, true},
		{
			"limited without an end, before all time",
			transfertoken.Days90,
			time.Time{},
			time.Time{}.Add(-time.Hour),
			true,
		},
		{"unlimited", transfertoken.Unlimited, time.Time{}, at, false},
		{"unlimited in the far future", transfertoken.Unlimited, time.Time{}, time.Unix(1<<55, 0), false},
		{"unlimited with an end that is past", transfertoken.Unlimited, at, at, true},
		{"unlimited with an end to come", transfertoken.Unlimited, at, at.Add(-1), false},
		{"no lifespan", "", time.Time{}, at, true},
		{"no lifespan, with an end to come", "", at, at.Add(-1), true},
		{"unknown lifespan, with an end to come", "365 days", at, at.Add(-1), true},
		{"expired at the epoch is not never", transfertoken.Days7, time.UnixMilli(0).UTC(), at, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			token := transfertoken.Token{Lifespan: row.lifespan, ExpiresAt: row.expires}
			require.Equal(t, row.expired, token.Expired(row.now))
		})
	}
	require.True(t, transfertoken.Token{}.Expired(time.Time{}), "the zero Token is expired")
	require.True(t, transfertoken.Token{}.Expired(start))
}

// Vault once renewed a lease so close to its end that it never ended
// (CVE-2021-32923).
func TestNoOperationTurnsALimitedTokenIntoAnUnlimitedOne(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for l, d := range lifespans {
		if l == transfertoken.Unlimited {
			continue
		}
		created := []time.Time{
			start, {}, time.UnixMilli(0), time.UnixMilli(0).Add(-d), time.Time{}.Add(-d),
			time.Unix(1<<40, 999_999_999), start.Add(d - 1),
		}
		for range 50 {
			created = append(created, time.UnixMilli(random.Int64N(1<<48)-1<<47).Add(time.Duration(random.IntN(1e6))))
		}
		for _, now := range created {
			f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
			f.clock.Set(now)
			token, _ := f.issue(t, "n", transfertoken.Push, l)
			for _, offset := range []time.Duration{-time.Millisecond, -1, 0, 1, time.Millisecond} {
				f.clock.Set(now.Add(d + offset))
				_, err := f.Update(t.Context(), token.ID, transfertoken.Changes{Description: ptr(offset.String())})
				require.NoError(t, err)
				issued, err := f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
				require.NoError(t, err)
				got, err := f.Get(t.Context(), token.ID)
				require.NoError(t, err)
				require.Equal(t, issued.Token, got)
				require.Equal(t, l, got.Lifespan)
				require.True(t, got.Expired(f.clock.Now().Add(d)), "%v created at %v, regenerated at %v", l, now,
					f.clock.Now())
				now = f.clock.Now()
			}
		}
	}
}

func FuzzParseLifespan(f *testing.F) {
	for l := range lifespans {
		f.Add(string(l))
	}
	for _, text := range notLifespans {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := transfertoken.ParseLifespan(text)
		_, known := lifespans[transfertoken.Lifespan(text)]
		require.Equal(t, known, err == nil)
		if err != nil {
			require.ErrorIs(t, err, transfertoken.ErrInvalid)
			require.Zero(t, l)
		} else {
			require.Equal(t, text, string(l))
		}

		var fromJSON transfertoken.Lifespan
		if json.Unmarshal([]byte(text), &fromJSON) == nil && fromJSON != "" {
			require.Contains(t, lifespans, fromJSON)
		}
	})
}
