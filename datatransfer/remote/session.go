package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

const (
	pingEvery = 20 * time.Second

	// pongTimeout is long because a Strapi can be busy for tens of seconds and answer nothing
	// meanwhile.
	pongTimeout = 2 * time.Minute
)

// session is a connection on which one request at a time is sent and answered. Its methods are
// called from one goroutine. Two goroutines of its own read messages and send pings until
// close.
type session struct {
	conn       *websocket.Conn
	log        *slog.Logger
	transferID string

	replies chan wire.Message
	frames  chan incoming // one at a time: the remote waits for the acknowledgement
	spare   chan []byte   // for the messages to come
	cancel  context.CancelFunc
	done    chan struct{} // closed when the connection is gone; err is set before
	err     error
	workers sync.WaitGroup

	mu     sync.Mutex
	recent []string // UUIDs of the last requests
}

// incoming is a frame, the UUID that acknowledges it, and the message that it came in.
type incoming struct {
	uuid    string
	frame   wire.Frame
	message []byte
}

func newSession(conn *websocket.Conn, log *slog.Logger) *session {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{
		conn:    conn,
		log:     log,
		replies: make(chan wire.Message, 1),
		frames:  make(chan incoming, 1),
		spare:   make(chan []byte, 1),
		cancel:  cancel,
		done:    make(chan struct{}),
	}
	s.workers.Go(func() {
		defer close(s.done)
		s.err = s.read(ctx)
		conn.CloseNow()
	})
	s.workers.Go(func() { s.ping(ctx) })
	return s
}

// read hands messages on until the connection ends, and returns why it did.
func (s *session) read(ctx context.Context) error {
	var messages messageReader
	for {
		var buffer []byte
		select {
		case buffer = <-s.spare:
		default:
		}
		text, err := messages.read(ctx, s.conn, buffer)
		if err != nil {
			return connectionError(err)
		}
		m, err := wire.ParseMessage(text)
		if err != nil && isIncomplete(text) {
			return fmt.Errorf("%w: a message of the remote ends in its middle", ErrInterrupted)
		}
		if err != nil {
			return fmt.Errorf("remote: a message of the remote: %w", err)
		}
		if m.Diagnostic != nil {
			s.log.InfoContext(ctx, "remote", "diagnostic", wire.Clip(string(m.Diagnostic)))
			continue
		}
		if s.asked(m.UUID) {
			if m.Data != nil && !m.Data.IsValid() {
				return fmt.Errorf("remote: a reply of the remote: %w: not valid JSON", datatransfer.ErrInvalid)
			}
			select {
			case s.replies <- m:
			case <-ctx.Done():
				return ErrInterrupted
			}
			continue
		}
		frame, ok, err := wire.ParseFrame(m.Data)
		if err != nil {
			return fmt.Errorf("remote: a message of the remote: %w", err)
		}
		if !ok {
			return fmt.Errorf("remote: %w: the remote answers a request that was not sent", datatransfer.ErrInvalid)
		}
		select {
		case s.frames <- incoming{m.UUID, frame, text}:
		case <-ctx.Done():
			return ErrInterrupted
		}
	}
}

// recycle says that nobody uses a message any more.
func (s *session) recycle(message []byte) {
	if cap(message) > mostBuffer {
		return
	}
	select {
	case s.spare <- message:
	default:
	}
}

// tokenErrors are the reasons for which a Go backend closes the connection of a token. Strapi
// gives no reasons.
var tokenErrors = map[string]error{
	"Missing or invalid credentials": ErrUnauthorized,
	"Token expired":                  ErrExpired,
	"Token suspended":                ErrSuspended,
	"Forbidden":                      ErrForbidden,
}

// connectionError says in plain words why a connection ended.
func connectionError(err error) error {
	var closed websocket.CloseError
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return fmt.Errorf("remote: %w: a message of the remote", datatransfer.ErrTooLarge)
	case errors.As(err, &closed) && tokenErrors[closed.Reason] != nil:
		return tokenErrors[closed.Reason]
	case errors.As(err, &closed):
		return fmt.Errorf("%w: the remote closed it with code %d and %q",
			ErrInterrupted, closed.Code, wire.Clip(closed.Reason))
	case errors.Is(err, io.EOF), errors.Is(err, context.Canceled):
		return ErrInterrupted
	}
	return fmt.Errorf("%w: %w", ErrInterrupted, err)
}

// ping keeps the connection from being idle, and ends it when the remote does not answer.
func (s *session) ping(ctx context.Context) {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.done:
			return
		case <-ticker.C:
		}
		pinged, cancel := context.WithTimeout(ctx, pongTimeout)
		err := s.conn.Ping(pinged)
		cancel()
		if err != nil {
			s.conn.CloseNow()
			return
		}
	}
}

// asked reports whether id is the UUID of one of the last requests.
func (s *session) asked(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.recent, id)
}

// newUUID returns the UUID of the next request.
func (s *session) newUUID() string {
	const kept = 4
	id := uuid.NewString()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.recent) == kept {
		s.recent = slices.Delete(s.recent, 0, 1)
	}
	s.recent = append(s.recent, id)
	return id
}

// request sends r and returns the data of the reply.
func (s *session) request(ctx context.Context, r wire.Request) (data []byte, err error) {
	r.UUID = s.newUUID()
	if r.Type == wire.TypeTransfer {
		r.TransferID = s.transferID
	}
	return s.send(ctx, r.UUID, r.Append(nil))
}

// send sends the text of the request with the UUID and returns the data of the reply.
func (s *session) send(ctx context.Context, id string, text []byte) ([]byte, error) {
	if err := s.write(ctx, text); err != nil {
		return nil, err
	}
	return s.await(ctx, id)
}

// await returns the data of the reply to the request with the UUID.
func (s *session) await(ctx context.Context, id string) ([]byte, error) {
	for {
		select {
		case m := <-s.replies:
			if m.UUID != id { // the reply to a request that was given up
				continue
			}
			if m.Err != nil {
				return nil, remoteError(m.Err)
			}
			return m.Data, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.done:
			select {
			case m := <-s.replies: // it came just before the connection ended
				if m.UUID == id && m.Err != nil {
					return nil, remoteError(m.Err)
				}
				if m.UUID == id {
					return m.Data, nil
				}
			default:
			}
			return nil, s.err
		}
	}
}

// write sends one message.
func (s *session) write(ctx context.Context, text []byte) error {
	err := s.conn.Write(ctx, websocket.MessageText, text)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.conn.CloseNow()
	<-s.done
	return s.err
}

// nextFrame returns the next frame of a pull.
func (s *session) nextFrame(ctx context.Context) (incoming, error) {
	select {
	case f := <-s.frames:
		return f, nil
	case <-ctx.Done():
		return incoming{}, ctx.Err()
	case <-s.done:
		select {
		case f := <-s.frames:
			return f, nil
		default:
			return incoming{}, s.err
		}
	}
}

// action sends an action and returns the data of the reply.
func (s *session) action(ctx context.Context, name string) ([]byte, error) {
	return s.request(ctx, wire.Request{Type: wire.TypeTransfer, Kind: wire.KindAction, Action: name})
}

// step sends the start or the end of a stage and returns the data of the reply.
func (s *session) step(ctx context.Context, action string, stage datatransfer.Stage) ([]byte, error) {
	return s.request(ctx, wire.Request{Type: wire.TypeTransfer, Kind: wire.KindStep, Action: action, Step: string(stage)})
}

// init begins a transfer on the connection.
func (s *session) init(ctx context.Context, params wire.Init) (wire.InitReply, error) {
	data, err := s.request(ctx, wire.Request{Type: wire.TypeCommand, Command: wire.CommandInit, Params: params.Params()})
	if err != nil {
		return wire.InitReply{}, err
	}
	var reply wire.InitReply
	if err := wire.Decode(data, &reply); err != nil {
		return wire.InitReply{}, err
	}
	s.transferID = reply.TransferID
	return reply, nil
}

// close ends the connection without a word and waits for the goroutines of the session. It may
// be called more than once.
func (s *session) close() {
	s.cancel()
	s.conn.CloseNow()
	s.workers.Wait()
}
