package sqldata

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"strconv"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A pair is a row that connects two others.
type pair struct {
	ownerKey, targetKey any
	owner, target       datatransfer.Ref
	order               sql.NullInt64
}

// Links leaves out those that point to a row that is not there.
func (s *source) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return sequence(ctx, s, func(yield func(datatransfer.Link) error) error {
		for _, t := range s.tables {
			for _, l := range t.links {
				err := s.readLinks(ctx, l, func(p pair) error { return yield(l.record(p)) })
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *source) readLinks(ctx context.Context, l *link, take func(pair) error) error {
	what := "reading the links " + l.Attribute + " of table " + l.owner.Name
	owner, target := l.owner.newKey(), l.target.newKey()
	query, where, by := s.dialect.linkQuery(l)
	return readPages(ctx, s, what,
		func(last *pair) (string, []any) {
			switch {
			case last == nil:
				return query + by, nil
			case l.Join == nil:
				return query + where + by, []any{last.ownerKey}
			}
			return query + where + by, []any{last.ownerKey, last.ownerKey, last.targetKey}
		},
		func(rows *sql.Rows) (p pair, err error) {
			if err := rows.Scan(owner, target, &p.order); err != nil {
				return p, s.failure(ctx, err, what)
			}
			p.ownerKey, p.targetKey, p.owner, p.target = keyValue(owner), keyValue(target), refOf(owner), refOf(target)
			return p, nil
		}, take)
}

// linkQuery returns the query of all links, the condition of the pages after the first, and the order.
func (d Dialect) linkQuery(l *link) (query, where, by string) {
	o, t := "o."+l.owner.key, "t."+l.target.key
	if l.Join == nil {
		return "SELECT " + o + ", " + t + ", NULL FROM " + l.owner.quoted + " o JOIN " + l.target.quoted +
			" t ON " + t + " = o." + d.quote(l.Column), " WHERE " + o + " > ?", " ORDER BY " + o
	}
	order := "NULL"
	if l.Join.Order != "" {
		order = "j." + d.quote(l.Join.Order)
	}
	return "SELECT " + o + ", " + t + ", " + order + " FROM " + d.quoteQualified(l.Join.Table) +
			" j JOIN " + l.owner.quoted + " o ON " + o + " = j." + d.quote(l.Join.Owner) +
			" JOIN " + l.target.quoted + " t ON " + t + " = j." + d.quote(l.Join.Target),
		" WHERE " + o + " > ? OR (" + o + " = ? AND " + t + " > ?)", " ORDER BY " + o + ", " + t
}

// record returns the link as it travels.
func (l *link) record(p pair) datatransfer.Link {
	owner := datatransfer.LinkEnd{Type: l.owner.Type, Ref: p.owner, Field: l.Attribute}
	target := datatransfer.LinkEnd{Type: l.Target, Ref: p.target}
	if p.order.Valid {
		owner.Pos = json.Number(strconv.FormatInt(p.order.Int64, 10))
	}
	if l.isMedia() {
		if l.Join == nil {
			owner.Pos = "1"
		}
		target.Field = "related"
		return datatransfer.Link{Kind: "relation.morph", Relation: "morphToMany", Left: target, Right: owner}
	}
	target.Field = l.Inverse
	kind := "relation.basic"
	if l.owner == l.target {
		kind = "relation.circular"
	}
	return datatransfer.Link{Kind: kind, Relation: l.relation(), Left: owner, Right: target}
}
