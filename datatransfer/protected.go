package datatransfer

import (
	"context"
	"iter"
	"slices"
	"strings"
)

// protectedTypes never leave an instance, as in Strapi.
var protectedTypes = []string{
	"plugin::content-releases.release",
	"plugin::content-releases.release-action",
}

// IsProtected reports whether the entities of a type never take part in a transfer:
// all types of admin (users, roles, sessions, tokens), the two release types of
// Strapi, and the types that a host adds. Schemas of protected types, and
// configuration about them, are not protected.
func IsProtected(uid string, added ...string) bool {
	return strings.HasPrefix(uid, "admin::") || slices.Contains(protectedTypes, uid) || slices.Contains(added, uid)
}

// WithoutProtected returns a Source that yields what src yields, without the data of
// protected types: entities, links that touch one, and relations to one in the data of
// other entities. [Run] does this whatever the source yields. WithoutProtected is for
// those who read a Source without Run. Like src it may be an [Estimator].
func WithoutProtected(src Source, added ...string) Source {
	guarded := &guardedSource{Source: src, added: slices.Clone(added)}
	if estimator, ok := src.(Estimator); ok {
		return struct {
			*guardedSource
			Estimator
		}{guarded, estimator}
	}
	return guarded
}

// A guardedSource is a Source that yields no protected data.
type guardedSource struct {
	Source
	added []string
}

func (s *guardedSource) Entities(ctx context.Context) iter.Seq2[Entity, error] {
	return guard(ctx, s, s.Source.Entities, func(f *filter, e *Entity) (string, error) {
		return f.entity(e, func(string) error { return nil })
	})
}

func (s *guardedSource) Links(ctx context.Context) iter.Seq2[Link, error] {
	return guard(ctx, s, s.Source.Links, (*filter).link)
}

// guard returns the records that read yields and decide lets pass.
func guard[T any](ctx context.Context, s *guardedSource,
	read func(context.Context) iter.Seq2[T, error], decide func(*filter, *T) (string, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		schemas, err := s.Source.Schemas(ctx)
		if err != nil {
			yield(none, err)
			return
		}
		f := newFilter(Start{Schemas: schemas, Protected: s.added}, nil)
		for record, err := range read(ctx) {
			var dropped string
			if err == nil {
				dropped, err = decide(f, &record)
			}
			if err != nil {
				yield(none, err)
				return
			}
			if dropped == "" && !yield(record, nil) {
				return
			}
		}
	}
}
