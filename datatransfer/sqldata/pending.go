package sqldata

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A pending holds the rows that cannot be inserted without a link until the links have come: the
// rows, and the other links to and from them, in temporary files, and the required links in memory.
type pending struct {
	tables   []*table // that have required links, in the order in which their rows are inserted
	entities map[*table]*spool
	required map[*link]map[any]any // the key of the target by that of the owner
	links    *spool
}

func newPending(tables []*table) *pending {
	p := &pending{entities: make(map[*table]*spool), required: make(map[*link]map[any]any), links: new(spool)}
	for _, t := range tables {
		required := t.requiredLinks()
		if len(required) == 0 {
			continue
		}
		p.tables = append(p.tables, t)
		p.entities[t] = new(spool)
		for _, l := range required {
			p.required[l] = make(map[any]any)
		}
	}
	return p
}

// holds reports whether the rows of a table wait for their links.
func (p *pending) holds(t *table) bool { return p.entities[t] != nil }

func (p *pending) addEntity(t *table, e datatransfer.Entity) error {
	line, err := e.AppendJSON(nil)
	if err != nil {
		return err
	}
	return p.entities[t].add(line)
}

// addLink keeps a link. Of several required links of one row it keeps the first.
func (p *pending) addLink(d *destination, l *link, owner, target datatransfer.LinkEnd, record datatransfer.Link) error {
	if !l.Required {
		line, err := record.AppendJSON(nil)
		if err != nil {
			return err
		}
		return p.links.add(line)
	}
	ownerKey, ok := l.owner.parseKey(owner.Ref)
	targetKey, isKey := l.target.parseKey(target.Ref)
	if _, has := p.required[l][ownerKey]; !ok || !isKey || has {
		d.leaveOut(l.owner.Type, l.Attribute)
		return nil
	}
	p.required[l][ownerKey] = targetKey
	return nil
}

// insertRest inserts the rows that wait, and then the links that wait for them. Nothing waits afterwards.
func (p *pending) insertRest(ctx context.Context, d *destination) error {
	var parser datatransfer.Parser
	parser.MaxRecord = -1
	for _, t := range p.tables {
		err := p.entities[t].each(func(line []byte) error {
			e, err := parser.Entity(line)
			if err != nil {
				return err
			}
			return p.insert(ctx, d, t, e)
		})
		if err == nil {
			err = d.insertRows(ctx)
		}
		if err != nil {
			return err
		}
		for _, l := range t.requiredLinks() {
			for range p.required[l] { // their owners did not come
				d.leaveOut(t.Type, l.Attribute)
			}
		}
	}
	err := p.links.each(func(line []byte) error {
		record, err := parser.Link(line)
		if err != nil {
			return err
		}
		l, owner, target := d.findLink(record)
		if err := ctx.Err(); err != nil {
			return err
		}
		return d.writeLink(ctx, l, owner, target)
	})
	p.close()
	p.tables = nil
	return err
}

// insert inserts a row with its required links.
func (p *pending) insert(ctx context.Context, d *destination, t *table, e datatransfer.Entity) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key, _ := t.parseKey(e.ID)
	var targets []any
	for _, l := range t.requiredLinks() {
		target, found := p.required[l][key]
		if found {
			exists, err := d.existing(ctx, l.target, []any{target})
			if err != nil {
				return err
			}
			found = exists[target]
		}
		if !found {
			return recordError(datatransfer.StageLinks, e.Type, e.ID,
				fmt.Errorf("%w: it has no link %s to an entity that came, and cannot be without it",
					datatransfer.ErrInvalid, l.Attribute))
		}
		delete(p.required[l], key)
		targets = append(targets, target)
	}
	return d.insertEntity(ctx, t, e, targets)
}

// close removes the temporary files. A nil pending has none.
func (p *pending) close() {
	if p == nil {
		return
	}
	for _, s := range p.entities {
		s.close()
	}
	p.links.close()
}

// A spool is a temporary file of lines. Except on Windows, it has no name any more when it has a line, so that a killed
// process leaves nothing. The zero spool is empty and has no file yet.
type spool struct {
	file   *os.File
	writer *bufio.Writer
	named  bool // close must remove the file
}

func (s *spool) add(line []byte) error {
	if s.file == nil {
		file, err := os.CreateTemp("", "transfer-*") // only its owner may read it
		if err != nil {
			return fileError("a temporary file cannot be made", err)
		}
		s.file, s.writer = file, bufio.NewWriter(file)
		s.named = runtime.GOOS == "windows" || os.Remove(file.Name()) != nil
	}
	if _, err := s.writer.Write(append(line, '\n')); err != nil {
		return fileError("a temporary file cannot be written", err)
	}
	return nil
}

// each calls take for each line, which take may keep.
func (s *spool) each(take func(line []byte) error) error {
	if s.file == nil {
		return nil
	}
	if err := s.writer.Flush(); err != nil {
		return fileError("a temporary file cannot be written", err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return fileError("a temporary file cannot be read", err)
	}
	reader := bufio.NewReader(s.file)
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fileError("a temporary file cannot be read", err)
		}
		if err := take(line); err != nil {
			return err
		}
	}
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		if s.named {
			os.Remove(s.file.Name())
		}
		s.file = nil
	}
}
