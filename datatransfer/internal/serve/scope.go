package serve

import (
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// scopeOf returns the scope of a push. What restore does not name is cleared.
func scopeOf(restore wire.Restore) datatransfer.Scope {
	excluded := slices.DeleteFunc(slices.Clone(restore.Entities.Exclude), func(uid string) bool {
		return datatransfer.IsProtected(uid)
	})
	slices.Sort(excluded)
	return datatransfer.Scope{
		OnlyTypes:    restore.Entities.Include,
		ExcludeTypes: slices.Compact(excluded),
		NoFiles:      restore.Assets != nil && !*restore.Assets,
		NoCoreStore:  restore.Configuration.CoreStore != nil && !*restore.Configuration.CoreStore,
		NoWebhooks:   restore.Configuration.Webhook != nil && !*restore.Configuration.Webhook,
	}
}
