// Package httpauth guards HTTP handlers with transfer tokens, presented as
// Bearer tokens (RFC 6750).
//
//	mux.Handle("POST /transfer/push", httpauth.Require(svc, transfertoken.Push, nil)(push))
//	mux.Handle("GET /transfer/pull", httpauth.Require(svc, transfertoken.Pull, nil)(pull))
//
// A guarded handler runs only for a request whose token grants what is needed;
// [GrantFrom] tells it which token that is. It gets the ResponseWriter of the
// server itself, so that it can hijack the connection, and nothing is added to
// what it answers.
//
// The token is taken from the one Authorization header and from nowhere else:
// not from the query, a cookie or a form, where it would end up in logs and
// histories. The scheme may be written in any case; the token is taken as it is.
//
// # Answers
//
// What is answered instead of running the handler. Here the handler needs Push;
// scope names what it needs, "push", "pull" or "push pull".
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
// error to name, and a realm would be one more thing to configure.
//
// Require guards every method, also OPTIONS: a browser sends no token with the
// preflight request of CORS. If browsers call the handler from pages of other
// origins, put the middleware that answers CORS outside Require.
//
// The bodies are Strapi's error envelope, application/json; [Options].Answer
// writes others. All of these answers are Cache-Control: no-store. They come
// before the body of the request has been read, and end an HTTP/1 connection on
// which a body of unknown length is under way.
//
// # Long transfers
//
// A token can expire or be revoked while a transfer runs. With
// [Options].RecheckEvery the context of the request ends when that happens, and
// [context.Cause] tells why: transfertoken.ErrExpired,
// transfertoken.ErrUnauthorized (deleted or regenerated) or
// transfertoken.ErrForbidden (narrowed). A handler has to heed its context for
// that. A read of the request's body does not: unblock it with
//
//	rc := http.NewResponseController(w)
//	stop := context.AfterFunc(r.Context(), func() { rc.SetReadDeadline(time.Now()) })
//	defer stop()
//
// and a write of the answer in the same way with SetWriteDeadline. What happens
// to the token after the last recheck is not seen: before a push takes effect,
// call Recheck of its grant once more. [Refuse] answers a transfer that has to end.
package httpauth
