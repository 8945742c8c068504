// Package wire encodes and decodes the messages of Strapi's transfer protocol, for both of its
// ends.
//
// A message is one JSON object in one WebSocket message. Requests go from the client to the
// server, and each is answered by one reply. During a pull the server also sends frames with
// data, which the client acknowledges.
//
//	read.go      reading JSON objects member by member
//	walk.go      finding the ends of JSON values without checking them
//	request.go   Request
//	reply.go     Reply, Error, Frame
//	asset.go     Item: an asset is sent as a start, streams and an end
//	base64.go    the bytes of streams
package wire
