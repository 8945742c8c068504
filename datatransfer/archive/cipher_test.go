package archive_test

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/scrypt"

	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// strapiEncrypt encrypts as Strapi does, written apart from the package: the key is
// scrypt(passphrase, salt), and each block is encrypted by itself.
func strapiEncrypt(t testing.TB, plain, salt []byte) []byte {
	t.Helper()
	key, err := scrypt.Key([]byte(passphrase), salt, 16384, 8, 1, 16)
	require.NoError(t, err)
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	padding := 16 - len(plain)%16
	plain = append(bytes.Clone(plain), bytes.Repeat([]byte{byte(padding)}, padding)...)
	for b := plain; len(b) > 0; b = b[16:] {
		block.Encrypt(b, b)
	}
	return plain
}

// strapiHeader returns the header that is proposed for Strapi's encryption.
func strapiHeader(version, flags byte, fields ...[]byte) []byte {
	joined := bytes.Join(fields, nil)
	header := append([]byte("STRAPIEX"), version)
	header = binary.BigEndian.AppendUint16(header, uint16(len(joined)))
	return append(append(header, flags), joined...)
}

func field(kind byte, value ...byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{kind}, uint16(len(value))), value...)
}

func TestStrapisHeaderGivesTheSalt(t *testing.T) {
	salt := []byte("0123456789abcdef")
	plain, err := os.ReadFile("testdata/export.tar")
	require.NoError(t, err)
	encrypted := strapiEncrypt(t, plain, salt)
	for _, test := range []struct {
		name   string
		header []byte
		err    error
	}{
		{"all fields", strapiHeader(1, 0, field(1, salt...), field(2, 0), field(3, 0)), nil},
		{"an unknown field is skipped", strapiHeader(1, 0, field(9, 1, 2, 3), field(1, salt...)), nil},
		{"another version", strapiHeader(2, 0, field(1, salt...)), archive.ErrCorrupt},
		{"flags", strapiHeader(1, 1, field(1, salt...)), archive.ErrCorrupt},
		{"no salt", strapiHeader(1, 0, field(2, 0)), archive.ErrCorrupt},
		{"two salts", strapiHeader(1, 0, field(1, salt...), field(1, salt...)), archive.ErrCorrupt},
		{"a short salt", strapiHeader(1, 0, field(1, salt[:15]...)), archive.ErrCorrupt},
		{"another key derivation", strapiHeader(1, 0, field(1, salt...), field(2, 1)), archive.ErrCorrupt},
		{"another cipher", strapiHeader(1, 0, field(1, salt...), field(3, 1)), archive.ErrCorrupt},
		{"a field that is too long", strapiHeader(1, 0, []byte{1, 0, 99, 1}), archive.ErrCorrupt},
		{"half a field", strapiHeader(1, 0, []byte{1, 0}), archive.ErrCorrupt},
		{"another salt", strapiHeader(1, 0, field(1, []byte("fedcba9876543210")...)), archive.ErrPassphrase},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := archive.Open(t.Context(), save(t, append(test.header, encrypted...)), withPassphrase())
			if test.err != nil {
				require.ErrorIs(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, archive.StrapiHeader, r.Info().Encryption)
			require.NoError(t, r.Close())
		})
	}
	header := strapiHeader(1, 0, field(1, salt...))
	for n := len("STRAPIEX"); n < len(header); n++ {
		_, err := archive.Open(t.Context(), save(t, header[:n]), withPassphrase())
		require.ErrorIs(t, err, archive.ErrCorrupt)
	}
}

func TestStrapisEncryptionOfAnyLengthIsRead(t *testing.T) {
	key := []byte("0123456789abcdef")
	for n := range 70 {
		for _, size := range []int{n, 64<<10 - 35 + n} { // near the ends of blocks and of buffers
			plain := bytes.Repeat([]byte{byte(n)}, size)
			var encrypted bytes.Buffer
			w, err := archive.NewECBWriter(&encrypted, key)
			require.NoError(t, err)
			_, err = w.Write(plain)
			require.NoError(t, err)
			require.NoError(t, w.Close())
			require.Equal(t, size/16*16+16, encrypted.Len())
			r, err := archive.NewECBReader(bytes.NewReader(encrypted.Bytes()), key)
			require.NoError(t, err)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.True(t, bytes.Equal(plain, got))
			r, err = archive.NewECBReader(bytes.NewReader(encrypted.Bytes()[:encrypted.Len()-1]), key)
			require.NoError(t, err)
			_, err = io.ReadAll(r)
			require.Error(t, err)
		}
	}
}

func TestStrapisEncryptionWithWrongPaddingIsRefused(t *testing.T) {
	key := []byte("0123456789abcdef")
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	for name, plain := range map[string][]byte{
		"0":              make([]byte, 16),
		"17":             bytes.Repeat([]byte{17}, 16),
		"255":            bytes.Repeat([]byte{255}, 16),
		"2, only once":   append(make([]byte, 15), 2),
		"16, not in all": append([]byte{15}, bytes.Repeat([]byte{16}, 15)...),
		"no whole block": {1},
		"nothing":        {},
	} {
		encrypted := bytes.Clone(plain)
		if len(plain) == 16 {
			block.Encrypt(encrypted, plain)
		}
		r, err := archive.NewECBReader(bytes.NewReader(encrypted), key)
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.Error(t, err, name)
	}
}

func TestAPassphraseIsAskedForOnceAndOnlyIfItIsNeeded(t *testing.T) {
	for _, k := range append(kinds(t)[:5], passphraseKinds()...) {
		t.Run(k.name, func(t *testing.T) {
			name := write(t, filepath.Join(t.TempDir(), "x"), k.write, open(t, "testdata/export.tar", nil))
			asked := 0
			r := open(t, name, &archive.ReadOptions{Identities: k.read.Identities, Passphrase: func() (string, error) {
				asked++
				return passphrase, nil
			}})
			takeSnapshot(t, r)
			takeSnapshot(t, r)
			want := 0
			if k.write.Passphrase != "" {
				want = 1
			}
			require.Equal(t, want, asked)
		})
	}
}

func TestAWrongOrMissingPassphraseIsFoundOut(t *testing.T) {
	wrong := errors.New("nobody at the terminal")
	other, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	for _, k := range append(kinds(t)[3:5], passphraseKinds()...) {
		t.Run(k.name, func(t *testing.T) {
			name := write(t, filepath.Join(t.TempDir(), "x"), k.write, open(t, "testdata/export.tar", nil))
			asked := 0
			_, err := archive.Open(t.Context(), name, &archive.ReadOptions{Passphrase: func() (string, error) {
				asked++
				return "wrong-horse", nil
			}, Identities: []age.Identity{other}})
			require.ErrorIs(t, err, archive.ErrPassphrase)
			require.NotContains(t, err.Error(), "horse")
			require.LessOrEqual(t, asked, 1)

			_, err = archive.Open(t.Context(), name, nil)
			require.ErrorIs(t, err, archive.ErrPassphrase)

			if k.write.Passphrase == "" {
				return
			}
			for answer, want := range map[error]error{wrong: wrong, nil: archive.ErrPassphrase} {
				_, err = archive.Open(t.Context(), name, &archive.ReadOptions{
					Passphrase: func() (string, error) { return "", answer },
				})
				require.ErrorIs(t, err, want)
			}
		})
	}
}

// A wrong key of Strapi's encryption gives valid padding once in 256 times, so what is
// decrypted must be looked at.
func TestManyWrongPassphrasesAreFoundOut(t *testing.T) {
	const passphrases = 5 // deriving a key takes its time
	name := write(t, filepath.Join(t.TempDir(), "x"), archive.WriteOptions{
		Encryption: archive.Strapi, Passphrase: passphrase, NoCompress: true,
	}, open(t, "testdata/export.tar", nil))
	for i := range passphrases {
		_, err := archive.Open(t.Context(), name, &archive.ReadOptions{
			Passphrase: func() (string, error) { return fmt.Sprint("wrong", i), nil },
		})
		require.ErrorIs(t, err, archive.ErrPassphrase)
	}
}

func TestAKeyDerivationThatCostsTooMuchIsRefused(t *testing.T) {
	var out bytes.Buffer
	recipient, err := age.NewScryptRecipient(passphrase)
	require.NoError(t, err)
	recipient.SetWorkFactor(1)
	w, err := age.Encrypt(&out, recipient)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for _, factor := range []string{"19", "30", "64", "-1", "999999999999"} {
		text := bytes.Replace(out.Bytes(), []byte(" 1\n"), []byte(" "+factor+"\n"), 1)
		_, err = archive.Open(t.Context(), save(t, text), withPassphrase())
		require.Error(t, err)
		require.ErrorIs(t, err, archive.ErrCorrupt)
	}
}

func TestAnAgeHeaderIsNotHeldHoweverLongItIs(t *testing.T) {
	header := "age-encryption.org/v1\n-> X25519 " + strings.Repeat("A", 64<<20)
	var before, after runtime.MemStats
	name := save(t, []byte(header))
	runtime.ReadMemStats(&before)
	_, err := archive.Open(t.Context(), name, withPassphrase())
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, archive.ErrCorrupt)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "bytes that were ever allocated")
}

// cutPoints returns places below n: near both ends, and some anywhere. They are few if a
// key has to be derived for each.
func cutPoints(n, some int, k kind) (cuts []int) {
	if k.write.Passphrase != "" {
		return []int{0, n / 2, n - 1024, n - 16, n - 1}
	}
	cuts = []int{0, 1, 511, 512, n - 1025, n - 1024, n - 513, n - 512, n - 17, n - 16, n - 9, n - 8, n - 1}
	random := rand.New(rand.NewPCG(1, 2))
	for range some {
		cuts = append(cuts, random.IntN(n))
	}
	return cuts
}

func TestATruncatedArchiveIsRefused(t *testing.T) {
	for _, k := range kinds(t) {
		if k.name == "dir" {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			text, err := os.ReadFile(write(t, filepath.Join(t.TempDir(), "x"), k.write, open(t, "testdata/export.tar", nil)))
			require.NoError(t, err)
			for _, n := range cutPoints(len(text), 30, k) {
				_, err := archive.Open(t.Context(), save(t, text[:n]), &k.read)
				require.Error(t, err, "cut at %d of %d", n, len(text))
				require.True(t, errors.Is(err, archive.ErrCorrupt) || errors.Is(err, archive.ErrNotArchive) ||
					errors.Is(err, archive.ErrPassphrase), err)
			}
		})
	}
}

// What is compressed or encrypted by age has a sum over all of it. A plain tar, and
// Strapi's encryption of one, have none over the content of files.
func TestAnAlteredArchiveIsRefused(t *testing.T) {
	for _, k := range kinds(t) {
		if k.name != "tar.gz" && k.name != "tar.age" && k.name != "tar.gz.enc" {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			original := open(t, "testdata/export.tar", nil)
			text, err := os.ReadFile(write(t, filepath.Join(t.TempDir(), "x"), k.write, original))
			require.NoError(t, err)
			for _, n := range cutPoints(len(text), 60, k) {
				altered := bytes.Clone(text)
				altered[n] ^= 1 << (n % 8)
				_, err := archive.Open(t.Context(), save(t, altered), &k.read)
				require.Error(t, err, "byte %d of %d", n, len(text))
			}
		})
	}
}
