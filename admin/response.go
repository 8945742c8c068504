package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// response is the answer to a request that succeeded.
type response struct {
	status      int
	etag        string // "": none
	location    string // "": none
	contentType string
	policy      string // the Content-Security-Policy; "": none
	body        []byte
}

// dataResponse returns a response with data in Strapi's envelope.
func dataResponse(status int, data any) response {
	return response{status: status, contentType: strapi.ContentType, body: strapi.Envelope(data)}
}

// withETag adds the entity tag of the one token that the response shows. It begins
// with the revision. A strong tag stands for the same bytes, so what can change them
// without a new revision follows: the last use, and the view.
func (res response) withETag(t transfertoken.Token, v view) response {
	tag := strconv.FormatInt(t.Revision, 10)
	if !t.LastUsedAt.IsZero() {
		tag += "." + strconv.FormatInt(t.LastUsedAt.UnixMilli(), 36)
	}
	if v.full {
		tag += ".full"
	}
	res.etag = `"` + tag + `"`
	return res
}

func (res response) write(w http.ResponseWriter) {
	for name, value := range map[string]string{"ETag": res.etag, "Location": res.location,
		"Content-Security-Policy": res.policy} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	write(w, res.status, res.contentType, res.body)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body)
}

// writeMethodNotAllowed answers in plain text, as Strapi does.
func writeMethodNotAllowed(w http.ResponseWriter) {
	text := http.StatusText(http.StatusMethodNotAllowed)
	write(w, http.StatusMethodNotAllowed, "text/plain; charset=utf-8", []byte(text))
}

// Refusals that Strapi does not have.
var (
	errCrossOrigin  = strapi.NewError(http.StatusForbidden, "Cross-origin writes are refused")
	errConflict     = strapi.NewError(http.StatusConflict, "Transfer token was changed meanwhile")
	errPrecondition = strapi.NewError(http.StatusPreconditionFailed, "Transfer token was changed meanwhile")
	errUnavailable  = strapi.NewError(http.StatusServiceUnavailable, "Service Unavailable")
)

// refuse answers with the envelope for err.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, on route, err error) {
	refusal := refusalFor(err)
	a.logRefusal(r, on, refusal)
	write(w, refusal.Status, strapi.ContentType, refusal.Envelope())
}

// refusalFor returns the refusal of a request that failed with err.
func refusalFor(err error) *strapi.Error {
	var refusal *strapi.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, transfertoken.ErrDisabled):
		return strapi.ErrDisabled.Because(err)
	case errors.Is(err, transfertoken.ErrNotFound):
		return strapi.ErrTokenNotFound
	case errors.Is(err, transfertoken.ErrNameTaken):
		return strapi.ErrNameTaken
	case errors.Is(err, transfertoken.ErrConflict):
		return errConflict
	}
	return errUnavailable.Because(err)
}

// logRefusal logs a refusal that has a cause. It names the route by its pattern,
// because a path or a query may hold anything.
func (a *api) logRefusal(r *http.Request, on route, refusal *strapi.Error) {
	if refusal.Cause == nil {
		return
	}
	a.logger.LogAttrs(r.Context(), strapi.LogLevel(r.Context(), refusal.Status), "admin request refused",
		slog.Int("status", refusal.Status),
		slog.String("pattern", "/"+on.pattern),
		slog.String("remote", r.RemoteAddr),
		slog.Any("error", refusal.Cause),
	)
}

// object is a token as Strapi writes it, with the keys in its order.
type object struct {
	ID          string                    `json:"id"`
	Name        string                    `json:"name"`
	Description string                    `json:"description"`
	LastUsedAt  *string                   `json:"lastUsedAt"`
	Lifespan    *string                   `json:"lifespan"` // milliseconds; null means unlimited
	ExpiresAt   *string                   `json:"expiresAt"`
	CreatedAt   *string                   `json:"createdAt"`
	UpdatedAt   *string                   `json:"updatedAt"`
	Permissions transfertoken.Permissions `json:"permissions"`
	AccessKey   string                    `json:"accessKey,omitempty"`
	*extras
}

// extras are the fields that Strapi does not have.
type extras struct {
	Hint      string `json:"hint"`
	CreatedBy string `json:"createdBy"`
	Suspended bool   `json:"suspended"`
	Revision  int64  `json:"revision"`
}

// regenerated is the data of the answer to a regenerate.
type regenerated struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	AccessKey string `json:"accessKey"`
}

// A view chooses the fields that are shown of a token.
type view struct{ full bool }

func (v view) object(t transfertoken.Token) object {
	o := object{
		ID:          t.ID.String(),
		Name:        t.Name,
		Description: t.Description,
		LastUsedAt:  timestamp(t.LastUsedAt),
		Lifespan:    lifespan(t.Lifespan),
		ExpiresAt:   expiry(t),
		CreatedAt:   timestamp(t.CreatedAt),
		UpdatedAt:   timestamp(t.UpdatedAt),
		Permissions: t.Permissions,
	}
	if v.full {
		o.extras = &extras{t.Hint, t.CreatedBy, t.Suspended, t.Revision}
	}
	return o
}

// lifespan returns the milliseconds of l, or nil for Unlimited. An unknown lifespan, which is expired, has
// a length of 0, because as null it would pass for unlimited.
func lifespan(l transfertoken.Lifespan) *string {
	if l == transfertoken.Unlimited {
		return nil
	}
	text := strconv.FormatInt(milliseconds[l], 10)
	return &text
}

// expiry returns nil for a token that never expires. A limited token without an
// end, which is expired, ended in 1970, because as null it would pass for unlimited.
func expiry(t transfertoken.Token) *string {
	if t.ExpiresAt.IsZero() && t.Lifespan != transfertoken.Unlimited {
		return timestamp(time.Unix(0, 0))
	}
	return timestamp(t.ExpiresAt)
}

// timestamp returns nil for the zero time. It always writes three digits for the
// milliseconds, while time.Time leaves out zeros at the end.
func timestamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05.000Z")
	return &text
}
