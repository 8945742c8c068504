package httpauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

const (
	// maxFailedRechecks is the number of rechecks for which a transfer goes on while
	// the store does not answer.
	maxFailedRechecks = 10

	// answerTime is the time that a handler has to answer after its context ended.
	answerTime = time.Second
)

var errRecheckPanicked = errors.New("httpauth: the recheck of a transfer panicked")

// transfer is a request whose token is rechecked while its handler runs.
type transfer struct {
	guard      *guard
	grant      transfertoken.Grant
	connection *http.ResponseController
	request    *http.Request           // for the handler; its context ends with the token
	end        context.CancelCauseFunc // of this context

	returned atomic.Bool // the handler has
	blocked  bool        // deadlines have been set; only for the goroutine, and after it
	done     chan any    // what the goroutine panicked with, or nil
	stop     func() (panicked any)
}

// watch starts a goroutine that rechecks grant and ends the context of the request
// that it puts into the transfer. stop ends both.
//
// A recheck runs code of the host: its store, clock, OnEvent and Logger. If that
// panics, the transfer ends, and stop returns the value to panic with in the
// goroutine of the handler, where the server and the host's middleware recover.
func (g *guard) watch(w http.ResponseWriter, r *http.Request, grant transfertoken.Grant) *transfer {
	ctx, end := context.WithCancelCause(r.Context())
	t := &transfer{
		guard:      g,
		grant:      grant,
		connection: http.NewResponseController(w),
		request:    r.WithContext(ctx),
		end:        end,
		done:       make(chan any, 1),
	}
	if r.Body != nil && r.Body != http.NoBody {
		t.request.Body = &watchedBody{r.Body, ctx}
	}
	t.stop = sync.OnceValue(t.wait)
	go t.run()
	return t
}

func (t *transfer) run() {
	var panicked any
	defer func() {
		if p := recover(); p != nil {
			panicked = p
		}
		t.done <- panicked
	}()
	defer func() {
		panicked = recover()
		t.end(errRecheckPanicked) // has no effect unless it did, or called runtime.Goexit
		if !t.returned.Load() {
			t.unblock()
		}
	}()
	if err := t.recheck(); err != nil {
		token := slog.String("token", t.grant.Token.ID.String())
		t.guard.log(t.request, slog.LevelInfo, "transfer ended by recheck", err, token)
		t.end(err)
	}
}

// wait ends the transfer when the handler has returned, and returns when nothing is
// left running.
func (t *transfer) wait() (panicked any) {
	t.returned.Store(true)
	t.end(nil)
	panicked = <-t.done
	if t.blocked {
		t.restoreDeadlines()
	}
	return panicked
}

// unblock makes reads of the connection fail now, and writes when the handler has
// had time to answer. Over HTTP/2 a deadline that has passed would end the stream.
func (t *transfer) unblock() {
	t.blocked = true
	now := time.Now()
	t.connection.SetReadDeadline(now)
	t.connection.SetWriteDeadline(now.Add(answerTime))
}

// restoreDeadlines keeps the deadline for writes from ending a later request on the
// connection. A server with a WriteTimeout sets a new one for each request, and every
// server does for reads. A stream of HTTP/2 has one request.
func (t *transfer) restoreDeadlines() {
	server, _ := t.request.Context().Value(http.ServerContextKey).(*http.Server)
	if t.request.ProtoMajor == 1 && (server == nil || server.WriteTimeout <= 0) {
		t.connection.SetWriteDeadline(time.Time{})
	}
}

// recheck returns why the transfer has to end, or nil when its context has ended.
//
// The service may have another clock than this process. So at ExpiresAt it is asked
// once more, and the time of this process counts only if the store does not answer.
func (t *transfer) recheck() error {
	ctx, token := t.request.Context(), t.grant.Token
	ticker := time.NewTicker(t.guard.opts.RecheckEvery)
	defer ticker.Stop()
	var expiry <-chan time.Time
	if !token.ExpiresAt.IsZero() {
		timer := time.NewTimer(time.Until(token.ExpiresAt))
		defer timer.Stop()
		expiry = timer.C
	}
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-expiry:
		}
		err := t.recheckOnce(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			failed = 0
			continue
		case errors.Is(err, transfertoken.ErrUnauthorized), errors.Is(err, transfertoken.ErrForbidden):
			return err
		}
		failed++
		t.guard.log(t.request, slog.LevelWarn, "recheck failed", err, slog.Int("failed", failed))
		if token.Expired(time.Now()) {
			return transfertoken.ErrExpired
		}
		if failed == maxFailedRechecks {
			return fmt.Errorf("httpauth: %d rechecks in a row failed, the last: %w", failed, err)
		}
	}
}

// recheckOnce fails if the store does not answer until the next recheck is due.
func (t *transfer) recheckOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.guard.opts.RecheckEvery)
	defer cancel()
	return t.grant.Recheck(ctx)
}

// watchedBody fails with the cause of ctx, and not with the deadline that ended the
// read, and so does a read of a body that is complete. A client that hangs up is not
// such a cause.
type watchedBody struct {
	io.ReadCloser
	ctx context.Context
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if cause := context.Cause(b.ctx); err != nil && cause != nil && cause != context.Canceled {
		err = cause
	}
	return n, err
}
