package remote

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// closeTimeout bounds the messages that end a transfer which is over in any case.
const closeTimeout = 10 * time.Second

var (
	_ datatransfer.Source    = (*Source)(nil)
	_ datatransfer.Estimator = (*Source)(nil)
)

// Source reads the data of a remote. Its methods are called from one goroutine, the stages in
// their order, each at most once. Records of protected types that the remote sends, such as the
// users and tokens that a Strapi gives to every client, are dropped when they arrive.
type Source struct {
	session     *session
	checksums   bool
	started     map[datatransfer.Stage]*wire.StartReply
	read        map[datatransfer.Stage]bool
	left        *leftStage // whose consumer wanted no more
	recordsLeft int64      // records and files that may still come
	bytesLeft   int64
	failed      bool
	closed      bool
}

// leftStage is a stage of which the remote still sends frames.
type leftStage struct {
	stage datatransfer.Stage
	frame string // UUID of the frame that is not acknowledged yet
}

// Pull connects to a remote with a token that allows to pull. Close the Source when it is not
// needed any more.
func Pull(ctx context.Context, url, token string, opts *Options) (*Source, error) {
	if opts == nil {
		opts = &Options{}
	}
	session, err := connect(ctx, url, token, directionPull, opts)
	if err != nil {
		return nil, err
	}
	reply, err := session.init(ctx, wire.Init{Transfer: directionPull, Checksums: !opts.NoChecksums})
	if err == nil {
		_, err = session.action(ctx, wire.ActionBootstrap)
	}
	if err != nil {
		session.close()
		return nil, err
	}
	return &Source{
		session:     session,
		recordsLeft: cmp.Or(opts.MaxRecords, defaultMaxRecords),
		bytesLeft:   cmp.Or(opts.MaxBytes, defaultMaxBytes),
		checksums:   !opts.NoChecksums && reply.Checksums,
		started:     make(map[datatransfer.Stage]*wire.StartReply),
		read:        make(map[datatransfer.Stage]bool),
	}, nil
}

// Metadata asks the remote for its time and version.
func (s *Source) Metadata(ctx context.Context) (datatransfer.Metadata, error) {
	return getMetadata(ctx, s.session)
}

// Schemas asks the remote for its schemas.
func (s *Source) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	return getSchemas(ctx, s.session)
}

// Estimate returns what the remote announces of its assets, and starts that stage to learn it.
// It knows nothing of others.
func (s *Source) Estimate(ctx context.Context, stage datatransfer.Stage) (records, bytes int64, ok bool) {
	if stage != datatransfer.StageAssets {
		return 0, 0, false
	}
	started, err := s.start(ctx, stage)
	if err != nil || started.Totals == nil {
		return 0, 0, false
	}
	return started.Totals.TotalCount, int64(started.Totals.TotalBytes), true
}

// Entities reads the entities, except those of protected types.
func (s *Source) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	var p datatransfer.Parser
	return records(ctx, s, datatransfer.StageEntities, p.Entity, func(e datatransfer.Entity) bool {
		return !datatransfer.IsProtected(e.Type)
	})
}

// Links reads the links, except those that touch a protected type.
func (s *Source) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	var p datatransfer.Parser
	return records(ctx, s, datatransfer.StageLinks, p.Link, func(l datatransfer.Link) bool {
		return !datatransfer.IsProtected(l.Left.Type) && !datatransfer.IsProtected(l.Right.Type)
	})
}

// Configuration reads the settings and webhooks.
func (s *Source) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	var p datatransfer.Parser
	return records(ctx, s, datatransfer.StageConfiguration, p.Config, func(datatransfer.Config) bool { return true })
}

// Close ends the transfer. Unless a stage has failed or was left early, the remote is told so.
func (s *Source) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	if !s.failed && s.left == nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		s.session.action(ctx, wire.ActionClose)
	}
	s.session.close()
	return nil
}

// records reads a stage of records.
func records[T any](
	ctx context.Context, s *Source, stage datatransfer.Stage, parse func([]byte) (T, error), keep func(T) bool,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		count := 0
		err := s.frames(ctx, stage, func(data jsontext.Value) error {
			return wire.ReadArray(data, func(text jsontext.Value) error {
				count++
				if err := s.take(1, len(text)); err != nil {
					return err
				}
				record, err := parse(text)
				if err != nil {
					return &datatransfer.RecordError{Stage: stage, Where: fmt.Sprintf("record %d", count), Err: err}
				}
				if keep(record) && !yield(record, nil) {
					return errStopped
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(zero, err)
		}
	}
}

// take counts records and bytes that have come. It fails when there are more than the limits of
// a pull allow.
func (s *Source) take(records, bytes int) error {
	s.recordsLeft -= int64(records)
	s.bytesLeft -= int64(bytes)
	if s.recordsLeft < 0 || s.bytesLeft < 0 {
		return fmt.Errorf("remote: %w: the remote sends more than the limits of a pull allow", datatransfer.ErrTooLarge)
	}
	return nil
}

// errStopped ends a stage whose consumer wants no more.
var errStopped = errors.New("remote: stopped")

// frames reads a stage: it calls take with the data of each frame, and acknowledges the frame
// when take has returned. An error of take that is errStopped leaves the stage.
func (s *Source) frames(ctx context.Context, stage datatransfer.Stage, take func(data jsontext.Value) error) error {
	if s.read[stage] {
		return fmt.Errorf("remote: %w: the stage %s was read before", datatransfer.ErrInvalid, stage)
	}
	s.read[stage] = true
	started, err := s.start(ctx, stage)
	if err != nil {
		s.failed = true
		return err
	}
	for ended := false; !ended; {
		in, err := s.nextFrame(ctx, stage, started.ID)
		if err != nil {
			s.failed = true
			return err
		}
		if in.frame.Data != nil {
			if err := take(in.frame.Data); errors.Is(err, errStopped) {
				s.left = &leftStage{stage: stage, frame: in.uuid}
				return err
			} else if err != nil {
				s.failed = true
				return err
			}
		}
		if stage == datatransfer.StageAssets { // records keep parts of the message
			s.session.recycle(in.message)
		}
		if err := s.session.write(ctx, wire.AppendAck(nil, in.uuid)); err != nil {
			s.failed = true
			return err
		}
		ended = in.frame.Ended
	}
	return s.end(ctx, stage)
}

// nextFrame returns the next frame of a stage.
func (s *Source) nextFrame(ctx context.Context, stage datatransfer.Stage, id string) (incoming, error) {
	if err := ctx.Err(); err != nil {
		return incoming{}, err
	}
	in, err := s.session.nextFrame(ctx)
	switch {
	case err != nil:
		return incoming{}, fmt.Errorf("remote: pull %s: %w", stage, err)
	case in.frame.Err != nil:
		return incoming{}, remoteError(in.frame.Err)
	case in.frame.ID != id:
		return incoming{}, fmt.Errorf("remote: pull %s: %w: data of another stage", stage, datatransfer.ErrInvalid)
	}
	return in, nil
}

// end tells the remote that a stage has been read.
func (s *Source) end(ctx context.Context, stage datatransfer.Stage) error {
	_, err := s.session.step(ctx, wire.StepEnd, stage)
	s.failed = s.failed || err != nil
	return err
}

// skipLeft reads and forgets the rest of a stage that was left. The protocol has no way to
// break a stage off.
func (s *Source) skipLeft(ctx context.Context) error {
	left := s.left
	if left == nil {
		return nil
	}
	s.left = nil
	for {
		if err := s.session.write(ctx, wire.AppendAck(nil, left.frame)); err != nil {
			return err
		}
		in, err := s.nextFrame(ctx, left.stage, s.started[left.stage].ID)
		if err != nil {
			return err
		}
		left.frame = in.uuid
		if in.frame.Ended {
			break
		}
	}
	if err := s.session.write(ctx, wire.AppendAck(nil, left.frame)); err != nil {
		return err
	}
	return s.end(ctx, left.stage)
}

// start starts a stage, unless it has been started.
func (s *Source) start(ctx context.Context, stage datatransfer.Stage) (*wire.StartReply, error) {
	if s.closed {
		return nil, fmt.Errorf("remote: %w: the source is closed", datatransfer.ErrInvalid)
	}
	if started := s.started[stage]; started != nil {
		return started, nil
	}
	if err := s.skipLeft(ctx); err != nil {
		s.failed = true
		return nil, err
	}
	data, err := s.session.step(ctx, wire.StepStart, stage)
	if err != nil {
		return nil, err
	}
	started := &wire.StartReply{}
	if err := wire.Decode(data, started); err != nil {
		return nil, err
	}
	s.started[stage] = started
	return started, nil
}

// getMetadata asks for the metadata. A remote may have none.
func getMetadata(ctx context.Context, session *session) (datatransfer.Metadata, error) {
	var m datatransfer.Metadata
	data, err := session.action(ctx, wire.ActionGetMetadata)
	if err != nil || data == nil {
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return datatransfer.Metadata{}, &datatransfer.RecordError{Where: "metadata", Err: err}
	}
	return m, nil
}

// getSchemas asks for the schemas, which come as an object with UIDs as names.
func getSchemas(ctx context.Context, session *session) (datatransfer.Schemas, error) {
	data, err := session.action(ctx, wire.ActionGetSchemas)
	if err != nil {
		return nil, err
	}
	if kind := jsontext.Value(data).Kind(); kind != '{' {
		return nil, &datatransfer.RecordError{Where: "schemas", Err: fmt.Errorf("%w: not an object", datatransfer.ErrInvalid)}
	}
	lines := func(yield func(json.RawMessage, error) bool) {
		d := jsontext.NewDecoder(bytes.NewBuffer(data))
		if _, err := d.ReadToken(); err != nil {
			yield(nil, err)
			return
		}
		for d.PeekKind() == '"' {
			if _, err := d.ReadToken(); err != nil {
				yield(nil, err)
				return
			}
			value, err := d.ReadValue()
			if !yield(bytes.Clone(value), err) || err != nil {
				return
			}
		}
	}
	return datatransfer.ParseSchemas(lines)
}
