package admin

import (
	"net/http"
	"strconv"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// An answer says yes.
type answer struct {
	status      int
	etag        string // "": none
	location    string // "": none
	contentType string
	policy      string // the Content-Security-Policy; "": none
	body        []byte
}

// answered returns the answer that holds data in Strapi's envelope.
func answered(status int, data any) answer {
	return answer{status: status, contentType: strapi.ContentType, body: strapi.Envelope(data)}
}

// withETag adds the entity tag of the one token that the answer is about, which is
// its revision. What can change the answer without a new revision comes after it,
// because a strong tag stands for the same bytes: the last use, and the view.
func (ans answer) withETag(t transfertoken.Token, v view) answer {
	tag := strconv.FormatInt(t.Revision, 10)
	if !t.LastUsedAt.IsZero() {
		tag += "." + strconv.FormatInt(t.LastUsedAt.UnixMilli(), 36)
	}
	if v.full {
		tag += ".full"
	}
	ans.etag = `"` + tag + `"`
	return ans
}

func (ans answer) write(w http.ResponseWriter) {
	if ans.etag != "" {
		w.Header().Set("ETag", ans.etag)
	}
	if ans.location != "" {
		w.Header().Set("Location", ans.location)
	}
	if ans.policy != "" {
		w.Header().Set("Content-Security-Policy", ans.policy)
	}
	send(w, ans.status, ans.contentType, ans.body)
}

func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body)
}

// methodNotAllowed answers as Strapi does, which is not by its envelope.
func methodNotAllowed(w http.ResponseWriter) {
	send(w, http.StatusMethodNotAllowed, "text/plain; charset=utf-8", []byte(http.StatusText(http.StatusMethodNotAllowed)))
}
