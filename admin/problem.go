package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A problem is one entry of the errors of a ValidationError.
type problem struct {
	Path    []string        `json:"path"`
	Message string          `json:"message"`
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value,omitempty"` // of the request; nil: left out
}

// Limits of an error answer, in bytes as they are sent: an error must not be many
// times as long as the request.
const (
	maxEcho     = 4096     // of one value or text of the request
	maxProblems = 64 << 10 // of all problems; those beyond are counted only
)

// invalid is a request that does not hold what it should.
func invalid(all ...problem) *refusal { return invalidOf(len(all), all) }

// invalidOf lists the first of count problems.
func invalidOf(count int, first []problem) *refusal {
	for i := range first {
		first[i].Name = "ValidationError"
	}
	message := first[0].Message
	if count > 1 {
		message = fmt.Sprintf("%d errors occurred", count)
	}
	return &refusal{http.StatusBadRequest, "ValidationError", message, struct {
		Errors []problem `json:"errors"`
	}{first}}
}

// syntaxError is a body that cannot be read.
func syntaxError(message string) *refusal {
	return &refusal{http.StatusBadRequest, "SyntaxError", message, nil}
}

// problems collects what is wrong with a request.
type problems struct {
	first []problem
	size  int // of first, in bytes
	count int // of all
}

func (p *problems) add(field, text string, value any) {
	p.addAt([]string{field}, field+" "+text, value)
}

func (p *problems) addAt(path []string, message string, value any) {
	p.append(problem{Path: path, Message: message, Value: encodeValue(value, maxEcho)})
}

// addMissing is for a field that is not there, so that there is no value.
func (p *problems) addMissing(field, text string) {
	p.append(problem{Path: []string{field}, Message: field + " " + text})
}

func (p *problems) append(one problem) {
	p.count++
	if p.size > maxProblems {
		return
	}
	p.first = append(p.first, one)
	p.size += len(encode(one))
}

// err is nil when there are no problems.
func (p *problems) err() error {
	if p.count == 0 {
		return nil
	}
	return invalidOf(p.count, p.first)
}

// malformedAt names a field of a body that cannot be relied on, or the one that
// it is in if its path is long.
func malformedAt(path []string, text string) *refusal {
	field := "this"
	if len(path) > 0 {
		field = strings.Join(path, ".")
	}
	if short := truncated(field, maxEcho); short != field {
		field = truncated(path[0], maxEcho)
		path = []string{field}
	}
	return invalid(problem{Path: append([]string{}, path...), Message: field + " " + text})
}
