// Package admin serves the management of transfer tokens over HTTP: a page on
// which administrators list, create, edit, regenerate and delete tokens, and the
// API below it. The API is that of Strapi for its transfer tokens, with the same
// paths below the mount, bodies and status codes. A client of one can talk to the
// other if it treats IDs as opaque. The differences are listed in docs/strapi.md.
//
//	admin.go     Options, New, the actions that Authorize is asked for
//	routes.go    the routes, and what happens to every request
//	tokens.go    the six operations on tokens
//	request.go   queries, If-Match, bodies
//	response.go  answers, refusals, a token in JSON
//	page.go      the page and its texts; its files are in page/
//	commands.go  the commands that the page shows beside a new secret
//
// # Mounting
//
// [New] makes one handler. It does not know administrators: the host's Authorize
// looks at a session or a role, and decides.
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
// The page is then at /admin/transfer/. Any prefix will do. With [http.ServeMux] it
// need not be stripped: mux.Handle("/admin/", handler) serves the same paths,
// because the handler knows the prefix from the pattern. With another router strip
// it, and strip a prefix in which a segment is called transfer. The handler answers
// at the paths below and at no others. Escapes in them make another path.
//
// # The page
//
// The page needs a session that browsers send by themselves, such as a cookie,
// because it only sends requests to the API. It does not offer an action that
// Authorize refuses when the page is opened. Its Content-Security-Policy lets it
// load its own files and nothing else. It works under any prefix and behind a proxy
// that adds or removes one, because all its addresses are relative.
//
// A secret is in the document from the answer that brings it until the viewer is
// done, reloads or leaves, and nowhere else. The browser asks before that, until the
// secret has been copied. The copy button needs a secure context, which is HTTPS or
// localhost. Elsewhere it selects the secret instead. [Options].Commands and PublicURL
// say how a secret is used.
//
// The filter and the order of the list are in the fragment of the address, which no
// server gets to see. While somebody looks at the page, it reads the list once a
// minute to show what others change, unless [Options].NoLiveUpdates is set.
//
// [Options].Texts translates the page. [Options].SignInURL is the address for those
// who are not signed in, SignOutURL for those who are. Links leads to other pages of the
// host. A browser that may not have the page, or asks for another path, gets a document
// that says why. The page is served while transfer tokens are disabled, too: it says so,
// and how to enable them.
//
//	GET  /transfer/                admin::transfer.tokens.access, then all others
//	GET  /transfer/page/{file}     admin::transfer.tokens.access: the files that it loads
//	GET  /transfer/page/style.css  everyone, for the document that says why
//	GET  /transfer/page/icon.svg   everyone, as well
//	GET  /transfer                 everyone: redirects to the page
//
// # Routes
//
// Authorize is asked for the action. HEAD does the same as GET, OPTIONS lists the
// methods, and a slash at the end of a path makes no difference.
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
// The body of a create is a JSON object with name and permissions (an array of
// "push" and "pull"), and optionally description, suspended and lifespan:
// 604800000, 2592000000 or 7776000000 milliseconds, or null for unlimited, which is
// also the default. The body of an update has any of name, description, permissions
// and suspended. A regenerate needs no body. A lifespan that the service does not
// allow is refused, and so is a regenerate that would start one again.
//
// A list is complete, and sorted by the bytes of the names. With ?limit=, 1 to 1000,
// or ?after=, an ID, it is a page of limit tokens, 100 by default, sorted by ID,
// which is the order of creation. The next page starts after the last ID of this
// one. A page that is shorter than its limit is the last. ?createdBy= leaves only
// the tokens of one maker, who may be empty. ?expiresBefore=, a time by RFC 3339,
// leaves only those whose expiresAt is before it, expired ones included. Both can be
// paged.
//
// # Answers
//
// The body is {"data": …} with a token, an array of tokens, or null for a delete of
// a token that is not there. A token has id, name, description, lastUsedAt,
// lifespan (milliseconds as a string), expiresAt, createdAt, updatedAt and
// permissions, in this order. When it is created it also has accessKey, the secret.
// ?view=full adds hint, createdBy, suspended and revision. A regenerate answers with id, name
// and accessKey. Times are in UTC with three digits for the milliseconds; null means
// never and unlimited. A limited token without an end, which only damage to the
// store can make, is refused as expired and has 1970-01-01T00:00:00.000Z.
//
// A refusal is {"data": null, "error": …} with status, name, message and details,
// except for 405, which is plain text. The details of a ValidationError name each
// field at fault. All answers are Cache-Control: no-store, and what they repeat of a
// request is escaped for HTML.
//
// # Order of checks
//
// The answer is the first that applies.
//
//	403 ForbiddenError             a write that a page of another origin sends
//	404 NotFoundError              no such path
//	405                            no such method
//	401 UnauthorizedError          Authorize says ErrUnauthorized
//	403 PolicyError                Authorize says ErrForbidden
//	503 ServiceUnavailableError    Authorize fails
//	501 NotImplementedError        transfer tokens are disabled
//	400 ValidationError            a parameter of the query is malformed
//	413 PayloadTooLargeError       the body has more than 1 MiB
//	415 UnsupportedMediaTypeError  the body is not JSON by its Content-Type, or compressed
//	400 SyntaxError                the body is not a JSON object or array
//	400 ValidationError            the body does not hold what it should, or If-Match is malformed
//	404 NotFoundError              no token has the ID
//	412 PreconditionFailedError    If-Match names another revision
//	409 ConflictError              others changed the token at the same moment
//	400 ApplicationError           another token has the name
//	503 ServiceUnavailableError    the store fails
//
// A regenerate of a token whose lifespan cannot start again is a ValidationError,
// after the check of If-Match. After a 503 the write may have taken effect nevertheless. [Options].Logger gets
// the reason, and the client does not.
//
// # Two administrators at once
//
// The ETag of the answer for one token begins with its revision, such as "3" or
// "3.mdxk81zc". A PUT, a regenerate or a DELETE that sends it back as If-Match takes
// effect only if the token still has this revision, and gets 412 otherwise. A use of
// the token does not make a new revision. If-Match: * requires only that the token
// exists. Without If-Match an update applies to the stored token, and the fields
// that it does not name stay.
//
// "3" alone will do, and view=full has the revision in the body. That helps behind a
// proxy that makes entity tags weak, as nginx does when it compresses: a weak tag
// never matches (RFC 9110, section 13.1.1). A malformed If-Match is refused. For a
// token that is not there, a PUT or a regenerate gets 404 in any case. A DELETE gets
// 200 with null, or 412 with If-Match.
//
// # Cross-origin requests
//
// [http.CrossOriginProtection] refuses a write that a browser sends from a page of
// another origin, in case Authorize relies on a cookie. Behind a proxy that changes
// the Host header, name the public origin in [Options].TrustedOrigins.
package admin
