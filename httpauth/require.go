package httpauth

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// Require returns a middleware that lets a request through to the handler if it
// presents a token of svc that grants need, whatever its method. The package
// comment lists the answers to all others.
//
// A nil svc is a disabled one: everything is answered with 501. A need that is
// none of transfertoken.Push, Pull and FullAccess, a negative RecheckEvery and a
// nil handler are mistakes of the programmer: Require or its middleware panics.
//
// The handlers are safe for concurrent use if what they wrap is.
func Require(svc *transfertoken.TokenService, need transfertoken.Permissions, opts *Options) func(http.Handler) http.Handler {
	if !need.Has(need) {
		panic("httpauth: Require must be told to need Push, Pull or FullAccess")
	}
	if opts == nil {
		opts = &Options{}
	}
	if opts.RecheckEvery < 0 {
		panic("httpauth: RecheckEvery must not be negative")
	}
	g := &guard{svc: svc, need: need, answer: opts.Answer, logger: opts.Logger, recheckEvery: opts.RecheckEvery}
	if g.answer == nil {
		g.answer = WriteEnvelope
	}
	if g.logger == nil {
		g.logger = slog.New(slog.DiscardHandler)
	}
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("httpauth: nil handler")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, next) })
	}
}

type guard struct {
	svc          *transfertoken.TokenService
	need         transfertoken.Permissions
	answer       func(w http.ResponseWriter, r *http.Request, status int, err error)
	logger       *slog.Logger
	recheckEvery time.Duration
}

func (g *guard) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	granted, err := g.check(r)
	if err != nil {
		g.refuse(w, r, err)
		return
	}
	ctx := context.Context(granted)
	stop := func() (panicked any) { return nil }
	if g.recheckEvery > 0 {
		ctx, stop = g.watch(ctx, r, granted.grant)
		defer stop() // also if the handler panics
	}
	passed := r.WithContext(ctx)
	// The server removes the files of a multipart form that it finds in its own
	// request (golang/go#58809).
	defer func() { r.MultipartForm = passed.MultipartForm }()
	next.ServeHTTP(w, passed)
	if panicked := stop(); panicked != nil {
		panic(panicked)
	}
}

func (g *guard) check(r *http.Request) (*grantContext, error) {
	if !g.svc.Enabled() {
		return nil, transfertoken.ErrDisabled
	}
	token, err := bearer(r)
	if err != nil {
		return nil, err
	}
	grant, err := g.svc.Authorize(r.Context(), token, g.need)
	if err != nil {
		return nil, err
	}
	return &grantContext{r.Context(), grant}, nil
}
