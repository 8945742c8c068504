package transfertoken_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// A salt that changed with a deploy kills all tokens at once, and looks like bad
// luck (Strapi #12255).
func TestSaltsTellsThatTheSaltChanged(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	before := newFixtureOn(t, store, testSalt, nil)
	for i := range 14 {
		before.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
	}

	after := newFixtureOn(t, store, thirdSalt, &transfertoken.Options{OtherSalts: []transfertoken.Salt{"", otherSalt, thirdSalt, otherSalt}})
	usage, err := after.Salts(t.Context())
	require.NoError(t, err)
	require.Len(t, usage, 3)
	require.Equal(t, transfertoken.SaltUsage{SaltID: usage[0].SaltID, Configured: true, Current: true}, usage[0])
	require.Equal(t, transfertoken.SaltUsage{SaltID: usage[1].SaltID, Configured: true}, usage[1])
	require.Equal(t, transfertoken.SaltUsage{SaltID: "5ac6a125", Tokens: 14}, usage[2], "14 tokens can never be authorized")
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

func TestSaltsNeverCountsHalf(t *testing.T) {
	f := newFixture(t, nil)
	f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.spy.hook(func(string) error { return errStore }, nil)
	usage, err := f.Salts(t.Context())
	require.ErrorIs(t, err, errStore)
	require.Nil(t, usage)
}
