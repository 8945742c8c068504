package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

const rawSelect = "prepared SELECT of the same columns"

// run measures a database, or says why it doesn't.
func (b backend) run(ctx context.Context, m *bench) (failed error) {
	version, err := b.probe(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m.addSection(section{title: b.title, notRun: err.Error()})
		return nil
	}
	if isMariaDB(version) {
		b.title = mariaTitle
	}
	m.software = append(m.software, version+" through "+b.module)
	s := section{title: b.title, relation: "× SELECT", relate: func(r results, k key) string {
		if k.what != accepted && k.what != rawSelect {
			return ""
		}
		return times(r.ratios(k, key{b.title, rawSelect, k.tokens, 0}))
	}}
	defer func() { m.addSection(s) }()

	var reads []unit
	var big *place
	for _, size := range []int{m.small, m.big} {
		fmt.Fprintf(m.progress, "%s: making %s tokens\n", b.title, count(size))
		p, err := b.newPlace(ctx)
		defer func() { failed = errors.Join(failed, p.remove(ctx)) }()
		if err != nil {
			return err
		}
		if err := p.fill(ctx, size); err != nil {
			return err
		}
		authorize, closeAuthorize, err := p.authorizeUnit(ctx)
		if err != nil {
			return err
		}
		defer closeAuthorize()
		reads = append(reads, authorize)
		big = p
	}
	if err := m.measure(ctx, &s, append(reads, pageUnit(ctx, big.key(pageName), big.svc, big.first, big.last))); err != nil {
		return err
	}
	// Writes come after all reads: what they leave to be done would slow them.
	regenerate, err := regenerateUnit(ctx, big.key(regenerateName), big.svc)
	if err != nil {
		return err
	}
	create := newSeries(big.key(createName), func() func(int) error { return creator(ctx, big.svc) })
	return m.measure(ctx, &s, []unit{create, regenerate})
}

func (p *place) key(what string) key { return key{where: p.title, what: what, tokens: p.size} }

// authorizeUnit alternates with a prepared SELECT of the same columns. The tokens
// in use are warm, as they would be.
func (p *place) authorizeUnit(ctx context.Context) (unit, func() error, error) {
	param := "?"
	if p.dialect == sqlstore.PostgreSQL {
		param = "$1"
	}
	raw, err := p.db.PrepareContext(ctx, "SELECT id, name, description, permissions, lifespan, created_by, hint, "+
		"created_at, updated_at, expires_at, last_used_at, revision, digest, salt_id FROM "+p.table+" WHERE digest = "+param)
	if err != nil {
		return nil, nil, err
	}
	var secrets [inUse]string
	var digests [inUse]transfertoken.Digest // of others: what one has read is faster for the other
	for i := range inUse {
		secrets[i] = secret(rand.IntN(p.size))
		digests[i] = salt.Digest(secret(rand.IntN(p.size)))
	}
	authorize := func(i int) error {
		_, err := p.svc.Authorize(ctx, secrets[i], transfertoken.Push)
		return err
	}
	selectRaw := func(i int) error {
		var row plainRow
		return raw.QueryRowContext(ctx, digests[i][:]).Scan(row.dests()...)
	}
	for i := range inUse {
		if err := errors.Join(authorize(i), selectRaw(i)); err != nil {
			raw.Close()
			return nil, nil, err
		}
	}
	return &alternating{
		pair: [2]key{p.key(accepted), p.key(rawSelect)},
		call: [2]func() error{inTurn(authorize), inTurn(selectRaw)},
	}, raw.Close, nil
}

func inTurn(call func(i int) error) func() error {
	next := 0
	return func() error {
		i := next
		next = (next + 1) % inUse
		return call(i)
	}
}

// plainRow is what a program would scan the columns into.
type plainRow struct {
	id, digest                                           []byte
	name, description, lifespan, createdBy, hint, saltID string
	permissions, revision                                int64
	createdAt, updatedAt, expiresAt, lastUsedAt          sql.NullInt64
}

func (r *plainRow) dests() []any {
	return []any{
		&r.id, &r.name, &r.description, &r.permissions, &r.lifespan, &r.createdBy, &r.hint,
		&r.createdAt, &r.updatedAt, &r.expiresAt, &r.lastUsedAt, &r.revision, &r.digest, &r.saltID,
	}
}
