// Package serve is the remote end of a transfer, over any connection that carries messages:
// [Push] replaces the data of a Destination by the data that a client sends, and [Pull] sends
// the data of a Source.
//
// Package remote gives it WebSockets, tokens and limits of connections; package transfertest
// gives it faults.
//
//	peer.go          the connection: reading, replying, repeated requests
//	push.go          Push: a state machine that answers requests
//	push_records.go  the records and parts of files in a message
//	feed.go          the Source that a push makes of what arrives
//	gate.go          the Destination of a push, which commits only when it was asked to
//	pull.go          Pull
package serve
