package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/serve"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

const defaultRecheckEvery = 5 * time.Second

// HandlerOptions are the options of [NewHandler]. A Source or a Destination is needed;
// everything else may be zero.
type HandlerOptions struct {
	// Source returns the data that a pull reads. nil: nobody can pull, and the route answers
	// 404. It is called once a pull, with a context that ends with it and for which
	// httpauth.GrantFrom tells the token.
	Source func(ctx context.Context) (datatransfer.Source, error)

	// Destination returns what a push replaces. nil: nobody can push, and the route answers
	// 404. It is called once a push, as Source is.
	Destination func(ctx context.Context) (datatransfer.Destination, error)

	// Protected names types that take no part in any transfer, beside those that never do: see
	// datatransfer.IsProtected.
	Protected []string

	// StrapiVersion is the version that clients are told. "": none, so that they compare none.
	StrapiVersion string

	// RecheckEvery is how often the token of a running transfer is checked again. 0: every 5
	// seconds.
	RecheckEvery time.Duration

	// Limits bound what clients may do.
	Limits HandlerLimits

	// OnEvent is called synchronously with what happens, for an audit log. nil: no events.
	OnEvent func(context.Context, Event)

	// OnProgress is called synchronously while a transfer runs: at both ends of each stage, and
	// between them at most 10 times a second. id is that of the transfer's events, and all calls
	// are between EventStarted and the last event. nil: nobody is told.
	OnProgress func(id uuid.UUID, p datatransfer.Progress)

	// Logger takes failures. nil: none.
	Logger *slog.Logger
}

// HandlerLimits bound what the clients of a handler may do. 0 means the default that is named;
// a negative number means no limit.
type HandlerLimits struct {
	Connections int // at one time; 16
	PerToken    int // connections of one token at one time; 2

	Message int64 // bytes of one message; 32 MiB
	Record  int64 // bytes of one record; 16 MiB
	Asset   int64 // bytes of one file; 4 GiB
	Total   int64 // bytes of one push; 64 GiB
	Records int64 // records and files of one push; 100 million

	// Idle is how long a client may be silent while a transfer runs, and how long it may take to
	// read a message. 5 minutes. Before the transfer has begun it may be silent three times as
	// long, because a person may have to answer a question of the client.
	Idle time.Duration
}

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	EventStarted  EventKind = "started"  // data is being replaced or read from now on
	EventFinished EventKind = "finished" // a push was committed, a pull was closed by its client
	EventAborted  EventKind = "aborted"  // it failed or was given up, perhaps before it started; of a push nothing stays
	EventRefused  EventKind = "refused"  // too many connections
)

// An Event tells of a transfer. It holds no secret and nothing of a record.
type Event struct {
	Kind      EventKind
	ID        uuid.UUID // of the transfer, the same in all its events
	At        time.Time
	Token     transfertoken.Token
	Direction transfertoken.Permissions // Push or Pull
	Report    datatransfer.Report       // how far it came; zero for EventStarted and EventRefused
	Err       error                     // why it was aborted or refused
}

// handler is the remote end.
type handler struct {
	opts        HandlerOptions
	lock        *serve.Lock
	connections connections
}

// NewHandler returns a handler for the routes of Strapi's transfers, GET /transfer/runner/push
// and GET /transfer/runner/pull below the place where it is mounted. Each is behind a token of
// svc, presented as httpauth wants it.
//
// A client with a good token is answered 404 if there is nothing to push to or pull from, 503
// if there are too many connections, and 426 without an upgrade to WebSocket. One push at a
// time begins; another one is told that a transfer is in progress. A browser of another origin
// is refused. A token that is deleted, regenerated, narrowed, suspended or expired ends its
// transfers within RecheckEvery, and a push is rolled back; it is also checked before a push
// begins and before it is committed. A client whose transfer was ended is told why when it asks
// on, for at most 35 seconds. Nothing else is held for it then but its connection.
//
// NewHandler fails with an error that is datatransfer.ErrInvalid if there is neither a Source
// nor a Destination, or if RecheckEvery is negative. A nil svc is a disabled one.
func NewHandler(svc *transfertoken.TokenService, opts *HandlerOptions) (http.Handler, error) {
	switch {
	case opts == nil || opts.Source == nil && opts.Destination == nil:
		return nil, fmt.Errorf("remote: %w: a handler needs a Source or a Destination", datatransfer.ErrInvalid)
	case opts.RecheckEvery < 0:
		return nil, fmt.Errorf("remote: %w: RecheckEvery must not be negative", datatransfer.ErrInvalid)
	}
	h := &handler{opts: *opts, lock: serve.NewLock()}
	h.opts.Limits = h.opts.Limits.withDefaults()
	if h.opts.Logger == nil {
		h.opts.Logger = slog.New(slog.DiscardHandler)
	}
	auth := &httpauth.Options{
		RecheckEvery: cmp.Or(opts.RecheckEvery, defaultRecheckEvery),
		Logger:       opts.Logger,
	}
	mux := http.NewServeMux()
	push := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, transfertoken.Push) })
	pull := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, transfertoken.Pull) })
	mux.Handle("GET /transfer/runner/push", httpauth.Require(svc, transfertoken.Push, auth)(push))
	mux.Handle("GET /transfer/runner/pull", httpauth.Require(svc, transfertoken.Pull, auth)(pull))
	return ownDeadlines(mux), nil
}

func (l HandlerLimits) withDefaults() HandlerLimits {
	return HandlerLimits{
		Connections: limitOf(l.Connections, 16),
		PerToken:    limitOf(l.PerToken, 2),
		Message:     limitOf(l.Message, 32<<20),
		Record:      limitOf(l.Record, 16<<20),
		Asset:       limitOf(l.Asset, 4<<30),
		Total:       limitOf(l.Total, 64<<30),
		Records:     limitOf(l.Records, 100_000_000),
		Idle:        limitOf(l.Idle, 5*time.Minute),
	}
}

// limitOf returns the limit that a value asks for, or 0 for none.
func limitOf[T int | int64 | time.Duration](value, usual T) T {
	switch {
	case value == 0:
		return usual
	case value < 0:
		return 0
	}
	return value
}

// serve answers a request whose token is good.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, direction transfertoken.Permissions) {
	if direction == transfertoken.Push && h.opts.Destination == nil ||
		direction == transfertoken.Pull && h.opts.Source == nil {
		httpauth.WriteEnvelope(w, r, http.StatusNotFound, errNoTransfer)
		return
	}
	grant, _ := httpauth.GrantFrom(r.Context())
	event := Event{ID: uuid.New(), Token: grant.Token, Direction: direction}
	release, ok := h.connections.take(grant.Token.ID, h.opts.Limits)
	if !ok {
		event.Kind, event.Err = EventRefused, errTooMany
		h.emit(r.Context(), event)
		w.Header().Set("Retry-After", "10")
		httpauth.WriteEnvelope(w, r, http.StatusServiceUnavailable, errTooMany)
		return
	}
	defer release()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // it has answered
	}
	defer conn.CloseNow()
	limit := h.opts.Limits.Message
	if limit == 0 {
		limit = -1
	}
	conn.SetReadLimit(limit)

	started, ended := false, false
	config := h.config(grant)
	config.OnBegin = func() {
		started = true
		event.Kind = EventStarted
		h.emit(r.Context(), event)
	}
	if h.opts.OnProgress != nil {
		config.OnProgress = func(p datatransfer.Progress) { h.opts.OnProgress(event.ID, p) }
	}
	config.OnLeave = func(report datatransfer.Report, err error) {
		ended = true
		event.Kind, event.Report, event.Err = EventFinished, report, err
		if err != nil {
			event.Kind = EventAborted
			h.opts.Logger.WarnContext(r.Context(), "transfer aborted",
				"direction", direction.String(), "token", grant.Token.ID.String(), "error", err)
		}
		if started || err != nil {
			h.emit(r.Context(), event)
		}
	}
	report, err := transfer(r.Context(), socket{conn, &messageReader{}, h.opts.Limits.Idle}, direction, config)
	if !ended {
		config.OnLeave(report, err)
	}
	if err != nil {
		code, reason := closeReason(err)
		conn.Close(code, reason)
	} else {
		conn.Close(websocket.StatusNormalClosure, "")
	}
}

var (
	errNoTransfer = errors.New("remote: no transfer in this direction")
	errTooMany    = errors.New("remote: too many connections")
)

// config returns the configuration of a transfer with a token.
func (h *handler) config(grant transfertoken.Grant) serve.Config {
	return serve.Config{
		Source:        h.opts.Source,
		Destination:   h.opts.Destination,
		Protected:     h.opts.Protected,
		StrapiVersion: h.opts.StrapiVersion,
		Recheck:       grant.Recheck,
		Lock:          h.lock,
		Describe:      describe,
		Limits: serve.Limits{
			Record:     h.opts.Limits.Record,
			Asset:      h.opts.Limits.Asset,
			Total:      h.opts.Limits.Total,
			Records:    h.opts.Limits.Records,
			Idle:       h.opts.Limits.Idle,
			IdleBefore: 3 * h.opts.Limits.Idle,
			Ack:        h.opts.Limits.Idle,
		},
	}
}

// transfer runs one transfer.
func transfer(
	ctx context.Context, conn serve.Conn, direction transfertoken.Permissions, config serve.Config,
) (datatransfer.Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go keepAlive(ctx, conn)
	if direction == transfertoken.Push {
		return serve.Push(ctx, conn, config)
	}
	return serve.Pull(ctx, conn, config)
}

// keepAlive pings the client, so that no proxy takes the connection for idle.
func keepAlive(ctx context.Context, conn serve.Conn) {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		pinged, cancel := context.WithTimeout(ctx, pongTimeout)
		_ = conn.Ping(pinged) // the limits of silence end a connection that is dead
		cancel()
	}
}

// describe tells a client why its token does not let it go on.
func describe(err error) *wire.Error {
	switch {
	case errors.Is(err, transfertoken.ErrExpired):
		return &wire.Error{Code: "UnauthorizedError", Message: "Token expired", Step: "transfer"}
	case errors.Is(err, transfertoken.ErrSuspended):
		return &wire.Error{Code: "UnauthorizedError", Message: "Token suspended", Step: "transfer"}
	case errors.Is(err, transfertoken.ErrUnauthorized):
		return &wire.Error{Code: "UnauthorizedError", Message: "Missing or invalid credentials", Step: "transfer"}
	case errors.Is(err, transfertoken.ErrForbidden):
		return &wire.Error{Code: "ForbiddenError", Message: "Forbidden", Step: "transfer"}
	}
	return nil
}

// closeReason returns how the connection of a transfer that failed is closed.
func closeReason(err error) (websocket.StatusCode, string) {
	if told := describe(err); told != nil {
		return websocket.StatusPolicyViolation, told.Message
	}
	return websocket.StatusInternalError, "The transfer failed at the remote"
}

func (h *handler) emit(ctx context.Context, e Event) {
	if h.opts.OnEvent != nil {
		e.At = time.Now().UTC()
		h.opts.OnEvent(context.WithoutCancel(ctx), e)
	}
}

// answerTime is how long a client may take to read why its transfer has ended.
const answerTime = 5 * time.Second

// socket is a WebSocket as package serve wants it. A read or write whose context ends
// would close it, and nobody could tell the client why. So reads go on until the socket is
// closed, and writes for answerTime. A write also ends, with the connection, when the client
// does not read it.
type socket struct {
	conn     *websocket.Conn
	messages *messageReader
	patience time.Duration // with a client that reads nothing; 0: no limit
}

func (s socket) Read(_ context.Context, buffer []byte) ([]byte, error) {
	return s.messages.read(context.Background(), s.conn, buffer)
}

func (s socket) Write(ctx context.Context, text []byte) error {
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if s.patience > 0 {
		silence := time.AfterFunc(s.patience, cancel)
		defer silence.Stop()
	}
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-writing.Done():
		case <-time.After(answerTime):
			cancel()
		}
	})
	defer stop()
	err := s.conn.Write(writing, websocket.MessageText, text)
	if err != nil && writing.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("remote: the client has read nothing for %v", s.patience)
	}
	return err
}

func (s socket) Ping(ctx context.Context) error { return s.conn.Ping(ctx) }
