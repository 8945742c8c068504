package archive

import (
	"errors"
	"fmt"
	"math"
	"time"

	"filippo.io/age"
)

// The errors that callers tell apart, with [errors.Is]. A limit that was exceeded is
// [datatransfer.ErrTooLarge]. No error holds the content of a record or a file.
var (
	// ErrNotArchive means that a file or folder is not an archive: it has another
	// format, or no metadata.json.
	ErrNotArchive = errors.New("archive: not an archive")

	// ErrPassphrase means that the passphrase or the identity that an encrypted
	// archive needs is missing or wrong. Strapi's encryption cannot tell a wrong
	// passphrase from a damaged beginning, so both are this error.
	ErrPassphrase = errors.New("archive: passphrase missing or wrong")

	// ErrCorrupt means that an archive is damaged, incomplete or forged: it was cut
	// or altered, or holds records, names or files that an archive must not hold.
	ErrCorrupt = errors.New("archive: corrupt")
)

// A Format says how an archive is stored.
type Format int

// The formats.
const (
	FormatTar Format = iota // one file
	FormatDir               // a folder, neither compressed nor encrypted
)

func (f Format) String() string {
	switch f {
	case FormatTar:
		return "tar"
	case FormatDir:
		return "dir"
	}
	return fmt.Sprintf("Format(%d)", int(f))
}

// An Encryption says how an archive is encrypted.
type Encryption int

// The encryptions.
const (
	Age            Encryption = iota // age, which also detects every change
	Strapi                           // Strapi's own, which detects no change and shows equal blocks
	None                             // none
	StrapiHeader                     // Strapi's own behind a header with a salt; it is only read
	lastEncryption = StrapiHeader
)

func (e Encryption) String() string {
	switch e {
	case Age:
		return "age"
	case Strapi:
		return "strapi"
	case None:
		return "none"
	case StrapiHeader:
		return "strapi with header"
	}
	return fmt.Sprintf("Encryption(%d)", int(e))
}

// Limits bound what an archive may cost its reader. In each field 0 means the default
// and a negative number means no limit. An archive beyond a limit is refused with
// [datatransfer.ErrTooLarge].
type Limits struct {
	Record  int64 // bytes of one record, of one asset's metadata and of all schemas together; 0: 16 MiB
	Asset   int64 // bytes of one file; 0: 16 GiB
	Total   int64 // bytes of the whole archive, decrypted and decompressed; 0: 1 TiB
	Entries int64 // files, folders and other entries of the archive; 0: 10 million
	Ratio   int   // bytes that one compressed byte may become, on average; 0: 1000
}

// withDefaults returns l with a number in each field that can be compared with.
func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		limit *int64
		usual int64
	}{{&l.Record, 16 << 20}, {&l.Asset, 16 << 30}, {&l.Total, 1 << 40}, {&l.Entries, 10_000_000}} {
		switch {
		case *f.limit == 0:
			*f.limit = f.usual
		case *f.limit < 0:
			*f.limit = math.MaxInt64
		}
	}
	switch {
	case l.Ratio == 0:
		l.Ratio = 1000
	case l.Ratio < 0:
		l.Ratio = math.MaxInt32
	}
	return l
}

// ReadOptions are the options of [Open]. The zero value reads archives that are not
// encrypted.
type ReadOptions struct {
	// Passphrase returns the passphrase. Open calls it at most once, only if the
	// archive needs one, and returns its error. Nil means that there is no passphrase.
	Passphrase func() (string, error)

	Identities []age.Identity // for archives that were encrypted to age recipients
	Limits     Limits
	TempDir    string // for metadata that does not stand before its file; "": os.TempDir
}

// WriteOptions are the options of [Create]. The zero value lacks a passphrase or
// recipients, and Create refuses it.
type WriteOptions struct {
	Format     Format          // FormatDir requires the encryption None
	NoCompress bool            // leave out gzip; a folder is never compressed
	Encryption Encryption      // Age, Strapi or None
	Passphrase string          // for Age without Recipients, and for Strapi
	Recipients []age.Recipient // for Age: the archive can be read with the identity of any of them
	FileSize   int64           // bytes after which a new .jsonl file begins; 0: 64 MiB
	Overwrite  bool            // replace an archive of the same name once the new one is complete

	TempDir string           // for parts whose size is not known before; "": the folder of the archive
	Now     func() time.Time // the time that the entries carry; nil: time.Now
}

const defaultFileSize = 64 << 20

// check returns an error if the options contradict each other.
func (o *WriteOptions) check() error {
	secret := o.Passphrase != ""
	switch {
	case o.Format != FormatTar && o.Format != FormatDir:
		return fmt.Errorf("archive: unknown format %s", o.Format)
	case o.Encryption < 0 || o.Encryption > lastEncryption:
		return fmt.Errorf("archive: unknown encryption %s", o.Encryption)
	case o.Encryption == StrapiHeader:
		return errors.New("archive: Strapi's encryption with a header is not written")
	case o.Format == FormatDir && o.Encryption != None:
		return errors.New("archive: a folder cannot be encrypted")
	case o.Encryption == None && (secret || len(o.Recipients) > 0):
		return errors.New("archive: a passphrase or recipients, but no encryption")
	case o.Encryption == Strapi && len(o.Recipients) > 0:
		return errors.New("archive: Strapi's encryption has no recipients")
	case o.Encryption == Age && secret && len(o.Recipients) > 0:
		return errors.New("archive: both a passphrase and recipients")
	case o.Encryption == Strapi && !secret, o.Encryption == Age && !secret && len(o.Recipients) == 0:
		return fmt.Errorf("%w: writing needs one", ErrPassphrase)
	case o.FileSize < 0:
		return errors.New("archive: negative FileSize")
	}
	return nil
}
