package sqldata

import (
	"context"
	"iter"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// WriteLinks writes the links of which both ends have come with this transfer. It leaves out and
// counts all others, and a second link from a column.
func (d *destination) WriteLinks(ctx context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return write(ctx, d, datatransfer.StageLinks, seq,
		func(record datatransfer.Link) error {
			l, owner, target := d.findLink(record)
			switch {
			case l == nil:
				d.leaveOutLink(record)
				return nil
			case d.pending.holds(l.owner) || d.pending.holds(l.target):
				return d.pending.addLink(d, l, owner, target, record)
			}
			return d.writeLink(ctx, l, owner, target)
		},
		func() error {
			if err := d.pending.insertRest(ctx, d); err != nil {
				return err
			}
			return d.writeAllLinks(ctx)
		})
}

// findLink returns the link of the tables that a record belongs to, and its two ends. It returns
// nil if there is none, or if one of the tables is not replaced.
func (d *destination) findLink(record datatransfer.Link) (l *link, owner, target datatransfer.LinkEnd) {
	owner, target = ends(record)
	t := d.byType[owner.Type]
	if t == nil {
		return nil, owner, target
	}
	for _, l := range t.links {
		if l.Attribute == owner.Field && l.Target == target.Type &&
			d.start.Replaces(owner.Type) && d.start.Replaces(target.Type) {
			return l, owner, target
		}
	}
	return nil, owner, target
}

// ends returns the ends of a record. That of a media attribute has the file on the left, although
// the other one owns it.
func ends(record datatransfer.Link) (owner, target datatransfer.LinkEnd) {
	if record.Relation == "morphToMany" && record.Left.Type == datatransfer.TypeFile {
		return record.Right, record.Left
	}
	return record.Left, record.Right
}

// leaveOutLink counts a link. The source may name any number of types, so that those without a
// table are counted together.
func (d *destination) leaveOutLink(record datatransfer.Link) {
	owner, _ := ends(record)
	if t := d.byType[owner.Type]; t != nil {
		for _, l := range t.links {
			if l.Attribute == owner.Field {
				d.leaveOut(owner.Type, owner.Field)
				return
			}
		}
		d.leaveOut(owner.Type, "")
		return
	}
	d.leaveOut("", "")
}

// writeLink adds a link to those that are written together.
func (d *destination) writeLink(ctx context.Context, l *link, owner, target datatransfer.LinkEnd) error {
	ownerKey, ok := l.owner.parseKey(owner.Ref)
	targetKey, isKey := l.target.parseKey(target.Ref)
	if !ok || !isKey {
		d.leaveOut(l.owner.Type, l.Attribute)
		return nil
	}
	return d.addLink(ctx, l, linkRow{ownerKey, targetKey, owner.Ref, owner.Pos})
}
