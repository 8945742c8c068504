package sqldata

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

const (
	batchRows       = 100
	batchBytes      = 1 << 20
	batchParameters = 30_000 // SQLite takes 32,766, the others more
)

// A rowBatch is rows of one table that are inserted by one statement.
type rowBatch struct {
	table       *table
	args        []any
	rows, bytes int
	first, last datatransfer.Ref
}

// addRow adds a row, and inserts the batch if it is full or of another table.
func (d *destination) addRow(ctx context.Context, t *table, e datatransfer.Entity, args []any) error {
	b := &d.rows
	if b.table != t {
		if err := d.insertRows(ctx); err != nil {
			return err
		}
		*b = rowBatch{table: t, first: e.ID}
	}
	b.args = append(b.args, args...)
	b.rows++
	b.bytes += len(e.Data)
	b.last = e.ID
	if b.rows == batchRows || b.bytes >= batchBytes || len(b.args)+len(args) > batchParameters {
		return d.insertRows(ctx)
	}
	return nil
}

// insertRows inserts the rows of the batch, and leaves it empty.
func (d *destination) insertRows(ctx context.Context) error {
	b := d.rows
	d.rows = rowBatch{}
	if b.rows == 0 {
		return nil
	}
	values := ", (?" + strings.Repeat(", ?", len(b.args)/b.rows-1) + ")"
	insert := d.dialect.bind(b.table.insert + " VALUES " + strings.Repeat(values, b.rows)[2:])
	_, err := d.exec(ctx, b.rows == batchRows, insert, b.args...)
	if err == nil {
		return nil
	}
	where := string(b.first)
	if b.last != b.first {
		where += " to " + string(b.last)
	}
	return &datatransfer.RecordError{
		Stage: datatransfer.StageEntities, Where: b.table.Type + " " + where,
		Err: d.failure(ctx, err, "writing to table "+b.table.Name),
	}
}

// A linkRow is a link with the keys of its ends.
type linkRow struct {
	owner, target any
	ref           datatransfer.Ref // of the owner
	pos           json.Number
}

// addLink adds a link to the batch of its attribute, and writes that if it is full.
func (d *destination) addLink(ctx context.Context, l *link, row linkRow) error {
	d.links[l] = append(d.links[l], row)
	if len(d.links[l]) < batchRows {
		return nil
	}
	return d.writeLinks(ctx, l)
}

// writeAllLinks writes what is left in the batches.
func (d *destination) writeAllLinks(ctx context.Context) error {
	for _, t := range d.tables {
		for _, l := range t.links {
			if err := d.writeLinks(ctx, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeLinks writes the batch of an attribute, and leaves it empty. It leaves out links to rows that are not there.
func (d *destination) writeLinks(ctx context.Context, l *link) error {
	batch := d.links[l]
	if len(batch) == 0 {
		return nil
	}
	delete(d.links, l)
	targets := make([]any, len(batch), batchRows)
	owners := make([]any, len(batch), batchRows)
	for i, row := range batch {
		owners[i], targets[i] = row.owner, row.target
	}
	hasTarget, err := d.existing(ctx, l.target, targets)
	hasOwner := map[any]bool{}
	if err == nil {
		hasOwner, err = d.existing(ctx, l.owner, owners)
	}
	var rows []linkRow
	for _, row := range batch {
		if hasTarget[row.target] && hasOwner[row.owner] {
			rows = append(rows, row)
		}
	}
	var written int64
	if err == nil && len(rows) > 0 {
		if l.Join == nil {
			written, err = d.setColumns(ctx, l, rows)
		} else {
			written, err = d.insertJoins(ctx, l, rows)
		}
	}
	if err != nil {
		return &datatransfer.RecordError{
			Stage: datatransfer.StageLinks, Where: fmt.Sprintf("%s %s, %s", l.owner.Type, batch[0].ref, l.Attribute), Err: err,
		}
	}
	d.leaveOutSome(l.owner.Type, l.Attribute, int64(len(batch))-written)
	return nil
}

// existing returns which of the keys the rows of a table have. There are at most batchRows keys.
func (d *destination) existing(ctx context.Context, t *table, keys []any) (map[any]bool, error) {
	what := "reading table " + t.Name
	if !t.TextKey { // usually all are there; texts can be equal for a database and not for Go
		all := make(map[any]bool, len(keys))
		for _, key := range keys {
			all[key] = true
		}
		args := keys
		if len(keys) > 1 {
			args = fill(keys, 1)
		}
		prepared, err := d.prepare(ctx, d.dialect.bind("SELECT COUNT(*) FROM "+t.quoted+" WHERE "+t.key+" IN (?"+
			strings.Repeat(", ?", len(args)-1)+")"))
		var count int
		if err == nil {
			err = prepared.QueryRowContext(ctx, args...).Scan(&count)
		}
		if err != nil {
			return nil, d.failure(ctx, err, what)
		}
		if count == len(all) {
			return all, nil
		}
	}
	rows, err := d.tx.QueryContext(ctx, d.dialect.bind("SELECT "+t.key+" FROM "+t.quoted+" WHERE "+t.key+
		" IN (?"+strings.Repeat(", ?", len(keys)-1)+")"), keys...)
	if err != nil {
		return nil, d.failure(ctx, err, what)
	}
	defer rows.Close()
	found := make(map[any]bool, len(keys))
	for rows.Next() {
		key := t.newKey()
		if err := rows.Scan(key); err != nil {
			return nil, d.failure(ctx, err, what)
		}
		found[keyValue(key)] = true
	}
	return found, d.failure(ctx, rows.Err(), what)
}

// fill repeats the last size arguments of a statement for less than batchRows rows, so that there is one statement for
// any number of rows.
func fill(args []any, size int) []any {
	for last := args[len(args)-size:]; len(args) < batchRows*size; {
		args = append(args, last...)
	}
	return args
}

// setColumns sets the foreign keys of rows that have none yet, and returns how many it set. The first link of a row counts.
func (d *destination) setColumns(ctx context.Context, l *link, rows []linkRow) (int64, error) {
	column := d.dialect.quote(l.Column)
	if !l.owner.TextKey && !l.target.TextKey {
		var cases, owners []any
		for _, row := range rows {
			cases, owners = append(cases, row.owner, row.target), append(owners, row.owner)
		}
		update := d.dialect.bind("UPDATE " + l.owner.quoted + " SET " + column + " = CASE " + l.owner.key +
			strings.Repeat(" WHEN ? THEN "+d.dialect.integer("?"), batchRows) + " END WHERE " + l.owner.key + " IN (?" +
			strings.Repeat(", ?", batchRows-1) + ") AND " + column + " IS NULL")
		n, err := d.exec(ctx, true, update, append(fill(cases, 2), fill(owners, 1)...)...)
		return n, d.failure(ctx, err, "writing the links of table "+l.owner.Name)
	}
	update := d.dialect.bind("UPDATE " + l.owner.quoted + " SET " + column + " = ? WHERE " + l.owner.key + " = ? AND " +
		column + " IS NULL")
	var written int64
	for _, row := range rows {
		n, err := d.exec(ctx, true, update, row.target, row.owner)
		if err != nil {
			return 0, d.failure(ctx, err, "writing the links of table "+l.owner.Name)
		}
		written += n
	}
	return written, nil
}

// insertJoins inserts rows into a join table, unless they are there, and returns how many it inserted.
func (d *destination) insertJoins(ctx context.Context, l *link, rows []linkRow) (int64, error) {
	columns := []string{d.dialect.quote(l.Join.Owner), d.dialect.quote(l.Join.Target)}
	if l.Join.Order != "" {
		columns = append(columns, d.dialect.quote(l.Join.Order))
	}
	var args []any
	for _, row := range rows {
		args = append(args, row.owner, row.target)
		if l.Join.Order == "" {
			continue
		}
		var order any
		if row.pos != "" {
			n, err := row.pos.Int64()
			if err != nil {
				return 0, fmt.Errorf("%w: the position is not an integer", datatransfer.ErrInvalid)
			}
			order = n
		}
		args = append(args, order)
	}
	values := ", (?" + strings.Repeat(", ?", len(columns)-1) + ")"
	insert := "INSERT INTO " + d.dialect.quoteQualified(l.Join.Table) + " (" + strings.Join(columns, ", ") + ") VALUES " +
		strings.Repeat(values, len(rows))[2:]
	if d.dialect == MySQL {
		insert += " ON DUPLICATE KEY UPDATE " + columns[0] + " = " + columns[0]
	} else {
		insert += " ON CONFLICT DO NOTHING"
	}
	n, err := d.exec(ctx, len(rows) == batchRows, d.dialect.bind(insert), args...)
	return n, d.failure(ctx, err, "writing the links of table "+l.owner.Name)
}
