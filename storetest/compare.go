package storetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// differences says in which fields got is not want, or "".
func differences(got, want transfertoken.Record) string {
	var d []string
	text := func(field, got, want string) {
		if got != want {
			d = append(d, fmt.Sprintf("%s is %s, want %s", field, show(got), show(want)))
		}
	}
	instant := func(field string, got, want time.Time) {
		switch {
		case !got.Equal(want):
			d = append(d, fmt.Sprintf("%s is %s, want %s", field, showTime(got), showTime(want)))
		case got.Location() != time.UTC:
			d = append(d, fmt.Sprintf("%s is in the location %s, want UTC", field, got.Location()))
		}
	}
	if got.ID != want.ID {
		d = append(d, fmt.Sprintf("ID is %s, want %s", got.ID, want.ID))
	}
	text("Name", got.Name, want.Name)
	text("Description", got.Description, want.Description)
	if got.Permissions != want.Permissions {
		d = append(d, fmt.Sprintf("Permissions are %#b, want %#b", uint8(got.Permissions), uint8(want.Permissions)))
	}
	text("Lifespan", string(got.Lifespan), string(want.Lifespan))
	text("CreatedBy", got.CreatedBy, want.CreatedBy)
	text("Hint", got.Hint, want.Hint)
	instant("CreatedAt", got.CreatedAt, want.CreatedAt)
	instant("UpdatedAt", got.UpdatedAt, want.UpdatedAt)
	instant("ExpiresAt", got.ExpiresAt, want.ExpiresAt)
	instant("LastUsedAt", got.LastUsedAt, want.LastUsedAt)
	if got.Revision != want.Revision {
		d = append(d, fmt.Sprintf("Revision is %d, want %d", got.Revision, want.Revision))
	}
	if got.Digest != want.Digest {
		d = append(d, "Digest is another one")
	}
	text("SaltID", got.SaltID, want.SaltID)
	return strings.Join(d, "; ")
}

// show quotes text, in short if it is long.
func show(text string) string {
	const most = 60
	if len(text) <= most {
		return fmt.Sprintf("%+q", text)
	}
	return fmt.Sprintf("%+q… (%d bytes)", text[:most], len(text))
}

func showTime(at time.Time) string {
	if at.IsZero() {
		return "zero"
	}
	return at.Format(time.RFC3339Nano)
}
