package transfertoken_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestParsePermissionsAcceptsOnlyTheExactNames(t *testing.T) {
	for _, row := range []struct {
		names []string
		want  transfertoken.Permissions // zero if refused
	}{
		{[]string{"push"}, transfertoken.Push},
		{[]string{"pull"}, transfertoken.Pull},
		{[]string{"push", "pull"}, transfertoken.FullAccess},
		{[]string{"pull", "push"}, transfertoken.FullAccess},
		{[]string{"full-access"}, transfertoken.FullAccess},

		{nil, 0},
		{[]string{""}, 0},
		{[]string{"PUSH"}, 0},
		{[]string{"Push"}, 0},
		{[]string{" push"}, 0},
		{[]string{"push "}, 0},
		{[]string{"push,pull"}, 0},
		{[]string{"push pull"}, 0},
		{[]string{"push\x00"}, 0},
		{[]string{"ｐush"}, 0},
		{[]string{"*"}, 0},
		{[]string{"all"}, 0},
		{[]string{"none"}, 0},
		{[]string{"push", "push"}, 0},
		{[]string{"push", "pull", "push"}, 0},
		{[]string{"push", ""}, 0},
		{[]string{"push", "write"}, 0},
		{[]string{"full-access", "push"}, 0},
		{[]string{"push", "full-access"}, 0},
		{[]string{"full-access", "full-access"}, 0},
	} {
		got, err := transfertoken.ParsePermissions(row.names...)
		require.Equal(t, row.want, got, "%q", row.names)
		if row.want == 0 {
			require.Equal(t, []string{"permissions"}, fieldsOf(t, err), "%q", row.names)
		} else {
			require.NoError(t, err, "%q", row.names)
		}
	}
}

func TestHasIsFalseForZeroAndUnknownBits(t *testing.T) {
	const push, pull, full = transfertoken.Push, transfertoken.Pull, transfertoken.FullAccess
	granted := map[[2]transfertoken.Permissions]bool{
		{push, push}: true,
		{pull, pull}: true,
		{full, push}: true,
		{full, pull}: true,
		{full, full}: true,
	}
	for p := range 256 {
		for need := range 256 {
			pair := [2]transfertoken.Permissions{transfertoken.Permissions(p), transfertoken.Permissions(need)}
			require.Equal(t, granted[pair], pair[0].Has(pair[1]), "%d has %d", p, need)
		}
	}
}

func TestPermissionsHaveOneNameAndOneJSON(t *testing.T) {
	for _, row := range []struct {
		p     transfertoken.Permissions
		text  string
		names []string
		json  string
	}{
		{transfertoken.Push, "push", []string{"push"}, `["push"]`},
		{transfertoken.Pull, "pull", []string{"pull"}, `["pull"]`},
		{transfertoken.FullAccess, "full-access", []string{"push", "pull"}, `["push","pull"]`},
		{0, "none", []string{}, `[]`},
		{4, "none", []string{}, `[]`},
		{transfertoken.Push | 128, "none", []string{}, `[]`},
	} {
		require.Equal(t, row.text, row.p.String())
		require.Equal(t, row.names, row.p.Names())
		data, err := json.Marshal(row.p)
		require.NoError(t, err)
		require.Equal(t, row.json, string(data))
	}
}

func TestPermissionsFromJSONFollowParsePermissions(t *testing.T) {
	for _, row := range []struct {
		json string
		want transfertoken.Permissions // zero if refused
	}{
		{`["push"]`, transfertoken.Push},
		{`["pull", "push"]`, transfertoken.FullAccess},
		{`["full-access"]`, transfertoken.FullAccess},
		{`[]`, 0},
		{`[null]`, 0},
		{`["push", null]`, 0},
		{`["PUSH"]`, 0},
		{`["push","push"]`, 0},
		{`"push"`, 0},
		{`1`, 0},
		{`3`, 0},
		{`true`, 0},
		{`{"push":true}`, 0},
		{`[["push"]]`, 0},
	} {
		var p transfertoken.Permissions
		err := json.Unmarshal([]byte(row.json), &p)
		require.Equal(t, row.want, p, row.json)
		if row.want == 0 {
			require.Equal(t, []string{"permissions"}, fieldsOf(t, err), row.json)
		} else {
			require.NoError(t, err, row.json)
		}
	}

	kept := transfertoken.Push
	require.NoError(t, json.Unmarshal([]byte("null"), &kept))
	require.Equal(t, transfertoken.Push, kept, "null changes nothing")
}

func FuzzParsePermissions(f *testing.F) {
	for _, seed := range [][2]string{
		{
			"push",
			"pull"}, {"full-access",
			""}, {"push",
			"push"}, {"PUSH",
			"*"}, {"push,pull",
			"push\x00"}, {"none",
			"all",
		},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, names := range [][]string{{a}, {a, b}} {
			p, err := transfertoken.ParsePermissions(names...)
			if err != nil {
				require.ErrorIs(t, err, transfertoken.ErrInvalid)
				require.Zero(t, p)
				continue
			}
			again, err := transfertoken.ParsePermissions(p.Names()...)
			require.NoError(t, err)
			require.Equal(t, p, again)
			require.True(t, p.Has(p))
			for _, name := range names {
				require.Contains(t, []string{"push", "pull", "full-access"}, name)
			}
		}
	})
}
