// Package admin serves the management of transfer tokens over HTTP: a page on
// which administrators list, create, edit, regenerate and delete tokens, and the
// API below it. It is the API that Strapi has for its transfer tokens, with the
// same paths below the mount, bodies and status codes, so that clients of one can
// talk to the other as long as they take IDs as they are.
//
// # Mounting
//
// [New] makes one handler. It knows no administrators: Authorize, which the host
// gives it, looks at its session, its role or whatever else it has, and decides.
//
//	handler, err := admin.New(svc, &admin.Options{
//		Authorize: func(r *http.Request, action string) (actor string, err error) {
//			user := sessions.User(r)
//			switch {
//			case user == nil:
//				return "", transfertoken.ErrUnauthorized
//			case !user.May(action):
//				return "", transfertoken.ErrForbidden
//			}
//			return user.Name, nil
//		},
//	})
//	mux.Handle("/admin/", http.StripPrefix("/admin", handler))
//
// The page is at /admin/transfer/ then. Any prefix will do. With [http.ServeMux] it
// need not be stripped: mux.Handle("/admin/", handler) serves the same paths,
// because the handler knows the prefix from the pattern. With another router strip
// it, and strip a prefix in which a segment is called transfer. The handler answers
// at these paths and at no others, as they are written here: a segment with an
// escape is not one of them.
//
// Authorize gets the request as the handler got it, with the path values of the
// host's pattern. With mux.Handle("/tenants/{tenant}/admin/", handler) it can look
// at r.PathValue("tenant").
//
// # The page
//
// The page is at /transfer/ below the mount. It needs a session that browsers
// send by themselves, such as a cookie, for all that it does are requests to the
// API below. What Authorize refuses when the page is opened is not offered. Its
// Content-Security-Policy lets it load its own files and nothing else; nothing has
// to be built, and nothing comes from elsewhere. It works under any prefix and
// behind a proxy that adds or removes one, because all its addresses are relative.
//
// A secret is in the document, and nowhere else, from the answer that brings it
// until the viewer is done, reloads or leaves. The page counts on a secure
// context, which is HTTPS or localhost, for its copy button; elsewhere it selects
// the secret instead.
//
// [Options].Texts translates the page, [Options].SignInURL is where it sends
// whoever is not signed in. A browser that may not have the page gets a document
// that says why, with the status of the table below. The page itself is served
// also when transfer tokens are disabled: it says so, and how to enable them.
//
//	GET  /transfer/                admin::transfer.tokens.access, then all others
//	GET  /transfer/page/{file}     admin::transfer.tokens.access: the files that it loads
//	GET  /transfer/page/style.css  for everyone: the document that says why has it as well
//	GET  /transfer                 for everyone: leads to the page
//
// # Routes
//
// The action is what Authorize is asked for. HEAD does what GET does, OPTIONS tells
// the methods, and a slash at the end of a path makes no difference.
//
//	GET    /transfer/tokens                  admin::transfer.tokens.read        200
//	POST   /transfer/tokens                  admin::transfer.tokens.create      201
//	GET    /transfer/tokens/{id}             admin::transfer.tokens.read        200
//	PUT    /transfer/tokens/{id}             admin::transfer.tokens.update      200
//	DELETE /transfer/tokens/{id}             admin::transfer.tokens.delete      200
//	POST   /transfer/tokens/{id}/regenerate  admin::transfer.tokens.regenerate  201
//	GET    /transfer/openapi.yaml            admin::transfer.tokens.access      200
//
// The last one is an OpenAPI 3.1 description of all of them.
//
// A create is a JSON object with name, permissions (an array of "push" and
// "pull"), and, if wanted, description and lifespan: 604800000, 2592000000 or
// 7776000000 milliseconds, or null, which is also what a lifespan that is left
// out means, for unlimited. An update is one with any of name, description and
// permissions. A regenerate has no body.
//
// A list is whole and in the byte order of the names. With ?limit=, 1 to 1000,
// and ?after=, an ID, it is a page of at most 100 tokens, or limit, in the order
// of the IDs, which is that of creation. The next page starts after the last ID
// of one; a page that is shorter than its limit is the last.
//
// # Answers
//
// An answer is {"data": …} with a token, an array of tokens, or null for a
// delete of what was not there. A token has id, name, description, lastUsedAt,
// lifespan (milliseconds as a string), expiresAt, createdAt, updatedAt and
// permissions, in this order; when it is created also accessKey, the secret. With
// ?view=full it has hint, createdBy and revision as well. A regenerate answers
// with id, name and accessKey alone. Times are in UTC with three digits for the
// milliseconds; null stands for never and for unlimited. A limited token without
// an end, which only damage to the store can make, is refused as expired and has
// 1970-01-01T00:00:00.000Z.
//
// An answer that is no is {"data": null, "error": …} with status, name, message
// and details, but for 405, which is plain text. Details of a ValidationError
// name each field at fault. All answers are Cache-Control: no-store, and what
// they repeat of a request is escaped for HTML.
//
// # Order of checks
//
// The first that applies is the answer.
//
//	403 ForbiddenError             a write that a page of another origin sends
//	404 NotFoundError              no such path
//	405                            no such method
//	401 UnauthorizedError          Authorize says ErrUnauthorized
//	403 PolicyError                Authorize says ErrForbidden
//	503 ServiceUnavailableError    Authorize fails
//	501 NotImplementedError        transfer tokens are disabled
//	400 ValidationError            limit, after or view are malformed
//	413 PayloadTooLargeError       the body has more than 1 MiB
//	415 UnsupportedMediaTypeError  the body is neither application/json nor application/vnd.api+json, or compressed
//	400 SyntaxError                the body is no JSON object or array
//	400 ValidationError            the body does not hold what it should, or If-Match is malformed
//	404 NotFoundError              no token has the ID
//	412 PreconditionFailedError    If-Match names another revision
//	409 ConflictError              others changed the token at the same moment
//	400 ApplicationError           another token has the name
//	503 ServiceUnavailableError    the store fails
//
// After a 503 the write may have taken effect nevertheless. What went wrong is
// told to [Options].Logger and not to the client.
//
// # Two administrators at once
//
// The ETag of the answer for one token begins with its revision, such as "3" or
// "3.mdxk81zc". A PUT, a regenerate or a DELETE that sends it back as If-Match takes
// effect only if the token still has this revision, and is answered with 412
// otherwise. "3" alone will do; view=full has the revision in the body, which helps
// behind a proxy that makes entity tags weak, as nginx does when it compresses. A
// use of the token is not a new revision. If-Match: * asks
// only that the token is there. Without If-Match an update applies to whatever is
// stored, and the fields that it does not name stay as others left them. A
// malformed If-Match is refused, a weak entity tag is never the same: RFC 9110,
// section 13.1.1. A PUT or a regenerate of a token that is not there is 404 in
// any case, while a DELETE, which is 200 with null without If-Match, is 412.
//
// # Cross-origin requests
//
// A write that a browser sends from a page of another origin is refused by
// [http.CrossOriginProtection], in case Authorize relies on a cookie. Behind a
// proxy that changes the Host header, name the public origin in
// [Options].TrustedOrigins.
//
// # Differences from Strapi
//
// These are all, seen against Strapi 5.54.0.
//
//	the ID of a token
//		Strapi: a number
//		here:   a string, a UUID
//		why:    a number tells how many tokens there were, and several databases cannot share the counting
//
//	an ID in another spelling
//		cases:  get/id with leading zeros; get/id float form; get/id exponent; update/id with leading zeros*
//		Strapi: 200, 201 or 400, the token that the database takes it for
//		here:   404, an ID that is not in its canonical form belongs to no token
//		why:    a name for a thing should be one name
//
//	a path that is not well-formed
//		cases:  get/id malformed percent
//		Strapi: 404
//		here:   400, in plain text
//		why:    net/http answers before any handler is asked
//
//	a path in another case
//		Strapi: the same path
//		here:   404
//		why:    what guards a prefix of paths compares them as they are
//
//	the secret of a token
//		Strapi: 256 hexadecimal digits
//		here:   xfer_ and 49 characters
//		why:    a secret scanner can find it, and a typo is seen without asking the store
//
//	secrets in caches
//		Strapi: says nothing of caching
//		here:   Cache-Control: no-store, on every answer
//		why:    a secret is shown once
//
//	a text of another type
//		cases:  create/description object; create/description array; create/name number 7*; create/name true; create/name array; update/description number; update/name number; update/name object
//		Strapi: 200, 201 or 400, a string is made of it, such as [object Object]
//		here:   400, "must be a `string` type"
//		why:    what is stored is what was sent
//
//	long texts
//		cases:  create/name 256 chars; create/name 5000 chars; create/description 5000 chars; update/name 5000 chars
//		Strapi: 200 or 201, unless the database refuses
//		here:   400, "must be at most"
//		why:    every database keeps names of 255 and descriptions of 2000 characters whole
//
//	control and bidirectional-control characters
//		Strapi: 201, unless the database refuses
//		here:   400, "must not hold control or bidirectional-control characters"
//		why:    a name should not pass for another one
//
//	no body
//		cases:  create/no body at all*; update/no body at all
//		Strapi: 500
//		here:   400
//		why:    it is the client's mistake
//
//	a create or an update of another content type than JSON
//		cases:  create/text/plain*; create/form-urlencoded*; create/application/xml; update/text/plain
//		Strapi: 201, 400 or 500, of which 201 is for a form
//		here:   415, "Content-Type must be application/json"
//		why:    a page of another site can send forms and plain text
//
//	a compressed body
//		Strapi: is inflated
//		here:   415
//		why:    a small body could become a large one
//
//	the wording of JSON errors
//		cases:  create/invalid JSON
//		in:     error.message
//		Strapi: 400, what V8 says
//		here:   400, "Unexpected end of JSON input"
//		why:    it is another reader
//
//	keys in another case
//		Strapi: dropped by a create, as unknown ones are
//		here:   400, "must be written lifespan"
//		why:    without its lifespan a token would be unlimited
//
//	keys that are given twice
//		Strapi: the last one counts
//		here:   400, "must not be given twice"
//		why:    what filters requests may have looked at the first one
//
//	text that is not valid Unicode
//		Strapi: is replaced
//		here:   400, "must be valid Unicode"
//		why:    what is stored is what was sent
//
//	a body that is nested deeper than 32, or has more than 1000 values
//		Strapi: is read
//		here:   400, "must not be nested so deep"
//		why:    nobody needs it, and an error could be many times as long
//
//	long values in errors
//		Strapi: are repeated
//		here:   left out, and cut in messages, above 4096 bytes; errors beyond 64 KiB are counted, not listed
//		why:    an error could be many times as long as the request
//
//	changes that change nothing
//		cases:  update/ok trimmed name; update/ok description empty; update/permissions null*; update/empty object*; update/name back 5
//		in:     data.updatedAt
//		Strapi: 200, updatedAt is now
//		here:   200, updatedAt stays
//		why:    nothing is written, so that there is no revision that others would conflict with
//
//	the order of permissions
//		cases:  update/ok permissions ->pull,push*
//		in:     data.permissions
//		Strapi: 200 or 201, by chance
//		here:   200 or 201, push before pull
//		why:    it is a set
//
//	the name in the answer of a regenerate
//		cases:  regenerate/ok with JSON body ignored; auth/role-only-regenerate regenerate
//		in:     data.name
//		Strapi: 201, id and accessKey alone
//		here:   201, also the name
//		why:    the next version of Strapi has it as well
//
//	lastUsedAt
//		Strapi: null for ever
//		here:   when the token was last used
//		why:    it tells which tokens nobody needs any more
//
//	the permissions that a DELETE answers
//		Strapi: rows of a table
//		here:   ["push"], as everywhere
//		why:    a token has one form
//
//	regenerating
//		Strapi: leaves expiresAt as it is, so that an expired token gets a secret that is refused
//		here:   starts the lifespan again
//		why:    whoever asks for a new secret wants to use it
//
//	creating one name twice at the same moment
//		Strapi: may make two tokens
//		here:   one 201, one 400
//		why:    names are unique
//
//	regenerating one token twice at the same moment
//		Strapi: two 201, one of them with a dead secret
//		here:   one 201, one 409
//		why:    a secret that is handed out works
//
//	If-Match and ETag
//		Strapi: has neither
//		here:   412, and ETag on answers for one token
//		why:    two administrators can edit at once
//
//	limit, after and view
//		Strapi: ignores them, as all of a query
//		here:   page the list and choose what is shown; 400 if malformed
//		why:    a list may be long, and there is more to know of a token
//
//	cross-origin writes
//		Strapi: nothing but its sessions decides
//		here:   403, "Cross-origin writes are refused"
//		why:    a host may use cookies
//
//	the methods of one token
//		Strapi: 405 with Allow: HEAD, GET, DELETE, PUT, and HEAD, GET, POST for a regenerate
//		here:   405 with Allow: HEAD, GET, PUT, DELETE, and POST for a regenerate
//		why:    these are the ones that work
//
//	a malformed body without a session, or for a path or a method that does not exist
//		Strapi: 400 or 413
//		here:   401, 404 or 405
//		why:    a body that nobody asked for is not read
//
//	OPTIONS for a path that does not exist, and methods that no path has
//		Strapi: 200 or 501
//		here:   404 or 405
//		why:    the answer is the same for all methods
//
//	a path with empty, . or .. segments
//		Strapi: 404
//		here:   404, unless the ServeMux of the host redirects it with 307
//		why:    net/http cleans paths before any handler is asked
//
//	a failing store
//		Strapi: 500
//		here:   503
//		why:    it may work again later
//
//	headers of the server
//		Strapi: X-Powered-By, Vary: Origin and those of helmet
//		here:   X-Content-Type-Options: nosniff
//		why:    the rest is for the host to set
package admin
