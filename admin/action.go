package admin

// What [Options].Authorize is asked for: the names that Strapi gives these
// actions, so that roles can move over as they are.
const (
	ActionAccess     = "admin::transfer.tokens.access"     // open the page; read the description of the API
	ActionCreate     = "admin::transfer.tokens.create"     // make a token
	ActionRead       = "admin::transfer.tokens.read"       // list tokens, get one
	ActionUpdate     = "admin::transfer.tokens.update"     // change name, description, permissions
	ActionRegenerate = "admin::transfer.tokens.regenerate" // replace the secret
	ActionDelete     = "admin::transfer.tokens.delete"     // revoke a token
)
