package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// Conn carries messages. Its methods may be called from several goroutines, each method from one.
type Conn interface {
	// Read returns the next message. It may be in buffer, which nobody else uses then.
	Read(ctx context.Context, buffer []byte) ([]byte, error)
	Write(ctx context.Context, text []byte) error
	Ping(ctx context.Context) error // returns when the pong has come
}

// Config is the configuration of [Push] and [Pull].
type Config struct {
	Source        func(context.Context) (datatransfer.Source, error)      // of a pull
	Destination   func(context.Context) (datatransfer.Destination, error) // of a push
	Protected     []string                                                // beside the types that the engine protects
	StrapiVersion string                                                  // "": none is named
	Lock          *Lock                                                   // of a push
	Limits        Limits
	Now           func() time.Time // nil: time.Now

	// Recheck is asked before Begin and before Commit. nil: always yes.
	Recheck func(context.Context) error

	// OnBegin is called when data is read or replaced from then on. It may be nil.
	OnBegin func()

	// OnProgress is called at both ends of each stage and sometimes between them, after OnBegin. It may
	// be nil.
	OnProgress func(datatransfer.Progress)

	// OnLeave is called when the transfer has ended, and nothing is held any more, before the client
	// is told why. It may be nil.
	OnLeave func(datatransfer.Report, error)

	// Describe returns the text for the client about an error, or nil for the usual one. It may be nil.
	Describe func(error) *wire.Error
}

// Limits bound what a client may send and how long it may be silent. Zero means no limit.
type Limits struct {
	Record  int64 // bytes of one record
	Asset   int64 // bytes of one file
	Total   int64 // bytes of all records and files of a push
	Records int64 // records and files of a push

	IdleBefore time.Duration // between two messages, before the transfer has begun
	Idle       time.Duration // between two messages, afterwards
	Ack        time.Duration // until a frame of a pull is acknowledged
}

// The texts that Strapi's clients know.
const (
	codeTransfer       = "ProviderTransferError"
	codeInitialization = "ProviderInitializationError"

	textTerminated  = "Transfer has been terminated"
	textNoInit      = "Invalid Transfer Process"
	textMissingUUID = "Missing uuid in message"
	textNoStage     = "Invalid transfer step, impossible to create a stream"
	textPassedStage = "Invalid stage (%s) provided for the current flow"
	textOtherStage  = "It's not possible to start a new transfer stage (%s) while another one is in progress (%s)"
)

// leaveTime is how long a client may ask on after a transfer that the remote end has ended. Strapi's
// client sends a request again after 30 seconds without an answer: then everyone who waits has one.
const leaveTime = 35 * time.Second

// hostLeaveTime is the same for a transfer that the host ends for a reason of its own, usually because
// its program ends.
const hostLeaveTime = 2 * time.Second

// errEnded means that the client has ended the connection.
var errEnded = errors.New("the client ended the connection")

// peer is the other end of the connection. Apart from the goroutine that reads, it is used from
// one.
type peer struct {
	conn     Conn
	messages <-chan []byte
	spare    chan []byte // for the messages to come
	received []byte      // the last message
	readErr  error       // why messages was closed
	last     string
	reply    []byte // to last

	reason *wire.Error // of the failure; nil: there is none
	told   bool        // the client has read the reason
}

// newPeer starts to read messages, until ctx is done or the connection ends.
func newPeer(ctx context.Context, conn Conn) *peer {
	messages := make(chan []byte)
	p := &peer{conn: conn, messages: messages, spare: make(chan []byte, 1)}
	go func() {
		defer close(messages)
		for {
			var buffer []byte
			select {
			case buffer = <-p.spare:
			default:
			}
			text, err := conn.Read(ctx, buffer)
			if err != nil {
				p.readErr = err
				return
			}
			select {
			case messages <- text:
			case <-ctx.Done():
				p.readErr = ctx.Err()
				return
			}
		}
	}()
	return p
}

// mostSpare is the size of the largest message whose buffer is kept, in bytes.
const mostSpare = 4 << 20

// recycle says that nobody uses the last message any more.
func (p *peer) recycle() {
	if cap(p.received) <= mostSpare {
		select {
		case p.spare <- p.received:
		default:
		}
	}
	p.received = nil
}

// receive returns the next request. A request that was answered last is answered again in the
// same way.
func (p *peer) receive(ctx context.Context, idle time.Duration) (wire.Request, error) {
	var silence <-chan time.Time
	if idle > 0 {
		timer := time.NewTimer(idle)
		defer timer.Stop()
		silence = timer.C
	}
	for {
		select {
		case text, ok := <-p.messages:
			if !ok && ctx.Err() != nil {
				return wire.Request{}, context.Cause(ctx) // the reading ended for it
			}
			if !ok {
				return wire.Request{}, fmt.Errorf("%w: %w", errEnded, p.readErr)
			}
			p.received = text
			r, err := wire.ParseRequest(text)
			switch {
			case err != nil:
				return wire.Request{}, err
			case r.UUID == "":
				if err := p.refuse(ctx, "", &wire.Error{Code: "Error", Message: textMissingUUID}); err != nil {
					return wire.Request{}, err
				}
			case r.UUID == p.last:
				if err := p.conn.Write(ctx, p.reply); err != nil {
					return wire.Request{}, err
				}
			default:
				return r, nil
			}
		case <-silence:
			return wire.Request{}, fmt.Errorf("the client was silent for %v", idle)
		case <-ctx.Done():
			return wire.Request{}, context.Cause(ctx)
		}
	}
}

// answer replies to the request with the UUID.
func (p *peer) answer(ctx context.Context, uuid string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return p.send(ctx, uuid, wire.AppendReply(nil, uuid, text, nil))
}

// refuse replies to the request with the UUID with an error.
func (p *peer) refuse(ctx context.Context, uuid string, failure *wire.Error) error {
	return p.send(ctx, uuid, wire.AppendReply(nil, uuid, nil, failure))
}

func (p *peer) send(ctx context.Context, uuid string, text []byte) error {
	p.last, p.reply = uuid, text
	return p.conn.Write(ctx, text)
}

// terminated returns what the client is told after a failure: first the reason, and then that there is
// no transfer any more. Strapi's client drops the answer to its last batch of files, so that one has
// the reason too.
func (p *peer) terminated() *wire.Error {
	text := textTerminated
	if p.reason != nil {
		if !p.told {
			p.told = true
			return p.reason
		}
		text += ": " + p.reason.Message
	}
	return &wire.Error{Code: codeTransfer, Message: text, Step: "transfer"}
}

// describe returns what a client is told of an error. Errors of the host may hold anything, so
// their text stays here.
func (c *Config) describe(err error) *wire.Error {
	if c.Describe != nil {
		if told := c.Describe(err); told != nil {
			return told
		}
	}
	told := &wire.Error{Code: codeTransfer, Step: "transfer", Message: "The transfer failed at the remote"}
	for _, known := range []error{
		datatransfer.ErrInvalid, datatransfer.ErrTooLarge, datatransfer.ErrProtected, datatransfer.ErrSchemas,
	} {
		if errors.Is(err, known) {
			told.Message = wire.Clip(err.Error())
			break
		}
	}
	var refusal *refusalError
	switch {
	case errors.Is(err, datatransfer.ErrCommitUnknown):
		told.Message = wire.TextCommitUnknown
	case errors.As(err, &refusal):
		told.Message = refusal.text
	}
	return told
}

// A refusalError is the refusal of a request. A client is told its text.
type refusalError struct{ text string }

func (e *refusalError) Error() string { return "datatransfer: refused: " + e.text }

// refusef returns a refusalError.
func refusef(format string, args ...any) error { return &refusalError{fmt.Sprintf(format, args...)} }

// metadata returns the answer of both directions to getMetadata.
func (c *Config) metadata() datatransfer.Metadata {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	return datatransfer.Metadata{CreatedAt: now().UTC(), StrapiVersion: c.StrapiVersion}
}

// schemasObject returns the answer to getSchemas: the schemas by their UIDs, in their order.
func schemasObject(schemas datatransfer.Schemas) (json.RawMessage, error) {
	text := []byte{'{'}
	for i, schema := range schemas {
		if i > 0 {
			text = append(text, ',')
		}
		name, err := json.Marshal(schema.UID)
		if err != nil {
			return nil, err
		}
		text = append(append(text, name...), ':')
		if text, err = schema.AppendJSON(text); err != nil {
			return nil, err
		}
	}
	return append(text, '}'), nil
}

// begin tells the host that a transfer begins.
func (c *Config) begin() {
	if c.OnBegin != nil {
		c.OnBegin()
	}
}

// leaving returns the context of the time in which a client may ask on after a transfer, whose context
// ctx was. It ends with open, the context of the connection.
func (c *Config) leaving(open, ctx context.Context) (context.Context, context.CancelFunc) {
	leaving, cancel := context.WithTimeout(open, leaveTime)
	stop := context.AfterFunc(ctx, func() {
		if c.Describe != nil && c.Describe(context.Cause(ctx)) != nil {
			return // it ended for a reason of the client
		}
		select {
		case <-time.After(hostLeaveTime):
			cancel()
		case <-leaving.Done():
		}
	})
	return leaving, func() {
		stop()
		cancel()
	}
}

// leave tells the host that a transfer has ended.
func (c *Config) leave(report datatransfer.Report, err error) {
	if c.OnLeave != nil {
		c.OnLeave(report, err)
	}
}

// recheck asks whether the client may go on.
func (c *Config) recheck(ctx context.Context) error {
	if c.Recheck == nil {
		return nil
	}
	return c.Recheck(ctx)
}
