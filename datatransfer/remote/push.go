package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// The size of a message to the remote: as many bytes of records as Strapi's own client sends. A single record may be
// larger.
const (
	batchRecords = 1000
	batchBytes   = 512 << 10

	chunkBytes      = 256 << 10 // of a file in one item
	batchAssetBytes = 1 << 20   // of files in one message
)

var _ datatransfer.Destination = (*Destination)(nil)

// Destination replaces the data of a remote. Its methods are called from one goroutine.
//
// The remote does what it was told when Commit asks for it. A Strapi deletes its old data in
// Begin, in a transaction that ends with the connection; its files are not part of that
// transaction.
type Destination struct {
	address, token string
	opts           *Options

	schemas  datatransfer.Schemas
	metadata datatransfer.Metadata
	session  *session // nil before Begin and after the end
	scope    datatransfer.Scope
	base64   bool
	checksum bool
	buffer   []byte
	done     bool // committed, or nobody knows
}

// Push connects to a remote with a token that allows to push, and asks for its schemas. Nothing
// is changed and nothing is held there until Begin, which makes a connection of its own.
func Push(ctx context.Context, url, token string, opts *Options) (*Destination, error) {
	d := &Destination{address: url, token: token, opts: opts}
	session, _, err := d.open(ctx, restoreNothing())
	if err != nil {
		return nil, err
	}
	defer session.close()
	if d.metadata, err = getMetadata(ctx, session); err != nil {
		return nil, err
	}
	if d.schemas, err = getSchemas(ctx, session); err != nil {
		return nil, err
	}
	abandon(ctx, session)
	return d, nil
}

// open makes a connection and begins a transfer on it.
func (d *Destination) open(ctx context.Context, restore wire.Restore) (*session, wire.InitReply, error) {
	session, err := connect(ctx, d.address, d.token, directionPush, d.opts)
	if err != nil {
		return nil, wire.InitReply{}, err
	}
	reply, err := session.init(ctx, wire.Init{
		Transfer:      directionPush,
		Options:       &wire.PushOptions{Strategy: "restore", Restore: restore},
		Checksums:     d.opts == nil || !d.opts.NoChecksums,
		AssetEncoding: wire.EncodingBase64,
	})
	if err == nil {
		_, err = session.action(ctx, wire.ActionBootstrap)
	}
	if err != nil {
		session.close()
		return nil, wire.InitReply{}, err
	}
	return session, reply, nil
}

// Metadata returns what the remote said of its version when Push connected.
func (d *Destination) Metadata() datatransfer.Metadata { return d.metadata }

// Schemas returns the schemas that the remote had when Push connected.
func (d *Destination) Schemas(context.Context) (datatransfer.Schemas, error) { return d.schemas, nil }

// Begin connects and tells the remote what will be replaced. A Strapi deletes that now, in a
// transaction.
func (d *Destination) Begin(ctx context.Context, start datatransfer.Start) error {
	if d.session != nil || d.done {
		return fmt.Errorf("remote: %w: a Destination is used once", datatransfer.ErrInvalid)
	}
	session, reply, err := d.open(ctx, restoreOf(start, d.schemas))
	if err != nil {
		return err
	}
	d.session, d.scope = session, start.Scope
	d.base64 = reply.AssetEncoding == wire.EncodingBase64
	d.checksum = reply.Checksums && (d.opts == nil || !d.opts.NoChecksums)
	_, err = session.action(ctx, wire.ActionBeforeTransfer)
	return err
}

// WriteEntities sends the entities.
func (d *Destination) WriteEntities(ctx context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return writeRecords(ctx, d, datatransfer.StageEntities, seq, datatransfer.Entity.AppendJSON)
}

// WriteLinks sends the links.
func (d *Destination) WriteLinks(ctx context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return writeRecords(ctx, d, datatransfer.StageLinks, seq, datatransfer.Link.AppendJSON)
}

// WriteConfiguration sends the settings and webhooks.
func (d *Destination) WriteConfiguration(ctx context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	return writeRecords(ctx, d, datatransfer.StageConfiguration, seq, datatransfer.Config.AppendJSON)
}

// WriteAssets sends the files. The stage is started and ended also when there are none, because
// a Strapi puts its old files away in it.
func (d *Destination) WriteAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	b, err := d.startStage(ctx, datatransfer.StageAssets)
	if err != nil {
		return err
	}
	chunk := make([]byte, chunkBytes)
	for asset, err := range seq {
		if err != nil {
			return err
		}
		if err := b.addAsset(ctx, asset, chunk); err != nil {
			return err
		}
	}
	return b.end(ctx)
}

// Commit asks the remote to make the new data visible.
func (d *Destination) Commit(ctx context.Context) error {
	if d.session == nil {
		return fmt.Errorf("remote: %w: there is nothing to commit", datatransfer.ErrInvalid)
	}
	if err := ctx.Err(); err != nil { // or the remote could commit although the caller has given up
		return fmt.Errorf("remote: commit: %w", err)
	}
	_, err := d.session.action(ctx, wire.ActionClose)
	var refused *RemoteError
	switch {
	case errors.As(err, &refused):
		return err
	case err != nil:
		d.done = true
		d.disconnect()
		return fmt.Errorf("%w: %w", datatransfer.ErrCommitUnknown, err)
	}
	d.done = true
	sendEnd(ctx, d.session)
	d.disconnect()
	return nil
}

// Rollback asks the remote to forget what was sent, and ends the connection, which means the
// same to it.
func (d *Destination) Rollback(ctx context.Context) error {
	if d.session == nil || d.done {
		return nil
	}
	abandon(ctx, d.session)
	d.disconnect()
	return nil
}

func (d *Destination) disconnect() {
	d.session.close()
	d.session, d.done = nil, true
}

// abandon rolls the transfer of a session back. If the remote does not know how, the end of the
// connection does it: the action close would commit.
func abandon(ctx context.Context, session *session) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if _, err := session.action(ctx, wire.ActionRollback); err == nil {
		sendEnd(ctx, session)
	}
}

// sendEnd tells the remote that the transfer is over. Nothing depends on the answer.
func sendEnd(ctx context.Context, session *session) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	id, _ := jsontext.AppendQuote(nil, session.transferID) // its UTF-8 was checked when it was read
	params := []byte(`{"transferID":` + string(id) + `}`)
	session.request(ctx, wire.Request{Type: wire.TypeCommand, Command: wire.CommandEnd, Params: params})
}

// writeRecords sends a stage of records. A stage without records is left out, as Strapi's own
// client does.
func writeRecords[T any](
	ctx context.Context, d *Destination, stage datatransfer.Stage,
	seq iter.Seq2[T, error], appendJSON func(T, []byte) ([]byte, error),
) error {
	var b *batch
	for record, err := range seq {
		if err != nil {
			return err
		}
		if b == nil {
			if b, err = d.startStage(ctx, stage); err != nil {
				return err
			}
		}
		b.count++
		b.begin()
		if b.text, err = appendJSON(record, b.text); err != nil {
			return &datatransfer.RecordError{Stage: stage, Where: fmt.Sprintf("record %d", b.count), Err: err}
		}
		if b.items >= batchRecords || len(b.text) >= batchBytes {
			if err := b.flush(ctx); err != nil {
				return err
			}
		}
	}
	if b == nil {
		return nil
	}
	return b.end(ctx)
}

// batch is the message that the records of a stage are collected in.
type batch struct {
	d     *Destination
	stage datatransfer.Stage
	count int64 // records of the stage so far
	id    string
	text  []byte
	items int // in text

	waiting string // UUID of the message whose reply has not come; "": none
}

// startStage starts a stage.
func (d *Destination) startStage(ctx context.Context, stage datatransfer.Stage) (*batch, error) {
	if d.session == nil {
		return nil, fmt.Errorf("remote: %w: the transfer has not begun", datatransfer.ErrInvalid)
	}
	if _, err := d.session.step(ctx, wire.StepStart, stage); err != nil {
		return nil, err
	}
	return &batch{d: d, stage: stage, text: d.buffer[:0]}, nil
}

// begin makes room for one more item.
func (b *batch) begin() {
	if b.items == 0 {
		b.id = b.d.session.newUUID()
		b.text = b.request().AppendHead(b.text[:0])
		b.text = append(b.text, `,"data":[`...)
	} else {
		b.text = append(b.text, ',')
	}
	b.items++
}

func (b *batch) request() wire.Request {
	return wire.Request{
		Type:       wire.TypeTransfer,
		Kind:       wire.KindStep,
		Action:     wire.StepStream,
		Step:       string(b.stage),
		UUID:       b.id,
		TransferID: b.d.session.transferID,
	}
}

// flush sends what was collected. One message at a time is under way, and the next one is collected meanwhile.
func (b *batch) flush(ctx context.Context) error {
	if b.items == 0 {
		return nil
	}
	b.text = b.request().AppendTail(append(b.text, ']'))
	b.items = 0
	if err := b.await(ctx); err != nil {
		return err
	}
	b.waiting = b.id
	return b.d.session.write(ctx, b.text)
}

// await waits until the remote has taken the last message.
func (b *batch) await(ctx context.Context) error {
	if b.waiting == "" {
		return nil
	}
	id := b.waiting
	b.waiting = ""
	_, err := b.d.session.await(ctx, id)
	return err
}

// end ends the stage, and compares the count of the remote with that of the records that were sent.
func (b *batch) end(ctx context.Context) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.await(ctx); err != nil {
		return err
	}
	b.d.buffer = b.text
	data, err := b.d.session.step(ctx, wire.StepEnd, b.stage)
	if err != nil {
		return err
	}
	var reply wire.EndReply
	if err := wire.Decode(data, &reply); err != nil {
		return err
	}
	if reply.Stats != nil && reply.Stats.Finished != b.count {
		return fmt.Errorf("%w: %d %s were sent, and it has taken %d", ErrCount, b.count, b.stage, reply.Stats.Finished)
	}
	return nil
}

// addAsset adds the items of an asset.
func (b *batch) addAsset(ctx context.Context, asset datatransfer.Asset, chunk []byte) error {
	body, size := asset.Body, asset.Size
	if size < 0 {
		spooled, n, err := spool(asset.Body)
		if err != nil {
			return err
		}
		defer spooled.Close()
		body, size = spooled, n
	}
	b.count++
	id := uuid.NewString()
	b.begin()
	b.text = wire.AppendStart(b.text, id, asset, size)
	sum := sha256.New()
	var sent int64
	for {
		n, err := io.ReadFull(body, chunk)
		if n > 0 {
			sum.Write(chunk[:n])
			sent += int64(n)
			b.begin()
			b.text = wire.AppendStream(b.text, id, chunk[:n], b.d.base64)
			if len(b.text) >= batchAssetBytes {
				if err := b.flush(ctx); err != nil {
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
	if sent != size {
		err := fmt.Errorf("%w: %d bytes, of %d that were announced", datatransfer.ErrInvalid, sent, size)
		return &datatransfer.RecordError{Stage: b.stage, Where: asset.Name, Err: err}
	}
	checksum := ""
	if b.d.checksum {
		checksum = hex.EncodeToString(sum.Sum(nil))
	}
	b.begin()
	b.text = wire.AppendEnd(b.text, id, checksum)
	if len(b.text) >= batchAssetBytes { // many empty files weigh nothing, but their metadata does
		return b.flush(ctx)
	}
	return nil
}

// spool copies body into a temporary file, because the remote wants to know a size first.
// Closing the file removes it. Except on Windows, it has no name any more while it is used, so
// that a killed process leaves nothing.
func spool(body io.Reader) (*spooledFile, int64, error) {
	file, err := os.CreateTemp("", "push-*")
	if err != nil {
		return nil, 0, fmt.Errorf("remote: spool a file of unknown size: %w", err)
	}
	s := &spooledFile{file, runtime.GOOS == "windows" || os.Remove(file.Name()) != nil}
	n, err := io.Copy(file, body)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.Close()
		return nil, 0, err
	}
	return s, n, nil
}

type spooledFile struct {
	*os.File
	named bool // Close must remove it
}

func (s *spooledFile) Close() error {
	err := s.File.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.File.Name()))
	}
	return err
}
