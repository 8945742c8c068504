package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestATokenComesFromAFile(t *testing.T) {
	cfg := newConfig(t)
	cfg.TokenFile = filepath.Join(t.TempDir(), "token")
	var secrets []string
	for range 2 {
		secret, err := transfertoken.GenerateSecret("")
		require.NoError(t, err)
		secrets = append(secrets, secret.Reveal())
		require.NoError(t, os.WriteFile(cfg.TokenFile, []byte(secret.Reveal()+"\n"), 0o600))
		for range 2 { // a restart changes nothing
			s := start(t, cfg)
			for i, text := range secrets {
				r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/pull", nil)
				require.NoError(t, err)
				r.Header = bearer(text)
				res, err := http.DefaultClient.Do(r)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				if i == len(secrets)-1 {
					require.Equal(t, 200, res.StatusCode)
				} else {
					require.Equal(t, 401, res.StatusCode, "the former secret")
				}
			}
			require.NoError(t, s.stop())
			require.NotContains(t, s.log.String(), secret.Reveal())
		}
	}
}
