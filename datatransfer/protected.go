package datatransfer

import (
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
