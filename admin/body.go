package admin

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"net/http"
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

// isJSON reports whether the one Content-Type is a JSON that Strapi's clients
// send. A form is not: a page of another site could send it.
func isJSON(h http.Header) bool {
	types := h["Content-Type"]
	if len(types) != 1 {
		return false
	}
	mediaType, params, err := mime.ParseMediaType(types[0])
	charset, given := params["charset"]
	return err == nil &&
		(mediaType == "application/json" || mediaType == "application/vnd.api+json") &&
		(!given || strings.EqualFold(charset, "utf-8"))
}

func isPlain(h http.Header) bool {
	for _, coding := range h["Content-Encoding"] {
		if !strings.EqualFold(coding, "identity") {
			return false
		}
	}
	return true
}
