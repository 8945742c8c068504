// Package datatransfer exports, imports and transfers the data of a backend.
package datatransfer
