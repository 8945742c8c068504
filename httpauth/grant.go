package httpauth

import (
	"context"

	"github.com/seed-39e76d91/transfertoken"
)

// GrantFrom returns the grant of the request that ctx comes from. ok is false if
// it did not pass through [Require]; then the grant is zero and grants nothing.
// Where one guarded handler wraps another it is the grant of the inner one.
func GrantFrom(ctx context.Context) (grant transfertoken.Grant, ok bool) {
	if g, ok := ctx.Value(grantKey{}).(*transfertoken.Grant); ok {
		return *g, true
	}
	return transfertoken.Grant{}, false
}

type grantKey struct{}

// grantContext is what context.WithValue would return, in one allocation.
type grantContext struct {
	context.Context
	grant transfertoken.Grant
}

func (c *grantContext) Value(key any) any {
	if key == (grantKey{}) {
		return &c.grant
	}
	return c.Context.Value(key)
}

// String is what fmt prints of c, instead of what it holds.
func (c *grantContext) String() string { return "httpauth: context with a grant" }
