// Package remote transfers data from and to a remote instance, over Strapi's transfer protocol
// and with a transfer token.
//
// [Pull] returns a Source that reads the data of the remote, and [Push] a Destination that
// replaces it. [Check] finds out whether a remote can be reached and whether a token is good
// there. The remote is a Strapi 5, or a Go backend that serves transfers.
//
// # Errors
//
// A failure of the handshake is ErrUnauthorized, ErrExpired or ErrSuspended (both are also
// ErrUnauthorized), ErrForbidden, ErrDisabled or ErrBusy, or a *HandshakeError with the status
// for any other answer. A failure that the remote reports is a *RemoteError. A connection that breaks is
// ErrInterrupted, except after a commit was sent, when it is datatransfer.ErrCommitUnknown. No
// error holds the token.
//
// # Connections
//
// The token is sent to the host of the address and to no other: a redirect is an error. While
// nothing is sent a ping goes out every 20 seconds, and a connection without an answer to one
// for two minutes is taken for broken. A transfer that is slow is not: nothing else has a
// deadline but what the caller's context says. A transfer that was interrupted starts over.
//
// # What a real Strapi does
//
// A push to a Strapi with local uploads deletes the files of the remote before it sends new
// ones: if the line breaks, the database of the remote is rolled back and its files are lost. A
// push is not refused while the remote is in use.
//
// Files:
//
//	errors.go   what fails
//	dial.go     Options, addresses, the handshake
//	session.go  requests and replies, pings
//	pull.go     Pull, Source
//	assets.go   the assets of a pull
//	push.go     Push, Destination
//	restore.go  what a push asks the remote to clear
//	check.go    Check
//	handler.go  NewHandler, the remote end
//	upgrade.go  who sets the deadlines of a connection
package remote
