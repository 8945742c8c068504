package transfertoken_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestAValidationErrorIsErrInvalidAndNamesItsFields(t *testing.T) {
	err := &transfertoken.ValidationError{Fields: []transfertoken.FieldError{
		{Field: "name", Problem: "must not be empty"},
		{Field: "lifespan", Problem: "must be one of four"},
	}}
	require.ErrorIs(t, err, transfertoken.ErrInvalid)
	require.EqualError(t, err, "transfertoken: invalid: name must not be empty; lifespan must be one of four")
	require.EqualError(t, &transfertoken.ValidationError{}, "transfertoken: invalid")
	data, marshalErr := json.Marshal(err)
	require.NoError(t, marshalErr)
	require.JSONEq(t, `{"fields":[
		{"field":"name","problem":"must not be empty"},
		{"field":"lifespan","problem":"must be one of four"}
	]}`, string(data))
}

func TestAValidationErrorCollectsProblems(t *testing.T) {
	var problems transfertoken.ValidationError
	require.True(t, problems.Err() == nil, "an untyped nil")
	problems.Add("name", "must not be empty")
	problems.Add("name", "must be valid UTF-8")
	err := problems.Err()
	require.Equal(t, []string{"name", "name"}, fieldsOf(t, err))
	require.EqualError(t, err, "transfertoken: invalid: name must not be empty; name must be valid UTF-8")
}

func TestSentinelsAreDistinct(t *testing.T) {
	sentinels := []error{
		transfertoken.ErrDisabled, transfertoken.ErrWeakSalt, transfertoken.ErrInvalid,
		transfertoken.ErrNotFound, transfertoken.ErrNameTaken,
		transfertoken.ErrSecretTaken, transfertoken.ErrConflict, transfertoken.ErrUnauthorized,
		transfertoken.ErrExpired, transfertoken.ErrSuspended, transfertoken.ErrForbidden,
		transfertoken.ErrReadOnly,
	}
	for i, a := range sentinels {
		for j, b := range sentinels {
			want := i == j || b == transfertoken.ErrUnauthorized &&
				(a == transfertoken.ErrExpired || a == transfertoken.ErrSuspended)
			require.Equal(t, want, errors.Is(a, b), "%v is %v", a, b)
		}
	}
}

// A driver's text may quote the key, which is a digest or a name.
func TestTheTextOfADriverAroundAContractErrorIsDropped(t *testing.T) {
	f := newFixture(t, nil)
	for _, contract := range []error{
		transfertoken.ErrNotFound, transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken,
		transfertoken.ErrConflict,
	} {
		f.spy.hook(func(string) error {
			return fmt.Errorf("duplicate entry 'b3c3b183' for key 'digest': %w", contract)
		}, nil)
		_, err := f.Create(t.Context(),
			transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
		require.Equal(t, contract, err)
		_, err = f.Get(t.Context(), uuid.New())
		require.Equal(t, contract, err)
	}
}

func TestAStoreThatFindsSomethingInvalidHasFailed(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
	f.spy.hook(func(string) error {
		return fmt.Errorf(
			"mystore: %w",
			&transfertoken.ValidationError{
				Fields: []transfertoken.FieldError{{Field: "limit", Problem: "must be lower"}},
			},
		)
	}, nil)
	for name, do := range operations(t.Context(), uuid.New(), wellFormed[0]) {
		err := do(f.TokenService)
		require.ErrorContains(t, err, "limit must be lower", name)
		require.NotErrorIs(t, err, transfertoken.ErrInvalid, name)
	}
}

func TestAStoreFailureIsWrappedWithTheOperation(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
	f.spy.hook(func(string) error { return errStore }, nil)
	for name, do := range operations(t.Context(), uuid.New(), wellFormed[0]) {
		err := do(f.TokenService)
		require.ErrorIs(t, err, errStore, name)
		require.Regexp(t, `^transfertoken: [a-z ]+: disk on fire$`, err.Error(), name)
	}
}
