package serve

import (
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// scopeOf returns the scope of a push. What restore does not name is cleared. Strapi's client may
// name all types of its own side; those that are not here or are protected stay as they are.
func (p *push) scopeOf(restore wire.Restore) datatransfer.Scope {
	stays := func(uid string) bool {
		return datatransfer.IsProtected(uid, p.config.Protected...) || p.types != nil && !p.types[uid]
	}
	excluded := slices.DeleteFunc(slices.Clone(restore.Entities.Exclude), stays)
	slices.Sort(excluded)
	return datatransfer.Scope{
		OnlyTypes:    slices.DeleteFunc(slices.Clone(restore.Entities.Include), stays), // nil stays nil
		ExcludeTypes: slices.Compact(excluded),
		NoFiles:      restore.Assets != nil && !*restore.Assets,
		NoCoreStore:  restore.Configuration.CoreStore != nil && !*restore.Configuration.CoreStore,
		NoWebhooks:   restore.Configuration.Webhook != nil && !*restore.Configuration.Webhook,
	}
}
