// Package archive reads and writes archives of a backend's data, in the format of
// strapi export and strapi import.
//
// [Open] returns a [Reader], which is a [datatransfer.Source]; [Create] returns a [Writer],
// which is a [datatransfer.Destination]. [datatransfer.Run] carries data from one to the
// other, or to and from a running backend:
//
//	w, err := archive.Create("backup", &archive.WriteOptions{Passphrase: passphrase})
//	if err != nil {
//		return err
//	}
//	report, err := datatransfer.Run(ctx, source, w, nil) // the file is w.Name(): backup.tar.gz.age
//
// # Format
//
// An archive is a tar, or a folder with the same files:
//
//	schemas/schemas_00001.jsonl              one content type or component a line
//	entities/entities_00001.jsonl            one row a line
//	assets/metadata/<hash><ext>.json         the row of the media library, or the format of an image
//	assets/uploads/<hash><ext>               the file
//	links/links_00001.jsonl                  one relation a line
//	configuration/configuration_00001.jsonl  one setting or webhook a line
//	metadata.json                            when and by which version it was made
//
// A tar may be compressed with gzip and then be encrypted. [Age], the default, detects every
// change and can be opened with the age command. [Strapi] is for strapi import: a changed
// archive is detected only by chance, and equal parts of it can be seen to be equal.
//
// # Memory
//
// Memory grows with the largest record, not with the archive. Beside that a Reader keeps
// about 12 bytes for each entity, component and file, to find links and files that are missing,
// and 24 bytes for each asset. Deriving the key of a passphrase needs 40 MiB to write an age
// archive, as much to read it again, and up to 330 MiB to read one that the age command made.
//
// # Where things are
//
//	options.go         formats, encryptions, limits, options, errors
//	info.go            Info and the findings
//	reader.go          Open, and how stages share one reading
//	reader_records.go  the sequences of a Reader
//	check.go           the first reading, which checks everything
//	check_assets.go    its part for files and their metadata
//	contents.go        what is missing in an archive, and secrets in it
//	container.go       detection, decryption, decompression
//	keys.go            passphrases and identities
//	strapi_cipher.go   Strapi's encryption
//	tree.go            entries and their names
//	tar_tree.go        entries of a tar
//	dir_tree.go        entries of a folder
//	lines.go           lines of a file; place.go names them in errors
//	asset_metadata.go  the rules for the metadata of an asset
//	members.go         members of JSON objects
//	hash_table.go      sets of names and IDs; asset_names.go uses one
//	spool.go           temporary files
//	create.go          Create and the Writer
//	writer.go          its methods; line_files.go collects the lines
//	tar_sink.go        the file that a Writer writes; dir_sink.go the folder
//	system_*, lock_*   what differs between systems; sync.go
package archive
