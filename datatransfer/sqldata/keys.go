package sqldata

import (
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// newKey returns a variable for a key of t: an *int64 or a *string.
func (t *table) newKey() any {
	if t.TextKey {
		return new(string)
	}
	return new(int64)
}

// keyValue returns the value of a variable that newKey made, as a parameter.
func keyValue(key any) any {
	if text, ok := key.(*string); ok {
		return *text
	}
	return *key.(*int64)
}

// refOf returns the reference to the row with a key.
func refOf(key any) datatransfer.Ref {
	if text, ok := key.(*string); ok {
		return datatransfer.StringRef(*text)
	}
	return datatransfer.IntRef(*key.(*int64))
}

// parseKey returns the key that a reference stands for, and reports whether t can have it. MySQL
// does not take 0 as a key, so that no table may have it.
func (t *table) parseKey(ref datatransfer.Ref) (any, bool) {
	if t.TextKey {
		text, ok := ref.Text()
		return text, ok && text != "" && !strings.ContainsRune(text, 0)
	}
	n, ok := ref.Int()
	return n, ok && n > 0
}
