package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// pushState is how far a push has come.
type pushState int

const (
	stateNew       pushState = iota // before init
	stateReady                      // nothing is held
	stateBegun                      // Run is under way
	stateFailed                     // rolled back: every message fails
	stateRolled                     // rolled back because the client asked for it
	stateCommitted                  // nothing is left to do
)

// push is one connection of a client that pushes. Requests are handled one after another.
type push struct {
	*peer
	config *Config
	state  pushState

	id        string
	scope     datatransfer.Scope
	checksums bool

	dst     datatransfer.Destination
	schemas datatransfer.Schemas
	types   map[string]bool // that the destination has; nil: any

	feed    *feed
	gate    *gate
	cancel  context.CancelCauseFunc // ends Run
	stopped chan struct{}           // closed when Run has returned; report and err are set before
	report  datatransfer.Report
	err     error

	stage   datatransfer.Stage // that is open; "": none
	passed  int                // stages up to this place cannot be started any more
	count   int64              // records of the open stage
	records int64              // of all stages
	bytes   int64
	parser  datatransfer.Parser
}

// Push serves a client that pushes until it has ended the transfer or the connection. It
// returns what was transferred, and an error unless it was committed or never began. When it
// returns, nothing is held and no goroutine is left that uses the destination. If ctx ends, the push is
// rolled back at once, and the client is told so when it asks for more.
func Push(ctx context.Context, conn Conn, config Config) (datatransfer.Report, error) {
	open, closeReading := context.WithCancel(context.WithoutCancel(ctx))
	defer closeReading()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &push{peer: newPeer(open, conn), config: &config}
	p.parser.MaxRecord = cmp.Or(config.Limits.Record, -1)
	err := p.serve(ctx)
	if p.state == stateBegun {
		p.abort(err)
	}
	report, result := p.result(err)
	if ctx.Err() != nil && !errors.Is(err, errEnded) {
		config.leave(report, result)
		leaving, stop := config.leaving(open, ctx)
		defer stop()
		p.takeLeave(leaving, err)
	}
	return report, result
}

// result returns what Push returns when serve has returned err.
func (p *push) result(err error) (datatransfer.Report, error) {
	switch {
	case p.state == stateCommitted:
		return p.report, nil
	case p.err != nil:
		err = p.err
	case p.stopped == nil && (p.state == stateRolled || errors.Is(err, errEnded)):
		err = nil // the client only wanted to know something
	}
	return p.report, err
}

// takeLeave answers the client for a while after the transfer has ended because of err.
func (p *push) takeLeave(ctx context.Context, err error) {
	if p.state == stateNew || p.state == stateReady {
		p.state = stateFailed
	}
	if p.reason == nil {
		p.reason = p.config.describe(err)
	}
	_ = p.serve(ctx)
}

// serve answers requests until the client is done. It returns why it stopped.
func (p *push) serve(ctx context.Context) error {
	for {
		idle := p.config.Limits.IdleBefore
		if p.state >= stateBegun {
			idle = p.config.Limits.Idle
		}
		r, err := p.receive(ctx, idle)
		if err != nil {
			return err
		}
		data, failure := p.handle(ctx, r)
		if failure != nil {
			err = p.refuse(ctx, r.UUID, failure)
		} else {
			err = p.answer(ctx, r.UUID, data)
		}
		if err != nil {
			return err
		}
		if r.Command == wire.CommandEnd && failure == nil && p.state != stateNew {
			return nil
		}
	}
}

// ok is the answer to a request that has nothing to tell.
var ok = map[string]bool{"ok": true}

// handle does what a request asks for. It returns the answer, or what the client is told of the
// failure.
func (p *push) handle(ctx context.Context, r wire.Request) (any, *wire.Error) {
	switch {
	case r.Type == wire.TypeCommand && r.Command == wire.CommandInit && p.state != stateFailed:
		return p.init(ctx, r)
	case p.state == stateNew:
		return nil, &wire.Error{Code: codeTransfer, Message: textNoInit, Step: "transfer"}
	case r.Type == wire.TypeCommand && r.Command == wire.CommandStatus:
		return map[string]any{"active": p.state == stateBegun, "kind": "push"}, nil
	case r.Type == wire.TypeCommand && r.Command == wire.CommandEnd:
		return p.end(r)
	case r.Kind == wire.KindAction && r.Action == wire.ActionRollback && p.state != stateCommitted:
		p.rollback()
		return nil, nil
	case p.state == stateRolled && r.Kind == wire.KindAction && r.Action == wire.ActionClose:
		return nil, nil // the rollback stands
	case p.state == stateFailed || p.state == stateRolled || p.state == stateCommitted:
		return nil, p.terminated()
	}
	data, err := p.transfer(ctx, r)
	if err != nil {
		return nil, p.fail(err)
	}
	return data, nil
}

// transfer handles the requests of a transfer that has not failed. An error of it ends the
// transfer.
func (p *push) transfer(ctx context.Context, r wire.Request) (any, error) {
	switch {
	case r.Kind == wire.KindAction && r.Action == wire.ActionBootstrap:
		return nil, nil
	case r.Kind == wire.KindAction && r.Action == wire.ActionGetMetadata:
		return p.config.metadata(), nil
	case r.Kind == wire.KindAction && r.Action == wire.ActionGetSchemas:
		return schemasObject(p.schemas)
	case r.Kind == wire.KindAction && r.Action == wire.ActionBeforeTransfer:
		if p.state == stateBegun {
			return nil, nil
		}
		return nil, p.begin(ctx)
	case r.Kind == wire.KindAction && r.Action == wire.ActionClose:
		return nil, p.close(ctx)
	case r.Kind == wire.KindStep && r.Action == wire.StepStart:
		return ok, p.startStage(ctx, datatransfer.Stage(r.Step))
	case r.Kind == wire.KindStep && r.Action == wire.StepStream:
		return nil, p.stream(datatransfer.Stage(r.Step), r.Data)
	case r.Kind == wire.KindStep && r.Action == wire.StepEnd:
		stats, err := p.endStage(ctx, datatransfer.Stage(r.Step))
		return wire.EndReply{OK: true, Stats: stats}, err
	}
	return nil, refusef("the request is not one of a transfer")
}

// init begins a transfer on the connection. It holds nothing.
func (p *push) init(ctx context.Context, r wire.Request) (any, *wire.Error) {
	if p.state != stateNew || !p.config.Lock.Await(ctx) {
		return nil, &wire.Error{Code: codeInitialization, Message: wire.TextInProgress, Step: "initialization"}
	}
	var params wire.Init
	if err := wire.Decode(r.Params, &params); err != nil || params.Transfer != "push" || params.Options == nil {
		return nil, &wire.Error{
			Code: codeInitialization, Message: "the parameters are not those of a push", Step: "initialization",
		}
	}
	dst, err := p.config.Destination(ctx)
	if err != nil {
		return nil, p.config.describe(err)
	}
	schemas, err := dst.Schemas(ctx)
	if err != nil {
		return nil, p.config.describe(err)
	}
	p.dst, p.schemas = dst, schemas
	p.types = typesOf(schemas)
	p.scope = p.scopeOf(params.Options.Restore)
	p.checksums = params.Checksums
	p.id = uuid.NewString()
	p.state = stateReady
	reply := wire.InitReply{TransferID: p.id, Checksums: params.Checksums}
	if params.AssetEncoding == wire.EncodingBase64 {
		reply.AssetEncoding = wire.EncodingBase64
	}
	return reply, nil
}

// end ends the transfer on the connection. Without a close before it, everything is rolled back.
func (p *push) end(r wire.Request) (any, *wire.Error) {
	var params struct {
		TransferID string `json:"transferID"`
	}
	if err := wire.Decode(r.Params, &params); err != nil || params.TransferID != p.id {
		return nil, &wire.Error{Code: codeTransfer, Message: "Bad transfer ID provided", Step: "transfer"}
	}
	switch p.state {
	case stateBegun:
		p.rollback()
	case stateReady:
		p.state = stateNew
	}
	return ok, nil
}

// begin takes the push lock and starts Run.
func (p *push) begin(ctx context.Context) error {
	if err := p.config.recheck(ctx); err != nil {
		return err
	}
	if !p.config.Lock.Acquire(ctx) {
		return refusef(wire.TextInProgress)
	}
	p.stopped = make(chan struct{})
	running, cancel := context.WithCancelCause(ctx)
	p.cancel = cancel
	p.feed = newFeed(running, p.config.metadata(), p.schemas, p.stopped)
	p.gate = newGate(p.dst, p.schemas)
	p.state = stateBegun
	p.config.begin()
	go func() {
		defer p.config.Lock.Unlock()
		defer close(p.stopped)
		defer func() {
			if cause := recover(); cause != nil {
				p.err = fmt.Errorf("datatransfer: the destination panicked: %v", cause)
			}
		}()
		p.report, p.err = datatransfer.Run(running, p.feed, p.gate, &datatransfer.Options{
			Scope:           p.scope,
			Protected:       p.config.Protected,
			RefuseProtected: true,
			OnProgress:      p.config.OnProgress,
		})
	}()
	return p.wait(ctx, p.gate.begun)
}

// wait waits until Run has come as far as reached.
func (p *push) wait(ctx context.Context, reached <-chan struct{}) error {
	select {
	case <-reached:
		return nil
	case <-p.stopped:
		return errStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// startStage opens a stage. Stages come in their order, and any may be missing.
func (p *push) startStage(ctx context.Context, stage datatransfer.Stage) error {
	place := slices.Index(datatransfer.Stages(), stage)
	switch {
	case place < 0:
		return refusef(textNoStage)
	case p.stage != "":
		return refusef(textOtherStage, stage, p.stage)
	case place < p.passed:
		return refusef(textPassedStage, stage)
	case !p.scope.HasStage(stage):
		return refusef("the stage %s is not part of what the transfer replaces", stage)
	}
	if p.state != stateBegun {
		if err := p.begin(ctx); err != nil {
			return err
		}
	}
	for _, skipped := range datatransfer.Stages()[p.passed:place] {
		p.feed.finish(skipped)
	}
	p.stage, p.passed, p.count = stage, place+1, 0
	return nil
}

// endStage closes the open stage. It returns when the Destination has written it.
func (p *push) endStage(ctx context.Context, stage datatransfer.Stage) (*wire.Stats, error) {
	switch {
	case p.stage == "" || stage != p.stage:
		return nil, refusef("You need to init first")
	case p.feed.asset != nil:
		return nil, invalidf("the stage ended before the file %q", p.feed.asset.name)
	}
	p.stage = ""
	p.feed.finish(stage)
	if err := p.wait(ctx, p.gate.written[stage]); err != nil {
		return nil, err
	}
	return &wire.Stats{Started: p.count, Finished: p.count}, nil
}

// close commits.
func (p *push) close(ctx context.Context) error {
	if p.stage != "" {
		return refusef("the stage %s has not ended", p.stage)
	}
	if p.state == stateReady { // nothing was sent: what the scope names is replaced by nothing
		if err := p.begin(ctx); err != nil {
			return err
		}
	}
	for _, stage := range datatransfer.Stages() {
		p.feed.finish(stage)
	}
	if err := p.config.recheck(ctx); err != nil {
		return err
	}
	close(p.gate.commit)
	<-p.stopped
	if p.err != nil {
		return errStopped
	}
	p.state = stateCommitted
	return nil
}

// fail rolls everything back, because of err, and returns what the client is told.
func (p *push) fail(err error) *wire.Error {
	if p.state == stateBegun {
		p.abort(err)
		if errors.Is(err, errStopped) {
			err = p.err
		}
	}
	if p.err == nil {
		p.err = err
	}
	p.state = stateFailed
	p.reason = p.config.describe(err)
	return p.terminated()
}

// rollback rolls everything back, because the client has asked for it.
func (p *push) rollback() {
	switch p.state {
	case stateBegun:
		p.abort(errRolledBack)
		if p.state != stateCommitted {
			p.state = stateRolled
		}
	case stateReady:
		p.state = stateRolled
	}
}

var errRolledBack = errors.New("datatransfer: the client asked for a rollback")

// abort ends Run, and waits until it has rolled back.
func (p *push) abort(err error) {
	p.cancel(err)
	<-p.stopped
	p.state = stateFailed
	if p.err == nil { // Run committed in the same moment
		p.state = stateCommitted
	}
}

// typesOf returns the UIDs of the schemas.
func typesOf(schemas datatransfer.Schemas) map[string]bool {
	if schemas == nil {
		return nil
	}
	types := make(map[string]bool, len(schemas))
	for _, schema := range schemas {
		types[schema.UID] = true
	}
	return types
}
