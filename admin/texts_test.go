package admin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

func allow(string) error { return nil }

func TestTextsOfThePageCanBeReplaced(t *testing.T) {
	handler := pageFor(t, newHost(t), allow, &admin.Options{Texts: map[string]string{
		"lang": "de", "title": "Transfer-Token </script><b>", "deleteNamed": "{name} löschen", "dir": "rtl",
	}})
	page := send(handler, "GET", "/transfer/", "").Body.String()
	require.Contains(t, page, `<html lang="de" dir="rtl">`)
	require.Contains(t, page, "<title>Transfer-Token &lt;/script&gt;&lt;b&gt;</title>")
	texts := settingsOf(t, page).Texts
	require.Equal(t, "Transfer-Token </script><b>", texts["title"])
	require.Equal(t, "{name} löschen", texts["deleteNamed"])
	require.Equal(t, admin.Texts()["create"], texts["create"], "what is not replaced stays")
	require.NotContains(t, page, "<b>")
}

func TestTextsThatDoNotFitAreRefused(t *testing.T) {
	for name, row := range map[string]struct{ name, text, problem string }{
		"unknown name":        {"titel", "Transfer-Token", "is not among Texts()"},
		"no text":             {"title", " ", "must not be empty"},
		"missing placeholder": {"deleteNamed", "Löschen", "must hold {name}"},
		"other placeholder":   {"deleteNamed", "{nmae} löschen", "must hold {name}"},
		"too many":            {"title", "Token von {name}", "must not hold {name}"},
		"direction":           {"dir", "left", `must be "ltr" or "rtl"`},
		"language":            {"lang", "de_DE", `must be a BCP 47 language tag such as "pt-BR"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := admin.New(newHost(t).svc, &admin.Options{
				Authorize: newHost(t).authorize,
				Texts:     map[string]string{row.name: row.text},
			})
			var invalid *transfertoken.ValidationError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, []transfertoken.FieldError{{Field: "texts." + row.name, Problem: row.problem}}, invalid.Fields)
		})
	}
}

func TestTextsAreTheCallers(t *testing.T) {
	admin.Texts()["title"] = "changed"
	require.Equal(t, "Transfer tokens", admin.Texts()["title"])

	mine := map[string]string{"title": "Mine"}
	handler := pageFor(t, newHost(t), allow, &admin.Options{Texts: mine})
	mine["title"] = "changed"
	require.Contains(t, send(handler, "GET", "/transfer/", "").Body.String(), "<title>Mine</title>")
}

func TestEveryTextIsUsed(t *testing.T) {
	var sources strings.Builder
	for _, pattern := range []string{"page/*.js", "page/*.html", "page.go", "commands.go"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			sources.Write(text)
		}
	}
	for name := range admin.Texts() {
		used := strings.Contains(sources.String(), `"`+name+`"`) || strings.Contains(sources.String(), ".Texts."+name+"}")
		for _, part := range []string{"Title", "Text"} {
			base, ok := strings.CutSuffix(name, part)
			used = used || ok && strings.Contains(sources.String(), `"`+base+`"`)
		}
		require.True(t, used || name == "lang" || name == "dir", name)
	}
}

func TestSignInURLLeadsNowhereElse(t *testing.T) {
	for address, ok := range map[string]bool{
		"/login": true, "login": true, "../login?next=x#y": true, "https://login.example.com/": true,
		"http://127.0.0.1:8080": true,
		"javascript:alert(1)":   false, "JavaScript:alert(1)": false, "data:text/html,x": false, "//login.example.com": false,
		"https:": false, "mailto:ann@example.com": false, "http://[": false, "?": false,
	} {
		_, err := admin.New(nil, &admin.Options{Authorize: newHost(t).authorize, SignInURL: address})
		if ok {
			require.NoError(t, err, address)
			continue
		}
		var invalid *transfertoken.ValidationError
		require.ErrorAs(t, err, &invalid, address)
		require.Equal(t, "signInURL", invalid.Fields[0].Field)
	}
}

// Intl throws for a tag that is malformed, and the page would stay empty.
func TestLangIsALanguageTagThatIntlTakes(t *testing.T) {
	for tag, ok := range map[string]bool{
		"de": true, "DE": true, "pt-BR": true, "gsw": true, "zh-Hant-TW": true, "es-419": true, "sl-rozaj-1994": true,
		"de-1996":      true,
		"ar-u-nu-latn": true, "th-u-ca-buddhist-nu-thai": true, "de-DE-u-co-phonebk": true, "en-a-bcd-b-efg": true,
		"de-x-home": true, "abcdefgh": true,
		"de-u-attrib-x-a-a": true,
		"de_DE":             false, "pt_BR.UTF-8": false, "C": false, "d": false, "german_language": false,
		"deutschland": false, "abcd": false, "de-": false,
		"-de": false, "de--DE": false, " de": false, "de ": false, "de\n": false, "de-D": false, "de-DEUTSCH123": false,
		"zh-min-nan": false, "i-klingon": false, "x-home": false,
		"sl-rozaj-rozaj": false, "sl-ROZAJ-1994-rozaj": false, "de-u": false, "de-u-x-home": false,
		"de-u-nu-latn-u-ca-gregory": false, "de-a-bcd-A-efg": false, "dé": false, "١٢": false, "de-١٢٣": false,
	} {
		_, err := admin.New(newHost(t).svc, &admin.Options{Authorize: everybody, Texts: map[string]string{"lang": tag}})
		require.Equal(t, ok, err == nil, "%q", tag)
	}
}
