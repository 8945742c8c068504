// Package datatransfer exports, imports and transfers the data of a backend, in the
// formats of Strapi 5.
//
// # Records
//
// A transfer carries four kinds of records: an [Entity] is a row of a content type, an
// [Asset] is a file of the media library, a [Link] is a relation, and a [Config] is a
// setting or a webhook. They keep JSON as it came: numbers, the order of members in
// data, and members that this package does not know. A [Schema] describes a content type
// or a component.
//
// A [Parser] decodes records, and their AppendJSON methods encode them. Both refuse
// what another reader might understand in another way: names that stand twice in an
// object, text that is not UTF-8, JSON that is deeper than [MaxDepth].
//
// # Sources and destinations
//
// A [Source] is one reading of an instance's data, and a [Destination] is one replacing
// of it: all of it, or nothing. Archives, remote instances and the tables of a backend
// implement them. Package transfertest tests implementations.
//
// [Run] takes data from a source to a destination, as much as a [Scope] includes, and
// returns a [Report]. It streams: it holds one record at a time, and 8 bytes for each
// file.
//
// # What does not travel
//
// Types of admin (users, roles, tokens), Strapi's release types and the types that
// [Options] names are protected: Run drops their entities, links that touch them, and
// relations to them in the data of others, whatever the source yields. Run also drops what
// the destination has no place for, if OnDifference agrees. The report counts all of it, by
// reason: see [DroppedProtected].
//
// The data of everything else travels as it is: hashes of passwords in the users of an
// application, headers of webhooks, and whatever else content and settings hold.
//
// # Where to read
//
//   - records.go, refs.go, metadata.go, schemas.go: the types
//   - parse.go, members.go, append.go: their JSON
//   - transfer.go: the contract of Source and Destination
//   - run.go, stream.go, assets.go: Run, and the way of one record through it
//   - protected.go, scope.go, diff.go: what travels; filter.go, models.go: what is dropped
//   - cut.go, edit.go: how members are cut out of data
//   - options.go, report.go, errors.go: what goes into Run, and what comes out
//
// This package knows neither HTTP nor files nor tokens.
package datatransfer
