package tokens_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/tokens"
)

func TestSecretsHaveTheFormatOfTheLibrary(t *testing.T) {
	seen := make(map[string]bool)
	for _, number := range []int{0, 1, 9, 10, 999_999, 10_000_000} {
		secret := tokens.Secret(number)
		_, err := transfertoken.ParseSecret(secret)
		require.NoError(t, err, number)
		require.False(t, seen[secret])
		seen[secret] = true
	}
}
