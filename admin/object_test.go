package admin_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// keep puts a token into the store as it is.
func (h *host) keep(t testing.TB, token transfertoken.Token) string {
	if token.ID == uuid.Nil {
		token.ID = uuid.Must(uuid.NewV7())
	}
	r := transfertoken.Record{Token: token, SaltID: "00000000"}
	copy(r.Digest[:], token.ID[:])
	require.NoError(t, h.store.MemoryStore.Create(t.Context(), r))
	return token.ID.String()
}

func TestATokenHasStrapisKeysInStrapisOrder(t *testing.T) {
	h := newHost(t)
	created := h.call("POST", "/transfer/tokens",
		`{"name":"<b>","description":"x & y","permissions":["pull","push"],"lifespan":604800000}`)
	id, secret := dataOf(t, created)["id"].(string), dataOf(t, created)["accessKey"].(string)
	plain := `"id":"` + id +
		`","name":"\u003cb\u003e","description":"x \u0026 y","lastUsedAt":null,"lifespan":"604800000",` +
		`"expiresAt":"2026-11-28T17:37:17.040Z","createdAt":"2026-11-21T17:37:17.040Z",` +
		`"updatedAt":"2026-11-21T17:37:17.040Z","permissions":["push","pull"]`
	require.Equal(t, `{"data":{`+plain+`,"accessKey":"`+secret+`"}}`, created.Body.String())
	require.Equal(t, `{"data":{`+plain+`}}`, h.call("GET", path(id), "").Body.String())
	require.Equal(t, `{"data":[{`+plain+`}]}`, h.call("GET", "/transfer/tokens", "").Body.String())
	require.Equal(t, `{"data":{`+plain+`}}`, h.call("PUT", path(id), `{}`).Body.String())

	full := plain + `,"hint":"` + secret[len(secret)-6:] + `","createdBy":"ann","suspended":false,"revision":1`
	require.Equal(t, `{"data":{`+full+`}}`, h.call("GET", path(id)+"?view=full", "").Body.String())
	require.Equal(t, `{"data":[{`+full+`}]}`, h.call("GET", "/transfer/tokens?view=full&other=1", "").Body.String())
	require.Equal(t, `{"data":{`+full+`}}`, h.call("PUT", path(id)+"?view=full", `{}`).Body.String())

	regenerated := h.call("POST", path(id)+"/regenerate?view=full", "")
	require.Equal(t, `{"data":{"id":"`+id+`","name":"\u003cb\u003e","accessKey":"`+
		dataOf(t, regenerated)["accessKey"].(string)+`"}}`, regenerated.Body.String())
	deleted := dataOf(t, h.call("DELETE", path(id)+"?view=full", ""))
	require.EqualValues(t, 2, deleted["revision"])
	require.NotContains(t, deleted, "accessKey")

	created = h.call("POST", "/transfer/tokens?view=full", pushToken)
	secret = dataOf(t, created)["accessKey"].(string)
	require.Contains(t, created.Body.String(), `"accessKey":"`+secret+`","hint":"`+
		secret[len(secret)-6:]+`","createdBy":"ann","suspended":false,"revision":1}`)
}

func TestNothingButFullIsAView(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for _, query := range []string{"view=", "view=Full", "view=full&view=full", "view=full%20", "view=%zz", "view=full;x",
		"vi%65w=x", "view=%zz&view=full"} {
		for _, call := range [][2]string{{"GET", "/transfer/tokens"}, {"POST", "/transfer/tokens"}, {"GET", path(id)},
			{"PUT", path(id)}, {"DELETE", path(id)}} {
			refused(t, h.call(call[0], call[1]+"?"+query, `{"name":"x","permissions":["push"]}`), 400, "ValidationError", "")
		}
	}
	require.Equal(t, []string{"staging"}, listOf(t, h.call("GET", "/transfer/tokens", "")))
}

func TestTimesHaveThreeDigitsForTheMilliseconds(t *testing.T) {
	h := newHost(t)
	for fraction, text := range map[time.Duration]string{0: ".000Z", 500 * time.Millisecond: ".500Z",
		120 * time.Millisecond: ".120Z", 7 * time.Millisecond: ".007Z"} {
		at := time.Date(2026, 1, 2, 3, 4, 5, int(fraction), time.FixedZone("", 3600))
		id := h.keep(t, transfertoken.Token{
			Name: text, Permissions: transfertoken.Push, Lifespan: transfertoken.Days90, Revision: 1,
			CreatedAt: at, UpdatedAt: at, ExpiresAt: at, LastUsedAt: at,
		})
		token := dataOf(t, h.call("GET", path(id), ""))
		for _, key := range []string{"createdAt", "updatedAt", "expiresAt", "lastUsedAt"} {
			require.Equal(t, "2026-01-02T02:04:05"+text, token[key])
		}
	}
}

// Lessons 5 and 7: null is for what never ends and nothing else.
func TestWhatEndsNeverLooksUnlimited(t *testing.T) {
	h := newHost(t)
	for _, lifespan := range []transfertoken.Lifespan{"", "1 day", "7 days "} {
		id := h.keep(t, transfertoken.Token{Name: "lifespan " + string(lifespan) + ".", Permissions: transfertoken.Push,
			Lifespan: lifespan, Revision: 1})
		token := dataOf(t, h.call("GET", path(id), ""))
		require.Equal(t, "0", token["lifespan"])
		require.Equal(t, "1970-01-01T00:00:00.000Z", token["expiresAt"])
		refused(t, h.call("POST", path(id)+"/regenerate", ""), 400, "ValidationError",
			"lifespan of the stored token cannot start again")
	}
	for _, lifespan := range []transfertoken.Lifespan{transfertoken.Days7, transfertoken.Days30, transfertoken.Days90} {
		id := h.keep(t, transfertoken.Token{Name: "without its end " + string(lifespan), Permissions: transfertoken.Push,
			Lifespan: lifespan, Revision: 1})
		require.Equal(t, "1970-01-01T00:00:00.000Z", dataOf(t, h.call("GET", path(id), ""))["expiresAt"])
	}
	id := h.keep(t, transfertoken.Token{Name: "never", Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited,
		Revision: 1})
	token := dataOf(t, h.call("GET", path(id), ""))
	require.Nil(t, token["lifespan"])
	require.Nil(t, token["expiresAt"])
	id = h.keep(t, transfertoken.Token{Name: "epoch", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
		Revision: 1, ExpiresAt: time.Unix(0, 0)})
	require.Equal(t, "1970-01-01T00:00:00.000Z", dataOf(t, h.call("GET", path(id), ""))["expiresAt"])
	id = h.keep(t, transfertoken.Token{Name: "unknown bits", Permissions: 4, Lifespan: transfertoken.Unlimited,
		Revision: 1})
	require.Equal(t, []any{}, dataOf(t, h.call("GET", path(id), ""))["permissions"])
}
