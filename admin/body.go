package admin

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// maxBody is what Strapi reads of a body, too.
const maxBody = 1 << 20

// readBody returns the JSON of r's body, which is limited to maxBody; nil if it
// is empty.
func readBody(r *request) (any, error) {
	switch {
	case r.body == nil:
		return nil, nil
	case r.ContentLength > maxBody:
		return nil, errTooLarge
	}
	body := bufio.NewReader(r.body)
	switch _, err := body.Peek(1); {
	case err == io.EOF:
		return nil, nil
	case err != nil:
		return nil, readError(err)
	case !isJSON(r.Header):
		return nil, errMediaType
	case !isPlain(r.Header):
		return nil, errEncoding
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, readError(err)
	}
	return parseJSON(text)
}

func readError(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return errTooLarge
	}
	return errAborted
}

// jsonTypes are those that Strapi reads as JSON. A form is not among them, because
// a page of another site could send it.
var jsonTypes = []string{
	"application/json",
	"application/vnd.api+json",
	"application/json-patch+json",
	"application/csp-report",
	"application/reports+json",
}

// isJSON reports whether there is one Content-Type, of JSON. A charset has no
// meaning for JSON, which is UTF-8 (RFC 8259, section 11).
func isJSON(h http.Header) bool {
	types := h["Content-Type"]
	if len(types) != 1 {
		return false
	}
	mediaType, _, err := mime.ParseMediaType(types[0])
	return err == nil && slices.Contains(jsonTypes, mediaType)
}

func isPlain(h http.Header) bool {
	for _, coding := range h["Content-Encoding"] {
		if !strings.EqualFold(coding, "identity") {
			return false
		}
	}
	return true
}
