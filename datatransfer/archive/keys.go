package archive

import (
	"errors"
	"fmt"
	"runtime/debug"

	"filippo.io/age"
)

const (
	ageWriteWorkFactor = 15 // 0.2 s and 39 MiB
	ageReadWorkFactor  = 18 // 1.4 s and 328 MiB; an archive that asks for more is refused
)

// A keyring knows the secrets of a reader, and asks for the passphrase once.
type keyring struct {
	ask        func() (string, error)
	identities []age.Identity

	asked      bool
	passphrase string
	err        error
	fileKey    []byte // of the age file, once it was found
}

// secret returns the passphrase. It asks for it the first time.
func (k *keyring) secret() (string, error) {
	if k.asked {
		return k.passphrase, k.err
	}
	k.asked = true
	if k.ask == nil {
		k.err = fmt.Errorf("%w: the archive is encrypted", ErrPassphrase)
		return "", k.err
	}
	k.passphrase, k.err = k.ask()
	if k.err == nil && k.passphrase == "" {
		k.err = fmt.Errorf("%w: it is empty", ErrPassphrase)
	}
	return k.passphrase, k.err
}

// Unwrap makes the keyring an [age.Identity]. It remembers the key of the file, so that
// reading the archive again derives no key again.
func (k *keyring) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if k.fileKey != nil {
		return k.fileKey, nil
	}
	for _, identity := range k.identities {
		key, err := identity.Unwrap(stanzas)
		if err == nil {
			k.fileKey = key
			return key, nil
		}
		if !errors.Is(err, age.ErrIncorrectIdentity) {
			return nil, err
		}
	}
	if len(stanzas) != 1 || stanzas[0].Type != "scrypt" {
		return nil, age.ErrIncorrectIdentity
	}
	passphrase, err := k.secret()
	if err != nil {
		return nil, err
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(ageReadWorkFactor)
	defer freeKeyDerivation()
	k.fileKey, err = identity.Unwrap(stanzas)
	return k.fileKey, err
}

// ageRecipients returns the recipients that an archive is encrypted to.
func ageRecipients(opts *WriteOptions) ([]age.Recipient, error) {
	if len(opts.Recipients) > 0 {
		return opts.Recipients, nil
	}
	recipient, err := age.NewScryptRecipient(opts.Passphrase)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(ageWriteWorkFactor)
	return []age.Recipient{recipient}, nil
}

// freeKeyDerivation returns the memory of scrypt, up to 256 MiB, to the system. It
// would otherwise let the heap grow to twice as much before the next collection.
func freeKeyDerivation() { debug.FreeOSMemory() }
