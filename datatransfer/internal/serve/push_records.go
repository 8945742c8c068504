package serve

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// stream takes records of the open stage. It returns when Run has taken them.
func (p *push) stream(stage datatransfer.Stage, data jsontext.Value) error {
	if p.stage == "" || stage != p.stage {
		return refusef("You need to init first")
	}
	switch stage {
	case datatransfer.StageEntities:
		return takeRecords(p, data, p.entity, p.feed.entities)
	case datatransfer.StageLinks:
		return takeRecords(p, data, p.link, p.feed.links)
	case datatransfer.StageConfiguration:
		return takeRecords(p, data, p.parser.Config, p.feed.configuration)
	}
	err := wire.ReadArray(data, p.takeItem)
	if err == nil {
		p.recycle()
	}
	return err
}

// recordsAtOnce is how many records are given to Run together. The goroutines take turns rarely then.
const recordsAtOnce = 100

// takeRecords takes the records of a message.
func takeRecords[T any](p *push, data jsontext.Value, parse func([]byte) (T, error), to chan<- []T) error {
	var batch []T
	err := wire.ReadArray(data, func(text jsontext.Value) error {
		if err := p.countBytes(text); err != nil {
			return err
		}
		if err := p.countRecord(); err != nil {
			return err
		}
		record, err := parse(text)
		if err != nil {
			return &datatransfer.RecordError{Stage: p.stage, Where: fmt.Sprintf("record %d", p.count), Err: err}
		}
		if batch = append(batch, record); len(batch) < recordsAtOnce {
			return nil
		}
		err = give(p.feed, to, batch)
		batch = nil // it is Run's now
		return err
	})
	if err == nil && len(batch) > 0 {
		err = give(p.feed, to, batch)
	}
	return err
}

// takeItem takes a part of a file.
func (p *push) takeItem(text jsontext.Value) error {
	if err := p.countBytes(text); err != nil {
		return err
	}
	starts := p.feed.asset == nil
	if starts {
		if err := p.countRecord(); err != nil {
			return err
		}
	}
	return p.feed.item(text, p.checksums, p.config.Limits.Asset)
}

func (p *push) countBytes(text []byte) error {
	if p.bytes += int64(len(text)); p.config.Limits.Total > 0 && p.bytes > p.config.Limits.Total {
		return fmt.Errorf("%w: the transfer has more than %d bytes", datatransfer.ErrTooLarge, p.config.Limits.Total)
	}
	return nil
}

func (p *push) countRecord() error {
	p.count++
	p.records++
	if p.config.Limits.Records > 0 && p.records > p.config.Limits.Records {
		return fmt.Errorf("%w: the transfer has more than %d records", datatransfer.ErrTooLarge, p.config.Limits.Records)
	}
	return nil
}

// entity parses an entity of a type that may come.
func (p *push) entity(text []byte) (datatransfer.Entity, error) {
	entity, err := p.parser.Entity(text)
	if err == nil {
		err = p.checkType(entity.Type)
	}
	return entity, err
}

// link parses a link between types that may come.
func (p *push) link(text []byte) (datatransfer.Link, error) {
	link, err := p.parser.Link(text)
	if err == nil {
		err = p.checkType(link.Left.Type)
	}
	if err == nil {
		err = p.checkType(link.Right.Type)
	}
	return link, err
}

// checkType refuses protected and unknown types, as Strapi does since 5.53.
func (p *push) checkType(uid string) error {
	if datatransfer.IsProtected(uid, p.config.Protected...) {
		return fmt.Errorf("%w: Remote push cannot transfer protected type %q", datatransfer.ErrProtected, wire.Clip(uid))
	}
	if p.types != nil && !p.types[uid] {
		return invalidf("the type %q does not exist here", wire.Clip(uid))
	}
	return nil
}
