package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

const (
	frameBytes = 1 << 20   // of records or decoded bytes of files, at which a frame is sent
	chunkBytes = 256 << 10 // of a file in one item

	// A client installs what takes the frames when it has read the reply to start. The pong to
	// a ping that follows the reply says that it has read it.
	barrierTimeout = 2 * time.Second
	barrierPause   = 500 * time.Millisecond
)

// pull is one connection of a client that pulls. Requests are handled one after another.
type pull struct {
	*peer
	config    *Config
	src       datatransfer.Source
	base64    bool
	checksums bool
	passed    int // stages up to this place cannot be started any more
	open      datatransfer.Stage
	totals    datatransfer.Count // of the open stage, estimated
	report    datatransfer.Report
	closed    bool
}

// Pull serves a client that pulls until it has closed the transfer or ended the connection. It
// returns what was sent, and an error unless the client closed the transfer or never began. After a
// failure the client is told so when it asks for more.
func Pull(ctx context.Context, conn Conn, config Config) (datatransfer.Report, error) {
	open, closeReading := context.WithCancel(context.WithoutCancel(ctx))
	defer closeReading()
	p := &pull{peer: newPeer(open, conn), config: &config}
	defer func() {
		if p.src != nil {
			p.src.Close() // a source that panicked is not closed yet
		}
	}()
	p.report.Started = time.Now()
	err := p.serve(ctx)
	p.report.Ended = time.Now()
	result := err
	if p.src != nil {
		result = errors.Join(err, p.src.Close())
	}
	if p.reason != nil || ctx.Err() != nil && !errors.Is(err, errEnded) {
		config.leave(p.report, result)
		leaving, stop := config.leaving(open, ctx)
		defer stop()
		p.takeLeave(leaving, err)
	}
	return p.report, result
}

// takeLeave answers the client for a while after the transfer has ended because of err.
func (p *pull) takeLeave(ctx context.Context, err error) {
	if p.reason == nil {
		p.reason = p.config.describe(err)
	}
	for {
		r, err := p.receive(ctx, 0)
		switch {
		case err != nil:
			return
		case r.Type == "": // an acknowledgement
		case r.Action == wire.ActionClose || r.Command == wire.CommandEnd:
			_ = p.answer(ctx, r.UUID, nil)
			return
		default:
			if p.refuse(ctx, r.UUID, p.terminated()) != nil {
				return
			}
		}
	}
}

func (p *pull) serve(ctx context.Context) error {
	for {
		idle := p.config.Limits.IdleBefore
		if p.passed > 0 {
			idle = p.config.Limits.Idle
		}
		r, err := p.receive(ctx, idle)
		switch {
		case errors.Is(err, errEnded) && (p.closed || p.passed == 0):
			return nil
		case err != nil:
			return err
		case r.Type == "": // an acknowledgement that nobody waits for
			continue
		}
		data, err := p.handle(ctx, r)
		if err != nil {
			p.reason = p.config.describe(err)
			return errors.Join(err, p.refuse(ctx, r.UUID, p.terminated()))
		}
		if started, ok := data.(wire.StartReply); ok {
			err = p.sendStage(ctx, r.UUID, started)
		} else {
			err = p.answer(ctx, r.UUID, data)
		}
		if err != nil {
			return err
		}
	}
}

// handle does what a request asks for, except sending the frames of a stage.
func (p *pull) handle(ctx context.Context, r wire.Request) (any, error) {
	switch {
	case r.Type == wire.TypeCommand && r.Command == wire.CommandInit:
		return p.init(ctx, r)
	case p.src == nil:
		return nil, refusef(textNoInit)
	case r.Type == wire.TypeCommand && r.Command == wire.CommandStatus:
		return map[string]any{"active": true, "kind": "pull"}, nil
	case r.Type == wire.TypeCommand && r.Command == wire.CommandEnd:
		p.closed = true
		return ok, nil
	case r.Kind == wire.KindAction && r.Action == wire.ActionBootstrap:
		return nil, nil
	case r.Kind == wire.KindAction && r.Action == wire.ActionGetMetadata:
		return p.metadata(ctx)
	case r.Kind == wire.KindAction && r.Action == wire.ActionGetSchemas:
		schemas, err := p.src.Schemas(ctx)
		if err != nil {
			return nil, err
		}
		return schemasObject(schemas)
	case r.Kind == wire.KindAction && r.Action == wire.ActionClose:
		p.closed = true
		return nil, nil
	case r.Kind == wire.KindStep && r.Action == wire.StepStart:
		return p.startStage(ctx, datatransfer.Stage(r.Step))
	case r.Kind == wire.KindStep && r.Action == wire.StepEnd:
		if p.open == "" || datatransfer.Stage(r.Step) != p.open {
			return nil, refusef("the stage is not open")
		}
		p.open = ""
		return ok, nil
	}
	return nil, refusef("the request is not one of a transfer")
}

func (p *pull) init(ctx context.Context, r wire.Request) (any, error) {
	if p.src != nil {
		return nil, refusef(wire.TextInProgress)
	}
	var params wire.Init
	if err := wire.Decode(r.Params, &params); err != nil || params.Transfer != "pull" && r.Params != nil {
		return nil, refusef("the parameters are not those of a pull")
	}
	if err := p.config.recheck(ctx); err != nil {
		return nil, err
	}
	src, err := p.config.Source(ctx)
	if err != nil {
		return nil, err
	}
	p.src = datatransfer.WithoutProtected(src, p.config.Protected...)
	p.base64 = r.Params != nil // clients before 5.43 send none, and read JSON of Buffers alone
	p.checksums = params.Checksums
	return wire.InitReply{TransferID: uuid.NewString(), Checksums: params.Checksums}, nil
}

// metadata answers with the time of the source and the configured version.
func (p *pull) metadata(ctx context.Context) (any, error) {
	m, err := p.src.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	told := p.config.metadata()
	if !m.CreatedAt.IsZero() {
		told.CreatedAt = m.CreatedAt
	}
	return told, nil
}

func (p *pull) startStage(ctx context.Context, stage datatransfer.Stage) (any, error) {
	place := slices.Index(datatransfer.Stages(), stage)
	switch {
	case place < 0:
		return nil, refusef(textNoStage)
	case p.open != "":
		return nil, refusef(textOtherStage, stage, p.open)
	case place < p.passed:
		return nil, refusef(textPassedStage, stage)
	}
	if p.passed == 0 {
		p.config.begin()
	}
	p.open, p.passed = stage, place+1
	reply := wire.StartReply{OK: true, ID: uuid.NewString()}
	p.totals = datatransfer.Count{}
	estimator, is := p.src.(datatransfer.Estimator)
	if is && (stage == datatransfer.StageAssets || p.config.OnProgress != nil) {
		if count, bytes, known := estimator.Estimate(ctx, stage); known {
			p.totals = datatransfer.Count{Records: count, Bytes: bytes}
			if stage == datatransfer.StageAssets {
				reply.Totals = &wire.Totals{TotalCount: count, TotalBytes: float64(bytes)}
			}
		}
	}
	return reply, nil
}

// sendStage answers the start of a stage and sends its frames. A failure of the source is the
// last frame: the client shows it and ends the transfer.
func (p *pull) sendStage(ctx context.Context, request string, started wire.StartReply) error {
	if err := p.answer(ctx, request, started); err != nil {
		return err
	}
	if err := p.barrier(ctx); err != nil {
		return err
	}
	f := &frames{pull: p, id: started.ID, report: datatransfer.StageReport{Stage: p.open}, begun: time.Now()}
	f.show(false)
	var err error
	switch p.open {
	case datatransfer.StageEntities:
		err = sendRecords(ctx, f, p.src.Entities(ctx), datatransfer.Entity.AppendJSON)
	case datatransfer.StageLinks:
		err = sendRecords(ctx, f, p.src.Links(ctx), datatransfer.Link.AppendJSON)
	case datatransfer.StageConfiguration:
		err = sendRecords(ctx, f, p.src.Configuration(ctx), datatransfer.Config.AppendJSON)
	case datatransfer.StageAssets:
		err = f.sendAssets(ctx, p.src.Assets(ctx))
	}
	if err == nil {
		err = f.send(ctx, true)
	}
	f.report.Duration = time.Since(f.begun)
	p.report.Stages = append(p.report.Stages, f.report)
	if err != nil {
		_ = f.await(ctx) // the client takes one frame at a time
		p.reason = p.config.describe(err)
		text := wire.AppendFrame(nil, uuid.NewString(), wire.Frame{ID: f.id, Ended: true, Err: p.terminated()})
		return errors.Join(err, p.conn.Write(context.WithoutCancel(ctx), text))
	}
	f.show(true)
	return nil
}

// barrier waits until the client has read the reply to start, or as long as a client that
// answers no pings may need.
func (p *pull) barrier(ctx context.Context) error {
	pinged, cancel := context.WithTimeout(ctx, barrierTimeout)
	defer cancel()
	if p.conn.Ping(pinged) == nil {
		return nil
	}
	select {
	case <-time.After(barrierPause):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// frames is the frames of one stage, of which one is being filled.
type frames struct {
	*pull
	id    string
	uuid  string // of the message
	text  []byte // of the message so far
	items int
	bytes int // decoded

	waiting string // UUID of the frame that is not acknowledged; "": none

	report datatransfer.StageReport
	begun  time.Time
	shown  time.Time // when the progress was shown last
}

// showEvery is the least time between two calls of OnProgress within a stage.
const showEvery = 100 * time.Millisecond

// show tells the host how far the stage has come, unless it was told a moment ago.
func (f *frames) show(done bool) {
	now := time.Now()
	if f.config.OnProgress == nil || !done && now.Sub(f.shown) < showEvery {
		return
	}
	f.shown = now
	f.config.OnProgress(datatransfer.Progress{
		Stage:        f.open,
		Done:         done,
		Records:      f.report.Records,
		Bytes:        f.report.Bytes,
		TotalRecords: f.totals.Records,
		TotalBytes:   f.totals.Bytes,
		Elapsed:      now.Sub(f.begun),
	})
}

// begin makes room for one more item.
func (f *frames) begin() {
	if f.items == 0 {
		f.uuid = uuid.NewString()
		f.text = append(wire.AppendFrameHead(f.text[:0], f.uuid), '[')
		if f.open == datatransfer.StageAssets {
			f.text = append(f.text, '[')
		}
	} else {
		f.text = append(f.text, ',')
	}
	f.items++
}

// send sends the frame that was filled. One frame at a time is under way, and the next one is filled
// meanwhile. The last frame of a stage has no data, and send waits until the client has taken it.
func (f *frames) send(ctx context.Context, last bool) error {
	if f.items > 0 {
		f.text = append(f.text, ']')
		if f.open == datatransfer.StageAssets {
			f.text = append(f.text, ']')
		}
		f.text = wire.AppendFrameTail(f.text, wire.Frame{ID: f.id})
		if err := f.sendMessage(ctx); err != nil {
			return err
		}
		f.items, f.bytes = 0, 0
	}
	if !last {
		return nil
	}
	f.uuid = uuid.NewString()
	f.text = wire.AppendFrame(f.text[:0], f.uuid, wire.Frame{ID: f.id, Ended: true})
	if err := f.sendMessage(ctx); err != nil {
		return err
	}
	return f.await(ctx)
}

// sendMessage sends the message when the one before was taken.
func (f *frames) sendMessage(ctx context.Context) error {
	if err := f.await(ctx); err != nil {
		return err
	}
	f.waiting = f.uuid
	return f.conn.Write(ctx, f.text)
}

// await waits until the client has taken the last frame.
func (f *frames) await(ctx context.Context) error {
	if f.waiting == "" {
		return nil
	}
	id := f.waiting
	f.waiting = ""
	r, err := f.receive(ctx, f.config.Limits.Ack)
	for ; err == nil && r.UUID != id; r, err = f.receive(ctx, f.config.Limits.Ack) {
		if r.Type != "" {
			return refusef("a request before the data was acknowledged")
		}
	}
	if err == nil {
		f.show(false)
	}
	return err
}

func sendRecords[T any](
	ctx context.Context, f *frames, seq iter.Seq2[T, error], appendJSON func(T, []byte) ([]byte, error),
) error {
	for record, err := range seq {
		if err != nil {
			return err
		}
		f.begin()
		before := len(f.text)
		if f.text, err = appendJSON(record, f.text); err != nil {
			return err
		}
		f.report.Records++
		f.report.Bytes += int64(len(f.text) - before)
		if len(f.text) >= frameBytes {
			if err := f.send(ctx, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *frames) sendAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	chunk := make([]byte, chunkBytes)
	for asset, err := range seq {
		if err != nil {
			return err
		}
		if asset.Size < 0 {
			return invalidf("the size of the file %q is not known", asset.Name)
		}
		if err := f.sendAsset(ctx, asset, chunk); err != nil {
			return err
		}
		f.report.Records++
		f.report.Bytes += asset.Size
	}
	return nil
}

func (f *frames) sendAsset(ctx context.Context, asset datatransfer.Asset, chunk []byte) error {
	id := uuid.NewString()
	sum := sha256.New()
	f.begin()
	f.text = wire.AppendStart(f.text, id, asset, asset.Size)
	var sent int64
	for {
		n, err := io.ReadFull(asset.Body, chunk)
		if n > 0 {
			sum.Write(chunk[:n])
			sent += int64(n)
			f.begin()
			f.text = wire.AppendStream(f.text, id, chunk[:n], f.base64)
			if f.bytes += n; f.bytes >= frameBytes {
				if err := f.send(ctx, false); err != nil {
					return err
				}
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if sent != asset.Size {
		return fmt.Errorf("datatransfer: the file %q has %d bytes, not %d", asset.Name, sent, asset.Size)
	}
	checksum := ""
	if f.checksums {
		checksum = hex.EncodeToString(sum.Sum(nil))
	}
	f.begin()
	f.text = wire.AppendEnd(f.text, id, checksum)
	if len(f.text) >= 2*frameBytes { // many small files weigh nothing, but their metadata does
		return f.send(ctx, false)
	}
	return nil
}
