package sqldata

import (
	"context"
	"fmt"
	"iter"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// WriteLinks writes the links of which both ends have come with this transfer. It leaves out and counts all others, and a
// second link from a column.
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
		func() error { return d.pending.insertRest(ctx, d) })
}

// findLink returns the link of the tables that a record belongs to, and its two ends. It returns nil if there is none, or if
// one of the tables is not replaced.
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

// ends returns the ends of a record. That of a media attribute has the file on the left, although the other one owns it.
func ends(record datatransfer.Link) (owner, target datatransfer.LinkEnd) {
	if record.Relation == "morphToMany" && record.Left.Type == datatransfer.TypeFile {
		return record.Right, record.Left
	}
	return record.Left, record.Right
}

// leaveOutLink counts a link. The source may name any number of types, so that those without a table are counted together.
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

func (d *destination) writeLink(ctx context.Context, l *link, owner, target datatransfer.LinkEnd) error {
	ownerKey, ok := l.owner.parseKey(owner.Ref)
	targetKey, isKey := l.target.parseKey(target.Ref)
	if !ok || !isKey {
		d.leaveOut(l.owner.Type, l.Attribute)
		return nil
	}
	written, err := d.hasRow(ctx, l.target, targetKey)
	if written && err == nil {
		if l.Join == nil {
			written, err = d.setColumn(ctx, l, ownerKey, targetKey)
		} else {
			written, err = d.insertJoin(ctx, l, ownerKey, targetKey, owner)
		}
	}
	if err != nil {
		return recordError(datatransfer.StageLinks, l.owner.Type, owner.Ref, err)
	}
	if !written {
		d.leaveOut(l.owner.Type, l.Attribute)
	}
	return nil
}

// setColumn reports whether the row of the owner is there and had no link yet.
func (d *destination) setColumn(ctx context.Context, l *link, owner, target any) (bool, error) {
	column := d.dialect.quote(l.Column)
	n, err := d.exec(ctx, d.dialect.bind("UPDATE "+l.owner.quoted+" SET "+column+" = ? WHERE "+l.owner.key+" = ? AND "+
		column+" IS NULL"), target, owner)
	return n > 0, d.failure(ctx, err, "writing the links "+l.Attribute+" of table "+l.owner.Name)
}

// insertJoin reports whether the row of the owner is there and had no such link yet.
func (d *destination) insertJoin(ctx context.Context, l *link, owner, target any, end datatransfer.LinkEnd) (bool, error) {
	found, err := d.hasRow(ctx, l.owner, owner)
	if err != nil || !found {
		return false, err
	}
	what := "writing the links " + l.Attribute + " of table " + l.owner.Name
	join, ownerColumn, targetColumn := d.dialect.quoteQualified(l.Join.Table), d.dialect.quote(l.Join.Owner), d.dialect.quote(l.Join.Target)
	found, err = d.exists(ctx, d.dialect.bind("SELECT 1 FROM "+join+" WHERE "+ownerColumn+" = ? AND "+targetColumn+" = ?"), owner, target)
	if err != nil || found {
		return false, d.failure(ctx, err, what)
	}
	columns, values, args := ownerColumn+", "+targetColumn, "?, ?", []any{owner, target}
	if l.Join.Order != "" && end.Pos != "" {
		order, err := end.Pos.Int64()
		if err != nil {
			return false, fmt.Errorf("%w: the position is not an integer", datatransfer.ErrInvalid)
		}
		columns, values, args = columns+", "+d.dialect.quote(l.Join.Order), values+", ?", append(args, order)
	}
	_, err = d.exec(ctx, d.dialect.bind("INSERT INTO "+join+" ("+columns+") VALUES ("+values+")"), args...)
	return true, d.failure(ctx, err, what)
}
