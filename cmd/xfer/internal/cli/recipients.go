package cli

import (
	"os"
	"strings"

	"filippo.io/age"
	"github.com/spf13/pflag"
)

// RecipientFlags name age recipients. The holder of one of their identities can open the archive; the program that
// writes it cannot.
type RecipientFlags struct {
	recipients []string
	files      []string
}

// Register adds the flags.
func (r *RecipientFlags) Register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&r.recipients, "recipient", "r", nil,
		"age `recipient` (age1…) that can open the new archive (may be repeated)")
	flags.StringArrayVarP(&r.files, "recipients-file", "R", nil, "`file` with age recipients, one a line")
}

// Recipients returns them, or nil if no flag names one.
func (r *RecipientFlags) Recipients() ([]age.Recipient, error) {
	var recipients []age.Recipient
	for _, text := range r.recipients {
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil { // it may be an identity by mistake, so the text is not repeated
			return nil, Usagef("--recipient is not an age recipient: it must start with age1")
		}
		recipients = append(recipients, found...)
	}
	for _, name := range r.files {
		file, err := os.Open(name)
		if err != nil {
			return nil, Usagef("--recipients-file: %w", err)
		}
		found, err := age.ParseRecipients(file)
		file.Close()
		if err != nil {
			return nil, Usagef("--recipients-file %s: %w", name, err)
		}
		recipients = append(recipients, found...)
	}
	return recipients, nil
}
