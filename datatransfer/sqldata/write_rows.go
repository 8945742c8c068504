package sqldata

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// WriteEntities inserts a row for each entity. The columns of its links stay NULL until the links
// come; rows that cannot be without one wait for them.
func (d *destination) WriteEntities(ctx context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return write(ctx, d, datatransfer.StageEntities, seq, func(e datatransfer.Entity) error {
		t := d.byType[e.Type]
		switch {
		case t == nil:
			return fmt.Errorf("%w: an entity of %q, for which there is no table", datatransfer.ErrInvalid, e.Type)
		case !d.start.Replaces(e.Type):
			return fmt.Errorf("%w: an entity of %q, which is not replaced", datatransfer.ErrInvalid, e.Type)
		case d.pending.holds(t):
			return d.pending.addEntity(t, e)
		}
		return d.insertEntity(ctx, t, e, nil)
	}, func() error { return d.insertRows(ctx) })
}

// insertEntity inserts a row with its required links.
func (d *destination) insertEntity(ctx context.Context, t *table, e datatransfer.Entity, required []any) error {
	args, err := d.arguments(t, e)
	if err != nil {
		return recordError(datatransfer.StageEntities, e.Type, e.ID, fmt.Errorf("%w: %w", datatransfer.ErrInvalid, err))
	}
	return d.addRow(ctx, t, e, append(args, required...))
}

// arguments returns the key of an entity and the values of its columns.
func (d *destination) arguments(t *table, e datatransfer.Entity) ([]any, error) {
	key, ok := t.parseKey(e.ID)
	if !ok {
		return nil, errors.New("the ID cannot be a key of the table")
	}
	args := make([]any, 1+len(t.Columns), 1+len(t.Columns)+len(t.links))
	args[0] = key
	err := d.members.each(e.Data, func(attribute []byte, value jsontext.Value) (err error) {
		i, known := t.columns[string(attribute)]
		if !known {
			return nil
		}
		if args[1+i], err = parameter(d.dialect, t.Columns[i], value); err != nil {
			return fmt.Errorf("column %s: %w", t.Columns[i].Name, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, c := range t.Columns {
		if args[1+i] == nil && c.Required {
			return nil, fmt.Errorf("column %s: there is no value", c.Name)
		}
	}
	return args, nil
}

// A memberReader reads the members of JSON objects, one object after another.
type memberReader struct {
	input   bytes.Buffer
	decoder jsontext.Decoder
}

var errNoObject = errors.New("the data is not a JSON object")

// each calls take for each member of an object. The name and the value are valid until take returns.
func (r *memberReader) each(object []byte, take func(name []byte, value jsontext.Value) error) error {
	r.input = *bytes.NewBuffer(object)
	r.decoder.Reset(&r.input)
	if start, err := r.decoder.ReadToken(); err != nil || start.Kind() != '{' {
		return errNoObject
	}
	var name []byte
	for r.decoder.PeekKind() == '"' {
		quoted, err := r.decoder.ReadValue()
		if err == nil {
			name, err = jsontext.AppendUnquote(name[:0], quoted)
		}
		if err != nil {
			return errNoObject
		}
		value, err := r.decoder.ReadValue()
		if err != nil {
			return errNoObject
		}
		if err := take(name, value); err != nil {
			return err
		}
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return errNoObject
	}
	if _, err := r.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return errNoObject
	}
	return nil
}

// prepare prepares a statement, once.
func (d *destination) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if prepared := d.statements[text]; prepared != nil {
		return prepared, nil
	}
	prepared, err := d.tx.PrepareContext(ctx, text)
	if err == nil {
		d.statements[text] = prepared
	}
	return prepared, err
}

// exec runs a statement and returns how many rows it changed. A statement that will come again is prepared once.
func (d *destination) exec(ctx context.Context, again bool, text string, args ...any) (int64, error) {
	var result sql.Result
	var err error
	if again {
		var prepared *sql.Stmt
		if prepared, err = d.prepare(ctx, text); err != nil {
			return 0, err
		}
		result, err = prepared.ExecContext(ctx, args...)
	} else {
		result, err = d.tx.ExecContext(ctx, text, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// WriteConfiguration keeps each record as a whole.
func (d *destination) WriteConfiguration(ctx context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	var insert string
	if d.settingsTable != "" {
		insert = d.dialect.bind("INSERT INTO " + d.settingsTable + " (position, kind, name, value) VALUES (?, ?, ?, ?)")
	}
	return write(ctx, d, datatransfer.StageConfiguration, seq, func(c datatransfer.Config) error {
		isWebhook := c.Type == datatransfer.ConfigWebhook
		if isWebhook && d.start.Scope.NoWebhooks || !isWebhook && d.start.Scope.NoCoreStore {
			return fmt.Errorf("%w: configuration that is not replaced", datatransfer.ErrInvalid)
		}
		if insert == "" {
			d.leaveOut("configuration", "")
			return nil
		}
		const longest = 255
		var named struct{ Key, Name string }
		_ = json.Unmarshal(c.Value, &named) // a value without a name has its position
		name := orDefault(named.Key, named.Name)
		if len(c.Type) > longest || len(name) > longest || !json.Valid(c.Value) {
			return fmt.Errorf("%w: configuration with a name that is too long or a value that is not JSON",
				datatransfer.ErrInvalid)
		}
		d.position++
		_, err := d.exec(ctx, true, insert, d.position, c.Type, name, string(c.Value))
		return d.failure(ctx, err, "writing a setting")
	}, nil)
}
