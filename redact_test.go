package transfertoken_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// secrets holds texts that must not be shown, in every spelling that a program makes
// by accident.
type secrets []string

func (s *secrets) addText(text string) {
	*s = append(*s, text, hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
		base64.StdEncoding.EncodeToString([]byte(text)), strings.Trim(fmt.Sprint([]byte(text)), "[]"))
}

func (s *secrets) addDigest(d transfertoken.Digest) {
	part := d[:8]
	*s = append(*s, string(part), hex.EncodeToString(part), strings.ToUpper(hex.EncodeToString(part)),
		base64.StdEncoding.EncodeToString(d[:])[:10], strings.Trim(fmt.Sprint([]byte(part)), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", part), "[]byte{"), "}"), fmt.Sprintf("% x", part))
}

func (s secrets) requireNotIn(t *testing.T, text, where string) {
	t.Helper()
	for _, secret := range s {
		if i := strings.Index(text, secret); i >= 0 {
			require.Failf(t, "something secret is shown", "%s: %q", where, text[max(0, i-100):min(len(text), i+100)])
		}
	}
}

// unexported has its value in a field for which fmt calls no methods.
type unexported struct{ value any }

type (
	unexportedSecret  struct{ value transfertoken.Secret }
	unexportedIssued  struct{ value transfertoken.Issued }
	unexportedGrant   struct{ value transfertoken.Grant }
	unexportedService struct {
		value   transfertoken.TokenService
		pointer *transfertoken.TokenService
	}
)

func TestNothingSecretIsShown(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}, AcceptForeign: true})
	issued, err := f.Create(t.Context(),
		transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	text := issued.Secret.Reveal()
	grant, err := f.Authorize(t.Context(), text, transfertoken.Push)
	require.NoError(t, err)
	record, err := f.spy.Get(t.Context(), issued.Token.ID)
	require.NoError(t, err)
	parsed, err := transfertoken.ParseSecret(text)
	require.NoError(t, err)

	var hidden secrets
	hidden.addText(text)
	hidden.addText(string(testSalt))
	hidden.addText(string(otherSalt))
	for _, salt := range []transfertoken.Salt{testSalt, otherSalt} {
		hidden.addDigest(salt.Digest(text))
	}

	shown := map[string]any{
		"Secret":           issued.Secret,
		"parsed":           parsed,
		"Issued":           issued,
		"Record":           record,
		"Digest":           record.Digest,
		"Salt":             testSalt,
		"Grant":            grant,
		"service":          f.TokenService,
		"service by value": *f.TokenService,
		"Options":          transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}, NextSalt: testSalt},
		"MemoryStore":      f.spy.Store,
		"AdoptedToken":     transfertoken.AdoptedToken{Digest: record.Digest, Salt: testSalt},

		"Secret in an unexported field":  unexportedSecret{issued.Secret},
		"Issued in an unexported field":  unexportedIssued{issued},
		"Grant in an unexported field":   unexportedGrant{grant},
		"service in an unexported field": unexportedService{*f.TokenService, f.TokenService},
	}
	for name, value := range shown {
		// For a wrong verb fmt prints the value without calling its methods, which
		// shows strings and arrays. go vet finds that.
		verbs := "vsqxXdtboOcUeEfFgGT"
		forms := map[string]any{
			name:                       value,
			name + " in a slice":       []any{value, &value},
			name + " in a map":         map[string]any{"k": value},
			name + " in a field":       struct{ Value any }{value},
			name + " behind a pointer": &struct{ Value *any }{&value},
		}
		switch value.(type) {
		case transfertoken.Secret, transfertoken.Issued, transfertoken.Grant, transfertoken.TokenService,
			*transfertoken.TokenService,
			unexportedSecret, unexportedIssued, unexportedGrant, unexportedService:
			verbs += "pw"
			forms[name+" in an unexported any"] = unexported{value}
		}
		for where, form := range forms {
			hidden.requireNotIn(t, rendered(form, verbs), where)
		}
	}

	for _, e := range f.takeEvents() {
		hidden.requireNotIn(t, rendered(e, "vsqxXdpw"), "event")
	}
}

// printer is a testing.T that keeps the output of testify.
type printer struct{ text strings.Builder }

func (p *printer) Errorf(format string, args ...any) { fmt.Fprintf(&p.text, format, args...) }

// testify follows pointers and calls no methods when it prints differences. They end
// up in the logs of other people's CI.
func TestTestLibrariesCannotReachASecret(t *testing.T) {
	memory := transfertoken.NewMemoryStore()
	svc, err := transfertoken.New(memory, testSalt, &transfertoken.Options{
		OtherSalts: []transfertoken.Salt{otherSalt}, NextSalt: thirdSalt, TouchInterval: time.Hour,
	})
	require.NoError(t, err)
	issued, err := svc.Create(t.Context(),
		transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	text := issued.Secret.Reveal()
	parsed, err := transfertoken.ParseSecret(text)
	require.NoError(t, err)
	grant, err := svc.Authorize(t.Context(), text, transfertoken.Push)
	require.NoError(t, err)

	var hidden secrets
	hidden.addText(text)
	for _, salt := range []transfertoken.Salt{testSalt, otherSalt, thirdSalt} {
		hidden.addText(string(salt))
		hidden.addDigest(salt.Digest(text))
	}
	type host struct {
		svc    *transfertoken.TokenService
		store  *transfertoken.MemoryStore
		grant  transfertoken.Grant
		secret transfertoken.Secret
		issued transfertoken.Issued
	}
	for name, value := range map[string]any{
		"Secret":      issued.Secret,
		"parsed":      parsed,
		"Issued":      issued,
		"Grant":       grant,
		"service":     svc,
		"MemoryStore": memory,
		"all in one":  host{svc, memory, grant, issued.Secret, issued},
	} {
		var out printer
		require.False(t, assert.Equal(&out, nil, value))
		require.False(t, assert.Equal(&out, host{}, value))
		require.False(t, assert.Empty(&out, value))
		require.NotEmpty(t, out.text.String())
		hidden.requireNotIn(t, out.text.String(), name)
		reach(&out.text, reflect.ValueOf(value), map[any]bool{})
		hidden.requireNotIn(t, out.text.String(), name)
	}
}

// reach writes all strings and bytes that reflection can read, in unexported fields
// too.
func reach(out *strings.Builder, v reflect.Value, seen map[any]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			reach(out, v.Elem(), seen)
		}
	case reflect.Interface:
		reach(out, v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			reach(out, v.Field(i), seen)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			reach(out, key, seen)
			reach(out, v.MapIndex(key), seen)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			var data []byte
			for i := range v.Len() {
				data = append(data, byte(v.Index(i).Uint()))
			}
			fmt.Fprintf(out, "%s %x\n", data, data)
			return
		}
		for i := range v.Len() {
			reach(out, v.Index(i), seen)
		}
	case reflect.String:
		fmt.Fprintln(out, v.String())
	}
}

func TestCopiesOfASecretAreEqual(t *testing.T) {
	secret, err := transfertoken.ParseSecret(wellFormed[0])
	require.NoError(t, err)
	again, err := transfertoken.ParseSecret(wellFormed[0])
	require.NoError(t, err)
	copied := secret
	require.True(t, secret == copied)
	require.Equal(t, secret, copied)
	require.False(t, secret == again)
	var zero transfertoken.Secret
	require.True(t, zero == transfertoken.Secret{})
	require.Zero(t, transfertoken.Secret{})
}

// rendered returns value written in all the ways that programs use.
func rendered(value any, verbs string) string {
	var out bytes.Buffer
	for _, verb := range verbs {
		for _, flags := range []string{"", "+", "#", " ", "0100", "-100.3"} {
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", value)
		}
	}
	fmt.Fprint(&out, value)
	fmt.Fprintln(&out, value)
	fmt.Fprintln(&out, fmt.Errorf("wrapped: %v", value))

	// An encoder may have written a part before it fails.
	data, err := json.Marshal(value)
	fmt.Fprintf(&out, "%s %v\n", data, err)
	data, err = xml.Marshal(value)
	fmt.Fprintf(&out, "%s %v\n", data, err)
	var encoded bytes.Buffer
	err = gob.NewEncoder(&encoded).Encode(value)
	fmt.Fprintf(&out, "%s %v\n", encoded.Bytes(), err)

	level := &slog.HandlerOptions{Level: slog.LevelDebug}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, level), slog.NewJSONHandler(&out, level)} {
		slog.New(handler).Info("m", "value", value, slog.Group("g", "value", value))
	}
	fmt.Fprintln(&out, template.Must(template.New("").Parse("{{.}} {{printf `%v` .}}")).Execute(&out, value))
	fmt.Fprintln(
		&out,
		htmltemplate.Must(htmltemplate.New("").Parse("<a title='{{.}}'>{{.}}</a><script>{{.}}</script>")).
			Execute(&out, value),
	)
	func() {
		defer func() { fmt.Fprintln(&out, recover()) }()
		panic(value)
	}()
	return out.String()
}

func TestSaltAndSecretAreRedactedWhereTheyAreEncoded(t *testing.T) {
	secret, err := transfertoken.ParseSecret(wellFormed[0])
	require.NoError(t, err)
	for _, value := range []any{testSalt, secret, transfertoken.Secret{}, transfertoken.Salt("")} {
		require.Equal(t, "[REDACTED]", fmt.Sprint(value))
		require.Equal(t, "[REDACTED]", fmt.Sprintf("%#x", value))
		require.Equal(t, "[REDACTED]", value.(fmt.Stringer).String())
		require.Equal(t, "[REDACTED]", value.(slog.LogValuer).LogValue().String())
		data, err := json.Marshal(value)
		require.NoError(t, err)
		require.Equal(t, `"[REDACTED]"`, string(data))
	}
	require.Equal(t, "[REDACTED]", transfertoken.Digest{1}.String())

	var salt transfertoken.Salt
	require.NoError(t, json.Unmarshal([]byte(`"from a configuration file"`), &salt), "reading one is fine")
	require.Equal(t, "from a configuration file", string(salt))
	require.Error(t, json.Unmarshal([]byte(`{"secret":"`+wellFormed[0]+`"}`), new(transfertoken.Issued)),
		"a redacted secret cannot be read back")
}

// A store that marshals Records would lose the digest if it were redacted.
func TestEncodingADigestFailsLoudly(t *testing.T) {
	secret, err := transfertoken.ParseSecret(wellFormed[0])
	require.NoError(t, err)
	record := transfertoken.Record{Token: transfertoken.Token{ID: uuid.New(), Name: "n"}, Digest: testSalt.Digest("s")}
	for _, value := range []any{
		record, &record, record.Digest, []transfertoken.Record{record}, map[string]any{"r": record},
	} {
		_, err := json.Marshal(value)
		require.ErrorContains(t, err, "refusing to encode a Digest")
	}
	for _, value := range []any{
		record, record.Digest, testSalt, transfertoken.Secret{}, transfertoken.Grant{},
		transfertoken.Options{}, transfertoken.TokenService{},
		transfertoken.Issued{Secret: secret},
	} {
		var out bytes.Buffer
		require.ErrorContains(t, gob.NewEncoder(&out).Encode(value), "refusing to encode with gob", "%T", value)
	}
}

func TestNoErrorRepeatsItsInput(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{AcceptForeign: true, OtherSalts: []transfertoken.Salt{otherSalt}})
	token, secret := f.issue(t, "n", transfertoken.Pull, transfertoken.Days7)
	const pasted = "xfer_pasted0into0the0wrong0field"
	var hidden secrets
	for _, text := range []string{
		secret, pasted, foreignSecret, string(testSalt), string(otherSalt), string(thirdSalt), "short salt",
		"NUL salt",
	} {
		hidden.addText(text)
	}
	hidden.addDigest(thirdSalt.Digest(foreignSecret))

	var errs []error
	add := func(err error) {
		t.Helper()
		require.Error(t, err)
		errs = append(errs, err)
	}
	addSecond := func(_ any, err error) { t.Helper(); add(err) }
	addSecond(transfertoken.New(transfertoken.NewMemoryStore(), "short salt", nil))
	addSecond(
		transfertoken.New(transfertoken.NewMemoryStore(), testSalt,
			&transfertoken.Options{OtherSalts: []transfertoken.Salt{"NUL salt\x00"}}),
	)
	addSecond(transfertoken.New(nil, testSalt, &transfertoken.Options{Prefix: pasted}))
	addSecond(transfertoken.ParseSecret(pasted))
	addSecond(transfertoken.ParseSecret(secret + pasted))
	addSecond(transfertoken.ParseLifespan(pasted))
	addSecond(transfertoken.ParsePermissions(pasted))
	addSecond(
		f.Create(
			t.Context(),
			transfertoken.NewToken{
				Name:        pasted + "\x00",
				Description: pasted + "\x00",
				CreatedBy:   pasted + "\x00",
				Lifespan:    pasted,
			},
		),
	)
	addSecond(
		f.Adopt(
			t.Context(),
			transfertoken.AdoptedToken{Name: pasted + "\xff", Salt: thirdSalt, Digest: thirdSalt.Digest(foreignSecret)},
		),
	)
	for _, presented := range []string{secret, pasted, foreignSecret, secret + "x"} {
		addSecond(f.Authorize(t.Context(), presented, transfertoken.Push))
		addSecond(f.Authorize(t.Context(), presented, 9))
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	addSecond(f.Authorize(cancelled, secret, transfertoken.Pull))
	f.spy.hook(func(string) error { return errStore }, nil)
	addSecond(f.Authorize(t.Context(), secret, transfertoken.Pull))
	addSecond(f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision))

	for _, err := range errs {
		hidden.requireNotIn(t, rendered(err, "vsqxXdpw"), err.Error())
	}
	for _, e := range f.takeEvents() {
		hidden.requireNotIn(t, rendered(e, "vsqxXdpw"), "event")
	}
}
