package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// ensureConfigured makes the token "configured", whose secret is in the file at path,
// and brings it up to date. Containers mount such a file from where their
// deployment keeps its secrets. "" means none.
func ensureConfigured(ctx context.Context, svc *transfertoken.TokenService, path string) error {
	if path == "" || !svc.Enabled() {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	secret, err := transfertoken.ParseSecret(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	_, err = svc.Ensure(ctx, transfertoken.NewToken{
		Name:        "configured",
		Description: "Its secret comes from a file. A change here lasts until the server starts again.",
		Permissions: transfertoken.FullAccess,
		Lifespan:    transfertoken.Days90,
	}, secret)
	if errors.Is(err, transfertoken.ErrNameTaken) {
		return errors.New(`a person has made a token named "configured": rename it`)
	}
	return err
}
