package strapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Limits of an error, in bytes of the answer, so that it is not many times as long
// as the request.
const (
	maxEcho     = 4096     // of one value or text of the request
	maxProblems = 64 << 10 // of all problems; more are counted and not listed
)

// problem is one entry of the errors of a ValidationError.
type problem struct {
	Path    []string        `json:"path"`
	Message string          `json:"message"`
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value,omitempty"` // of the request; nil: left out
}

// Problems collects the problems of a request. The zero Problems has none. The
// methods that are named after a rule of yup have its messages.
type Problems struct {
	listed []problem
	size   int // of listed, in bytes
	count  int // of all
}

// Err returns a ValidationError as an *Error, or nil if there are no problems.
func (p *Problems) Err() error {
	if p.count == 0 {
		return nil
	}
	message := p.listed[0].Message
	if p.count > 1 {
		message = fmt.Sprintf("%d errors occurred", p.count)
	}
	return &Error{Status: http.StatusBadRequest, Name: "ValidationError", Message: message, Details: struct {
		Errors []problem `json:"errors"`
	}{p.listed}}
}

// Add adds a problem of a field that has the value.
func (p *Problems) Add(field, text string, value any) {
	p.addAt([]string{field}, field+" "+text, value)
}

// AddMessage adds a problem without a value. The message stands alone.
func (p *Problems) AddMessage(path []string, message string) {
	p.add(problem{Path: path, Message: message})
}

func (p *Problems) addAt(path []string, message string, value any) {
	p.add(problem{Path: path, Message: message, Value: encodeValue(value, maxEcho)})
}

func (p *Problems) add(one problem) {
	p.count++
	if p.size > maxProblems {
		return
	}
	one.Name = "ValidationError"
	p.listed = append(p.listed, one)
	p.size += len(encode(one))
}

// unreliable returns the error for a part of a body that cannot be relied on. It
// names the field, or the one that the part is in if the path is long.
func unreliable(path []string, text string) error {
	field := "this"
	if len(path) > 0 {
		field = strings.Join(path, ".")
	}
	if short := truncate(field, maxEcho); short != field {
		field = truncate(path[0], maxEcho)
		path = []string{field}
	}
	var p Problems
	p.AddMessage(append([]string{}, path...), field+" "+text)
	return p.Err()
}

// Object returns body if it is an object. Strapi fails without a body; here that is
// the client's mistake.
func (p *Problems) Object(body any) (Object, error) {
	switch body := body.(type) {
	case nil:
		return nil, errNoJSON
	case Object:
		return body, nil
	}
	p.wrongType([]string{}, "this", "object", body)
	return nil, p.Err()
}

// String returns v without white space around it, or "" for null.
func (p *Problems) String(field string, v any) (text string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return trim(v), true
	}
	p.wrongType([]string{field}, field, "string", v)
	return "", false
}

// NotEmpty adds a problem if text is empty.
func (p *Problems) NotEmpty(field, text string) {
	if text == "" {
		p.Add(field, "must be at least 1 characters", text)
	}
}

// Required adds a problem if text is empty.
func (p *Problems) Required(field, text string) {
	if text == "" {
		p.Add(field, "is a required field", text)
	}
}

// Missing adds a problem of a required field that is not there.
func (p *Problems) Missing(field string) {
	p.AddMessage([]string{field}, field+" is a required field")
}

// Choices calls choose with each item of v that is one of choices. v has to be an
// array of at least one item.
func (p *Problems) Choices(field string, v any, choices []string, choose func(choice string)) {
	items, ok := v.([]any)
	if !ok {
		p.wrongType([]string{field}, field, "array", v)
		return
	}
	if len(items) == 0 {
		p.Add(field, "field must have at least 1 items", v)
	}
	for i, item := range items {
		text, isString := item.(string)
		if isString && slices.Contains(choices, text) {
			choose(text)
			continue
		}
		path, name := []string{field, strconv.Itoa(i)}, fmt.Sprintf("%s[%d]", field, i)
		if !isString {
			p.wrongType(path, name, "string", item)
		}
		p.addAt(path, name+" "+oneOf(choices), item)
	}
}

// OneOf returns v if it is one of the numbers, or else 0. Numbers are compared, so
// that 6.048e8 is 604800000. null, which is 0, is one of them if orNull is set.
func (p *Problems) OneOf(field string, v any, choices []int64, orNull bool) int64 {
	if v == nil && orNull {
		return 0
	}
	n, ok := v.(Number)
	for _, choice := range choices {
		if ok && float64(n) == float64(choice) {
			return choice
		}
	}
	if !ok && v != nil {
		p.wrongType([]string{field}, field, "number", v)
	}
	var texts []string
	if orNull {
		texts = append(texts, "") // as yup prints it
	}
	for _, choice := range choices {
		texts = append(texts, strconv.FormatInt(choice, 10))
	}
	p.Add(field, oneOf(texts), v)
	return 0
}

func oneOf(choices []string) string {
	return "must be one of the following values: " + strings.Join(choices, ", ")
}

// Bool returns v if it is true or false, or else false.
func (p *Problems) Bool(field string, v any) bool {
	b, ok := v.(bool)
	if !ok {
		p.wrongType([]string{field}, field, "boolean", v)
	}
	return b
}

// NoUnknown adds a problem if o, which is the body, has other keys.
func (p *Problems) NoUnknown(o Object, known ...string) {
	var unknown []string
	for _, m := range o {
		if !slices.Contains(known, m.Key) {
			unknown = append(unknown, m.Key)
		}
	}
	if unknown != nil {
		p.addAt([]string{}, "this field has unspecified keys: "+truncate(strings.Join(unknown, ", "), maxEcho), o)
	}
}

// NoMiscased adds a problem for each key of o that differs from a known one by case
// alone. yup has no such rule: Strapi drops these keys.
func (p *Problems) NoMiscased(o Object, known ...string) {
	for _, m := range o {
		for _, key := range known {
			if m.Key != key && strings.EqualFold(m.Key, key) {
				p.Add(m.Key, "must be written "+key, m.Value)
			}
		}
	}
}

func (p *Problems) wrongType(path []string, name, want string, v any) {
	p.addAt(path, fmt.Sprintf("%s must be a `%s` type, but the final value was: `%s`.", name, want, printed(v, maxEcho)),
		v)
}
