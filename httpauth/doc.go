// Package httpauth guards HTTP handlers with transfer tokens, presented as
// Bearer tokens (RFC 6750).
//
//	mux.Handle("POST /transfer/push", httpauth.Require(svc, transfertoken.Push, nil)(push))
//	mux.Handle("GET /transfer/pull", httpauth.Require(svc, transfertoken.Pull, nil)(pull))
//
// A guarded handler runs only for a request whose token grants what is needed.
// [GrantFrom] returns its grant. The handler gets the ResponseWriter of the server
// itself, so that it can hijack the connection. Hosts with a chain of their own can
// call [Check].
//
// The token is taken from the one Authorization header, or from the header that
// [Options] name, and from nowhere else: in a query, a cookie or a form it would end
// up in logs and histories. The scheme may be written in any case. The token is not
// changed in any way.
//
//	require.go  Require, Check and their Options, credentials in a request
//	answer.go   the answers to requests that are refused
//	watch.go    rechecks of the token during a transfer
//
// # Answers
//
// These are the answers to requests that do not reach the handler, which here needs
// Push. scope names the need: "push", "pull" or "push pull".
//
//	no Authorization header, an empty one, or another scheme
//		401
//		WWW-Authenticate: Bearer
//		{"data":null,"error":{"status":401,"name":"UnauthorizedError","message":"Missing or invalid credentials","details":{}}}
//
//	a token that is empty, malformed, unknown, replaced or deleted, or with anything after it
//		401
//		WWW-Authenticate: Bearer error="invalid_token"
//		{"data":null,"error":{"status":401,"name":"UnauthorizedError","message":"Missing or invalid credentials","details":{}}}
//
//	an expired token
//		401
//		WWW-Authenticate: Bearer error="invalid_token", error_description="Token expired"
//		{"data":null,"error":{"status":401,"name":"UnauthorizedError","message":"Token expired","details":{}}}
//
//	a token that does not grant what is needed
//		403
//		WWW-Authenticate: Bearer error="insufficient_scope", scope="push"
//		{"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden","details":{}}}
//
//	more than one Authorization header
//		400
//		WWW-Authenticate: Bearer error="invalid_request"
//		{"data":null,"error":{"status":400,"name":"BadRequestError","message":"More than one Authorization header","details":{}}}
//
//	the store fails, or the request ends before the store has answered
//		503
//		{"data":null,"error":{"status":503,"name":"ServiceUnavailableError","message":"Service Unavailable","details":{}}}
//
//	transfer tokens are disabled, whatever is presented
//		501
//		{"data":null,"error":{"status":501,"name":"NotImplementedError","message":"The server configuration for data transfer is invalid. Please contact your server administrator.","details":{"code":"INVALID_TOKEN_SALT"}}}
//
// The challenge without parameters is that of RFC 6750, section 3.1, for a request
// without credentials. Section 3 asks for at least one parameter, but there is no
// error to name, and a realm would be one more setting.
//
// The bodies are Strapi's error envelope, application/json; [Options].Answer can
// write others. All of these answers are Cache-Control: no-store. They come
// before the body of the request has been read, and end an HTTP/1 connection on
// which a body of unknown length is under way.
//
// Require guards every method, also OPTIONS, and a browser sends no token with the
// preflight request of CORS. If pages of other origins call the handler, put the
// middleware that answers CORS outside Require.
//
// # Long transfers
//
// A token can expire or be revoked while a transfer runs. With
// [Options].RecheckEvery the context of the request ends when that happens, and
// [context.Cause] returns the reason: transfertoken.ErrExpired,
// transfertoken.ErrUnauthorized (deleted or regenerated) or
// transfertoken.ErrForbidden (narrowed).
//
// Reads and writes that block end as well, also when the context of the request
// ends for another reason, such as a server that shuts down. Reads of the body fail
// at once with the cause. Writes fail a second later, so that the handler can still
// answer; [Refuse] does. This uses the deadlines of [http.ResponseController], which
// a ResponseWriter of a middleware in between must pass on. It applies to hijacked
// connections as well.
//
// A change after the last recheck goes unnoticed. Before a push takes effect, call
// Recheck of its grant once more.
package httpauth
