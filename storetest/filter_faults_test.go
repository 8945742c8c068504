package storetest_test

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

type listOptions = transfertoken.ListOptions

// filtering returns a store that filters as plain does, except for what change makes
// of the question.
func filtering(change func(*listOptions)) func(*plain) transfertoken.Store {
	return overriding(func(o *override) {
		o.filter = func(ctx context.Context, opts listOptions) ([]record, error) {
			change(&opts)
			return o.plain.ListFiltered(ctx, opts)
		}
	})
}

// matching returns a store whose filter leaves the records that match.
func matching(match func(r record, opts listOptions) bool) func(*plain) transfertoken.Store {
	return overriding(func(o *override) {
		o.filter = func(ctx context.Context, opts listOptions) ([]record, error) {
			return o.listMatching(ctx, opts, func(r record) bool { return match(r, opts) })
		}
	})
}

// isOf reports whether opts asks for the maker of r.
func isOf(r record, opts listOptions) bool {
	return opts.CreatedBy == nil || r.CreatedBy == *opts.CreatedBy
}

var filterFaults = []fault{
	{caughtBy: "filter-by-maker", fault: "takes no maker for every maker", store: filtering(func(opts *listOptions) {
		if opts.CreatedBy != nil && *opts.CreatedBy == "" {
			opts.CreatedBy = nil
		}
	})},
	{caughtBy: "filter-by-maker", fault: "compares makers without their case", store: matching(
		func(r record, opts listOptions) bool { return strings.EqualFold(r.CreatedBy, *opts.CreatedBy) },
	)},
	{caughtBy: "filter-by-maker", fault: "compares makers without spaces at the end", store: matching(
		func(r record, opts listOptions) bool {
			return strings.TrimRight(r.CreatedBy, " ") == strings.TrimRight(*opts.CreatedBy, " ")
		},
	)},
	{caughtBy: "filter-by-maker", fault: "takes a maker for a pattern", store: matching(
		func(r record, opts listOptions) bool {
			prefix, isPattern := strings.CutSuffix(*opts.CreatedBy, "%")
			return r.CreatedBy == *opts.CreatedBy || isPattern && strings.HasPrefix(r.CreatedBy, prefix)
		},
	)},
	{caughtBy: "filter-by-maker", fault: "indexes makers only at Create", store: overriding(func(o *override) {
		makers := make(map[uuid.UUID]string)
		o.create = func(ctx context.Context, r record) error {
			makers[r.ID] = r.CreatedBy
			return o.plain.Create(ctx, r)
		}
		o.filter = func(ctx context.Context, opts listOptions) ([]record, error) {
			return o.listMatching(ctx, opts, func(r record) bool { return makers[r.ID] == *opts.CreatedBy })
		}
	})},
	{caughtBy: "filter-by-end", fault: "takes never for an end", store: matching(
		func(r record, opts listOptions) bool { return r.ExpiresAt.Before(opts.ExpiresBefore) },
	)},
	{caughtBy: "filter-by-end", fault: "leaves what ends at the time", store: matching(
		func(r record, opts listOptions) bool {
			return !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(opts.ExpiresBefore)
		},
	)},
	{caughtBy: "filter-by-end", fault: "takes the epoch for never", store: matching(
		func(r record, opts listOptions) bool {
			return !r.ExpiresAt.IsZero() && r.ExpiresAt.UnixMilli() != 0 && r.ExpiresAt.Before(opts.ExpiresBefore)
		},
	)},
	{caughtBy: "filter-by-end", fault: "looks at the lifespan", store: matching(
		func(r record, opts listOptions) bool {
			return r.Lifespan != transfertoken.Unlimited && !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(opts.ExpiresBefore)
		},
	)},
	{caughtBy: "filter-by-both", fault: "ignores the end beside a maker", store: filtering(func(opts *listOptions) {
		if opts.CreatedBy != nil {
			opts.ExpiresBefore = transfertoken.Token{}.ExpiresAt
		}
	})},
	{caughtBy: "filter-by-both", fault: "takes one of the two for both", store: matching(
		func(r record, opts listOptions) bool {
			ends := !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(opts.ExpiresBefore)
			return opts.CreatedBy != nil && isOf(r, opts) || ends
		},
	)},
	{caughtBy: "filter-pages", fault: "filters after it has cut the page", store: overriding(func(o *override) {
		o.filter = func(ctx context.Context, opts listOptions) ([]record, error) {
			page, err := o.plain.List(ctx, opts)
			return slices.DeleteFunc(page, func(r record) bool { return !isOf(r, opts) || r.ExpiresAt.IsZero() }), err
		}
	})},
	{caughtBy: "filter-pages", fault: "sorts by the end", store: overriding(func(o *override) {
		o.filter = func(ctx context.Context, opts listOptions) ([]record, error) {
			limit := opts.Limit
			opts.Limit = transfertoken.MaxPageSize
			all, err := o.plain.ListFiltered(ctx, opts)
			slices.SortStableFunc(all, func(a, b record) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
			return all[:min(limit, len(all))], err
		}
	})},
	{caughtBy: "filter-pages", fault: "starts each page at the first record", store: filtering(func(opts *listOptions) {
		opts.After = uuid.Nil
	})},
	{caughtBy: "filter-pages", fault: "returns one record too many", store: filtering(func(opts *listOptions) {
		opts.Limit++
	})},
}
