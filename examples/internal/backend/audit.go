package backend

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"github.com/seed-39e76d91/transfertoken"
)

// AuditLog returns a logger whose lines can be kept apart: they say who did what.
func AuditLog(logger *slog.Logger) *slog.Logger { return logger.With("log", "audit") }

// audit returns an Options.OnEvent that writes every event and its caller to logger.
// Events hold no secrets.
func audit(logger *slog.Logger) func(context.Context, transfertoken.Event) {
	return func(ctx context.Context, e transfertoken.Event) {
		level := slog.LevelInfo
		var attrs []slog.Attr
		if e.Token.Name != "" {
			attrs = append(attrs,
				slog.String("token", e.Token.ID.String()),
				slog.String("name", e.Token.Name),
				slog.String("grants", e.Token.Permissions.String()))
		}
		if e.Before != nil && e.Before.Suspended != e.Token.Suspended {
			attrs = append(attrs, slog.Bool("suspended", e.Token.Suspended))
		}
		if e.Need != 0 {
			attrs = append(attrs, slog.String("need", e.Need.String()))
		}
		if e.Err != nil {
			level = slog.LevelWarn
			attrs = append(attrs, slog.Any("error", e.Err))
		}
		logger.LogAttrs(ctx, level, "token "+string(e.Kind), append(attrs, CallerAttrs(ctx)...)...)
	}
}

// caller is the sender of a request. The context of an event is derived from that of
// the request that caused it.
type caller struct{ admin, remote string }

type callerKey struct{}

func callerFrom(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// CallerAttrs returns who sent the request that ctx is of, for the audit log.
func CallerAttrs(ctx context.Context) []slog.Attr {
	c := callerFrom(ctx)
	var attrs []slog.Attr
	if c.admin != "" {
		attrs = append(attrs, slog.String("by", c.admin))
	}
	if c.remote != "" {
		attrs = append(attrs, slog.String("remote", c.remote))
	}
	return attrs
}

// RemoteHost returns the address that the request came from which ctx is of, without the
// port.
func RemoteHost(ctx context.Context) string {
	remote := callerFrom(ctx).remote
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}

// WithRemote puts the address of the sender into the context, for the audit log. It is
// for routes on which only transfer tokens count.
func WithRemote(next http.Handler) http.Handler { return withCaller(next, nil) }

// withCaller puts the caller into the context. admin returns the name that is logged
// in. It is nil where only transfer tokens count.
func withCaller(next http.Handler, admin func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := caller{remote: r.RemoteAddr}
		if admin != nil {
			c.admin = admin(r)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}
