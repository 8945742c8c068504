package storetest_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// These stores look at a record, leave a gap, and write although it may have changed.
var raceFaults = []fault{
	{
		caughtBy: "race-to-create-a-name",
		fault:    "looks for the name and then inserts",
		store:    overriding(lookThenCreate),
	},
	{
		caughtBy: "race-to-create-a-digest",
		fault:    "looks for the digest and then inserts",
		store:    overriding(lookThenCreate),
	},
	{caughtBy: "race-to-rename", fault: "looks for the name and then updates", store: overriding(func(o *override) {
		o.update = func(_ context.Context, r record) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			if err := o.taken(r); err != nil {
				return err
			}
			o.letIn()
			o.write(o.at(r.ID), r)
			return nil
		}
	})},
	{caughtBy: "race-to-update", fault: "looks at the revision and then updates", store: overriding(lookThenUpdate)},
	{caughtBy: "race-to-delete", fault: "looks for the record and then deletes", store: overriding(lookThenDelete)},
	{
		caughtBy: "race-of-delete-and-update",
		fault:    "looks at the revision and then deletes",
		store:    overriding(lookThenDelete),
	},
	{caughtBy: "race-to-touch", fault: "looks at the time and then sets it", store: overriding(func(o *override) {
		o.touch = func(_ context.Context, id uuid.UUID, at time.Time) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			if at.After(o.at(id).LastUsedAt) {
				o.letIn()
				r := *o.at(id)
				r.LastUsedAt = at
				o.write(o.at(id), r)
			}
			return nil
		}
	})},
	{
		caughtBy: "race-of-touch-and-update",
		fault:    "updates with the last use that it read before",
		store:    overriding(lookThenUpdate),
	},
	{
		caughtBy: "race-of-touch-and-rekey",
		fault:    "touches by writing all that it read before",
		store: overriding(func(o *override) {
			o.touch = func(_ context.Context, id uuid.UUID, at time.Time) error {
				o.mu.Lock()
				defer o.mu.Unlock()
				r := *o.at(id)
				o.letIn()
				r.LastUsedAt = at
				o.write(o.at(id), r)
				return nil
			}
		}),
	},
	{
		caughtBy: "race-of-rekey-and-update",
		fault:    "looks at the digest and then re-digests",
		store: overriding(func(o *override) {
			o.rekey = func(_ context.Context, id uuid.UUID, from, to digest, saltID string) error {
				o.mu.Lock()
				defer o.mu.Unlock()
				if o.at(id).Digest == from {
					o.letIn()
					r := *o.at(id)
					r.Digest, r.SaltID = to, saltID
					o.write(o.at(id), r)
				}
				return nil
			}
		}),
	},
	{
		caughtBy: "race-of-rekey-and-rename",
		fault:    "writes the digest that it read before",
		store: overriding(func(o *override) {
			o.update = func(ctx context.Context, r record) error {
				stored, err := o.Get(ctx, r.ID)
				if err != nil {
					return err
				}
				gap(&o.writes)
				r.Digest, r.SaltID = stored.Digest, stored.SaltID
				return o.plain.Update(ctx, r)
			}
		}),
	},
	{caughtBy: "race-to-purge", fault: "looks for the expired and then deletes", store: overriding(lookThenPurge)},
	{
		caughtBy: "race-of-purge-and-update",
		fault:    "looks for the expired and then deletes",
		store:    overriding(lookThenPurge),
	},
	{caughtBy: "race-to-read", fault: "updates the name before the rest", store: overriding(func(o *override) {
		o.update = func(ctx context.Context, r record) error {
			o.mu.Lock()
			o.at(r.ID).Name = r.Name
			o.mu.Unlock()
			gap(&o.reads)
			return o.plain.Update(ctx, r)
		}
	})},
	{caughtBy: "race-to-read", fault: "is read while it is being written", store: overriding(func(o *override) {
		o.get = func(ctx context.Context, id uuid.UUID) (record, error) {
			first, err := o.plain.Get(ctx, id)
			gap(&o.writes)
			rest, _ := o.plain.Get(ctx, id)
			rest.Permissions = first.Permissions
			rest.Name = first.Name
			return rest, err
		}
	})},
	{caughtBy: "race-to-find", fault: "looks for one digest after the other", store: overriding(func(o *override) {
		o.find = func(ctx context.Context, digests []digest) (record, error) {
			for i := range digests {
				r, err := o.plain.FindByDigest(ctx, digests[i:i+1])
				if !errors.Is(err, transfertoken.ErrNotFound) {
					return r, err
				}
				gap(&o.writes)
			}
			return record{}, transfertoken.ErrNotFound
		}
	})},
}

// letIn releases the lock until another caller has written, or for a while.
func (p *plain) letIn() {
	p.mu.Unlock()
	gap(&p.writes)
	p.mu.Lock()
}

func lookThenCreate(o *override) {
	o.create = func(_ context.Context, r record) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		if err := o.taken(r); err != nil {
			return err
		}
		o.letIn()
		o.insert(r)
		return nil
	}
}

func lookThenUpdate(o *override) {
	o.update = func(_ context.Context, r record) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		stored := *o.at(r.ID)
		if stored.Revision != r.Revision-1 {
			return transfertoken.ErrConflict
		}
		o.letIn()
		r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
		o.write(o.at(r.ID), r)
		return nil
	}
}

func lookThenDelete(o *override) {
	o.delete = func(_ context.Context, id uuid.UUID, revision int64) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		stored := o.at(id)
		if stored == nil {
			return transfertoken.ErrNotFound
		}
		if revision != transfertoken.AnyRevision && revision != stored.Revision {
			return transfertoken.ErrConflict
		}
		o.letIn()
		o.remove(id)
		return nil
	}
}

func lookThenPurge(o *override) {
	o.purge = func(ctx context.Context, end time.Time, limit int) ([]record, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		seen := &plain{records: slices.Clone(o.records)}
		expired, err := seen.PurgeExpired(ctx, end, limit)
		o.letIn()
		for _, r := range expired {
			o.remove(r.ID)
		}
		return expired, err
	}
}
