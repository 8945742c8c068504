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
// Push: status, name of the error, challenge, message. scope names the need: "push",
// "pull" or "push pull".
//
//	no Authorization header, an empty one, or another scheme
//		401 UnauthorizedError
//		WWW-Authenticate: Bearer
//		Missing or invalid credentials
//
//	a token that is empty, malformed, unknown, replaced or deleted, or with anything after it
//		401 UnauthorizedError
//		WWW-Authenticate: Bearer error="invalid_token"
//		Missing or invalid credentials
//
//	an expired token
//		401 UnauthorizedError
//		WWW-Authenticate: Bearer error="invalid_token", error_description="Token expired"
//		Token expired
//
//	a suspended token
//		401 UnauthorizedError
//		WWW-Authenticate: Bearer error="invalid_token", error_description="Token suspended"
//		Token suspended
//
//	a token that does not grant what is needed
//		403 ForbiddenError
//		WWW-Authenticate: Bearer error="insufficient_scope", scope="push"
//		Forbidden
//
//	more than one Authorization header
//		400 BadRequestError
//		WWW-Authenticate: Bearer error="invalid_request"
//		More than one Authorization header
//
//	the store fails, or the request ends before the store has answered
//		503 ServiceUnavailableError
//		Service Unavailable
//
//	transfer tokens are disabled, whatever is presented
//		501 NotImplementedError
//		The server configuration for data transfer is invalid. Please contact your server administrator.
//
// The challenge without parameters is that of RFC 6750, section 3.1, for a request
// without credentials. Section 3 asks for at least one parameter, but there is no
// error to name, and a realm would be one more setting.
//
// The bodies are Strapi's error envelope, application/json:
//
//	{"data":null,"error":{"status":…,"name":…,"message":…,"details":{}}}
//
// The details of 501 are {"code":"INVALID_TOKEN_SALT"}. [Options].Answer can write
// other bodies. All of these answers are Cache-Control: no-store. They come
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
// transfertoken.ErrSuspended, transfertoken.ErrUnauthorized (deleted or regenerated)
// or transfertoken.ErrForbidden (narrowed).
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
