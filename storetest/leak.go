package storetest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// discloses reports whether text holds the beginning of d, raw or in one of the
// ways in which drivers, databases and fmt spell bytes. The beginning is enough:
// a text may have been cut off.
func discloses(text string, d transfertoken.Digest) bool {
	const most = 9
	raw := d[:most]
	var escapes, octals strings.Builder
	decimals := make([]string, most)
	for i, b := range raw {
		fmt.Fprintf(&escapes, `\x%02x`, b)
		fmt.Fprintf(&octals, `\%03o`, b)
		decimals[i] = strconv.Itoa(int(b))
	}
	if strings.Contains(strings.ToLower(text), hex.EncodeToString(raw)) {
		return true
	}
	for _, spelling := range []string{
		string(raw),
		inner(fmt.Sprintf("%q", raw)),
		inner(fmt.Sprintf("%+q", raw)),
		base64.StdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw),
		escapes.String(),
		strings.ReplaceAll(strings.ToUpper(escapes.String()), `\X`, `\x`),
		octals.String(),
		strings.Join(decimals, " "),
		strings.Join(decimals, ", "),
		strings.Join(decimals, ","),
		fmt.Sprintf("% x", raw),
		inner(fmt.Sprintf("%#v", raw)),
	} {
		if strings.Contains(text, spelling) {
			return true
		}
	}
	return false
}

// inner cuts off what fmt puts around a quoted string or a slice.
func inner(text string) string {
	text = strings.TrimPrefix(text, "[]byte{")
	return strings.Trim(text, `"}`)
}
