// Package transfertest checks that a [datatransfer.Source] and a
// [datatransfer.Destination] keep their contract, and helps to test what uses them.
//
// # Checking an implementation
//
// Call [Run] from a test of the package that implements them, with an [Instance] that
// opens both on the same data; the example of Run is all that is needed. Every check is a
// subtest with an instance of its own. A failure states the rule that was broken and then
// what was seen. Run the suite with -race too, as some checks use an instance from several
// goroutines.
//
// If the destination has schemas, the suite makes data of these types with [Generate]; if
// it takes any data, as an archive does, the suite uses types of its own. An instance whose
// tables have rules that schemas cannot express implements [Sampler]: it changes what
// Generate returns. An instance may give records new IDs or keep them. Checks that the data
// gives no opportunity for, such as those of files in an instance without files, are
// skipped. A [MemoryHolder] and a [WholeReplacer] say what an instance is not made for.
//
// # Testing transfers
//
// A [MemoryInstance] is an instance to transfer from and to. A [Snapshot] holds the data
// of one reading, and is a Source too. [Compare], [RequireEqual] and [RequireEquivalent]
// compare two sources, record by record as JSON and file by file by SHA-256. A [Remote] serves
// an instance to the clients of live transfers.
//
// # Where things are
//
// transfertest.go has Run and the interfaces, trial.go what a check works with, feed.go how
// it drives a destination. The checks are in the files that begin with check_. generate.go,
// generate_values.go and generate_files.go make data, sample.go has the types for instances
// that take any. memory.go and memory_destination.go are the MemoryInstance, snapshot.go
// and ids.go the data it holds. compare.go, compare_records.go and compare_ids.go compare.
// remote.go is a remote end for the tests of clients.
package transfertest
