package archive_test

import (
	"context"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// instance is an archive that each transfer writes anew.
type instance struct {
	name    string // without extension
	ext     string
	writing archive.WriteOptions
	reading archive.ReadOptions
}

func (i instance) Source(ctx context.Context) (datatransfer.Source, error) {
	return archive.Open(ctx, i.name+i.ext, &i.reading)
}

func (i instance) Destination(context.Context) (datatransfer.Destination, error) {
	return archive.Create(i.name, &i.writing)
}

func (instance) ReplacesWhole() bool { return true }

// TestContract holds archives of one file to the contract of Source and Destination. A folder
// cannot keep all of it: a reader fails if the folder is replaced meanwhile.
func TestContract(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	for _, c := range []instance{
		{ext: ".tar", writing: archive.WriteOptions{Encryption: archive.None, NoCompress: true}},
		{
			ext:     ".tar.age", // the race detector makes compression of large files very slow
			writing: archive.WriteOptions{Recipients: []age.Recipient{identity.Recipient()}, NoCompress: true},
			reading: archive.ReadOptions{Identities: []age.Identity{identity}},
		},
	} {
		t.Run("archive"+c.ext, func(t *testing.T) {
			transfertest.Run(t, func(t testing.TB) transfertest.Instance {
				c.name = filepath.Join(t.TempDir(), "archive")
				c.writing.Overwrite = true
				return c
			})
		})
	}
}
