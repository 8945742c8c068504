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
// change and can be opened with the age command. [Strapi] is what strapi import reads;
// it detects changes only by chance and shows which parts of a file are equal.
//
// # Memory
//
// Memory grows with the largest record, not with the archive. Beside that a Reader keeps
// about 12 bytes for each entity, component and file, to find links and files that are missing,
// and 24 bytes for each asset.
package archive
