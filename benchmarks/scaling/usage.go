package main

import "context"

// usage is CPU time that was spent, in seconds. known is false where it cannot
// be read.
type usage struct {
	known    bool
	backends float64 // of PostgreSQL, one for each connection of the instances
	writers  float64 // of PostgreSQL: checkpointer, background and WAL writer
	clients  float64 // the instances
	machine  float64 // everything
}

func (u usage) sub(before usage) usage {
	return usage{
		u.known && before.known, u.backends - before.backends, u.writers - before.writers,
		u.clients - before.clients, u.machine - before.machine,
	}
}

// meter knows the processes whose CPU time counts.
type meter struct{ backends, writers, clients []int }

func (db *database) meter(ctx context.Context, clients []int) (m meter, err error) {
	m.clients = clients
	if m.backends, err = db.pids(ctx, "application_name = $1", db.application); err != nil {
		return meter{}, err
	}
	m.writers, err = db.pids(ctx, "backend_type = ANY ($1)", []string{"checkpointer", "background writer", "walwriter"})
	return m, err
}

func (m meter) read() usage {
	for _, pid := range append(m.backends, m.writers...) {
		if !isPostgres(pid) {
			return usage{}
		}
	}
	u := usage{known: true}
	for _, group := range []struct {
		pids []int
		sum  *float64
	}{{m.backends, &u.backends}, {m.writers, &u.writers}, {m.clients, &u.clients}} {
		for _, pid := range group.pids {
			spent, err := processCPU(pid)
			if err != nil {
				return usage{}
			}
			*group.sum += spent
		}
	}
	var err error
	if u.machine, err = machineCPU(); err != nil {
		return usage{}
	}
	return u
}
