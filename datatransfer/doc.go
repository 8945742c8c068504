// Package datatransfer exports, imports and transfers the data of a backend, in the
// formats of Strapi 5.
//
// # Records
//
// A transfer carries four kinds of records: an [Entity] is a row of a content type, an
// [Asset] is a file, a [Link] is a relation, a [Config] is a setting or a webhook. They
// keep JSON as it came: numbers, the order of members, and members that this package
// does not know. A [Schema] describes a content type.
//
// # Sources and destinations
//
// A [Source] is one reading of an instance's data, a [Destination] is one replacing of
// it. Archives, remote instances and the tables of a backend implement them. [Run]
// takes data from a source to a destination, as much as a [Scope] includes, and
// returns a [Report].
//
// This package knows neither HTTP nor files nor tokens.
package datatransfer
