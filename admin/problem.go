package admin

import (
	"fmt"
	"net/http"
	"strings"
)

// A problem is one entry of the errors of a ValidationError.
type problem struct {
	Path    []string `json:"path"`
	Message string   `json:"message"`
	Name    string   `json:"name"`
	Value   *echo    `json:"value,omitempty"` // nil: left out
}

// echo is a value of the request.
type echo struct{ value any }

// maxEcho is the longest value that is repeated in an error, in bytes.
const maxEcho = 4096

func (e *echo) MarshalJSON() ([]byte, error) { return encode(e.value), nil }

func echoed(v any) *echo {
	if len(encode(v)) > maxEcho {
		return nil
	}
	return &echo{v}
}

// invalid is a request that does not hold what it should.
func invalid(all ...problem) *refusal {
	for i := range all {
		all[i].Name = "ValidationError"
	}
	message := all[0].Message
	if len(all) > 1 {
		message = fmt.Sprintf("%d errors occurred", len(all))
	}
	return &refusal{http.StatusBadRequest, "ValidationError", message, struct {
		Errors []problem `json:"errors"`
	}{all}}
}

// syntaxError is a body that cannot be read.
func syntaxError(message string) *refusal {
	return &refusal{http.StatusBadRequest, "SyntaxError", message, nil}
}

// problems collects what is wrong with a request.
type problems []problem

func (p *problems) add(field, text string, value any) {
	p.addAt([]string{field}, field+" "+text, value)
}

func (p *problems) addAt(path []string, message string, value any) {
	*p = append(*p, problem{Path: path, Message: message, Value: echoed(value)})
}

// addMissing is for a field that is not there, so that there is no value.
func (p *problems) addMissing(field, text string) {
	*p = append(*p, problem{Path: []string{field}, Message: field + " " + text})
}

// err is nil when there are no problems.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return invalid(p...)
}

// malformedAt names a field of a body that cannot be relied on, or the one that
// it is in if its path is long.
func malformedAt(path []string, text string) *refusal {
	field := "this"
	if len(path) > 0 {
		field = strings.Join(path, ".")
	}
	if len(field) > maxEcho {
		field = cut(path[0])
		path = []string{field}
	}
	return invalid(problem{Path: append([]string{}, path...), Message: field + " " + text})
}

// cut keeps a message from being as long as a body.
func cut(text string) string {
	if len(text) <= maxEcho {
		return text
	}
	return strings.ToValidUTF8(text[:maxEcho], "") + "…"
}
