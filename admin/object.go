package admin

import (
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// object is a token as Strapi writes it, keys in its order.
type object struct {
	ID          string                    `json:"id"`
	Name        string                    `json:"name"`
	Description string                    `json:"description"`
	LastUsedAt  *string                   `json:"lastUsedAt"`
	Lifespan    *string                   `json:"lifespan"` // milliseconds; null: unlimited
	ExpiresAt   *string                   `json:"expiresAt"`
	CreatedAt   *string                   `json:"createdAt"`
	UpdatedAt   *string                   `json:"updatedAt"`
	Permissions transfertoken.Permissions `json:"permissions"`
	AccessKey   string                    `json:"accessKey,omitempty"`
	*extras
}

// extras are what Strapi does not have.
type extras struct {
	Hint      string `json:"hint"`
	CreatedBy string `json:"createdBy"`
	Revision  int64  `json:"revision"`
}

// A view chooses what is shown of a token.
type view struct{ full bool }

func (v view) object(t transfertoken.Token) object {
	o := object{
		ID:          t.ID.String(),
		Name:        t.Name,
		Description: t.Description,
		LastUsedAt:  timestamp(t.LastUsedAt),
		Lifespan:    milliseconds(t.Lifespan),
		ExpiresAt:   expiresAt(t),
		CreatedAt:   timestamp(t.CreatedAt),
		UpdatedAt:   timestamp(t.UpdatedAt),
		Permissions: t.Permissions,
	}
	if v.full {
		o.extras = &extras{t.Hint, t.CreatedBy, t.Revision}
	}
	return o
}

func (v view) issued(i transfertoken.Issued) object {
	o := v.object(i.Token)
	o.AccessKey = i.Secret.Reveal()
	return o
}

// regenerated is the answer to a regenerate.
type regenerated struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	AccessKey string `json:"accessKey"`
}

// expiresAt is null for an unlimited token. It shows a limited one that lacks its
// end, which is expired, as ended long ago: as null it would pass for unlimited.
func expiresAt(t transfertoken.Token) *string {
	if t.ExpiresAt.IsZero() && t.Lifespan != transfertoken.Unlimited {
		return timestamp(time.Unix(0, 0))
	}
	return timestamp(t.ExpiresAt)
}

// timestamp always has three digits for the milliseconds; time.Time would leave
// out zeros at the end.
func timestamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05.000Z")
	return &text
}
