package remote

import (
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// restoreOf returns what a remote with the schemas has to clear for a push. Strapi reads
// Include as all that it clears; without it, it clears everything but Exclude, its own internal
// tables among them, and with those the settings. So a push that leaves settings or webhooks
// alone names all content types.
func restoreOf(start datatransfer.Start, schemas datatransfer.Schemas) wire.Restore {
	scope := start.Scope
	var replaced, excluded []string
	for _, schema := range schemas {
		switch {
		case schema.ModelType != datatransfer.ModelContentType:
		case start.Replaces(schema.UID):
			replaced = append(replaced, schema.UID)
		default:
			excluded = append(excluded, schema.UID)
		}
	}
	for _, uid := range []string{"plugin::content-releases.release", "plugin::content-releases.release-action"} {
		if !slices.Contains(excluded, uid) {
			excluded = append(excluded, uid)
		}
	}
	restore := wire.Restore{
		Entities: wire.RestoreEntities{Exclude: excluded},
		Assets:   new(!scope.NoFiles),
		Configuration: wire.RestoreConfiguration{
			Webhook:   new(!scope.NoWebhooks),
			CoreStore: new(!scope.NoCoreStore),
		},
	}
	if scope.OnlyTypes != nil || scope.NoCoreStore || scope.NoWebhooks {
		restore.Entities.Include = append([]string{}, replaced...)
	}
	return restore
}

// restoreNothing is for a connection on which the remote is only asked for its schemas.
func restoreNothing() wire.Restore {
	return restoreOf(datatransfer.Start{Scope: datatransfer.Scope{
		OnlyTypes: []string{}, NoFiles: true, NoCoreStore: true, NoWebhooks: true,
	}}, nil)
}
