package admin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/seed-39e76d91/transfertoken"
)

// newToken reads the body of a create: keys beyond those of a token are dropped,
// as Strapi drops them. An empty body and an array have none.
func newToken(body any) (transfertoken.NewToken, error) {
	var found problems
	o, _ := body.(jsonObject)
	found.respelt(o, "name", "description", "permissions", "lifespan")
	t := transfertoken.NewToken{Lifespan: transfertoken.Unlimited}
	name, _ := o.get("name")
	if text, ok := found.text("name", name); ok {
		t.Name = text
		if text == "" {
			found.add("name", "must be at least 1 characters", text)
			found.add("name", "is a required field", text)
		}
	}
	description, _ := o.get("description")
	t.Description, _ = found.text("description", description)
	if permissions, given := o.get("permissions"); given {
		t.Permissions = found.permissions(permissions)
	} else {
		found.addMissing("permissions", "is a required field")
	}
	if lifespan, given := o.get("lifespan"); given && lifespan != nil {
		t.Lifespan = found.lifespan(lifespan)
	}
	return t, found.err()
}

// newChanges reads the body of an update: what is not there stays, and no other
// key is allowed.
func newChanges(body any) (transfertoken.Changes, error) {
	o, ok := body.(jsonObject)
	switch {
	case body == nil:
		return transfertoken.Changes{}, syntaxError("Unexpected end of JSON input")
	case !ok:
		return transfertoken.Changes{}, invalid(problem{Path: []string{}, Message: "this " + wrongType("object", body), Value: encodeValue(body, maxEcho)})
	}
	var found problems
	var c transfertoken.Changes
	if name, given := o.get("name"); given {
		if text, ok := found.text("name", name); ok {
			c.Name = &text
			if text == "" {
				found.add("name", "must be at least 1 characters", text)
			}
		}
	}
	if description, given := o.get("description"); given {
		if text, ok := found.text("description", description); ok {
			c.Description = &text
		}
	}
	if permissions, given := o.get("permissions"); given && permissions != nil {
		p := found.permissions(permissions)
		c.Permissions = &p
	}
	var unknown []string
	for _, m := range o {
		if !slices.Contains([]string{"name", "description", "permissions"}, m.key) {
			unknown = append(unknown, m.key)
		}
	}
	if unknown != nil {
		if c.Name != nil {
			o = o.with("name", *c.Name)
		}
		if c.Description != nil {
			o = o.with("description", *c.Description)
		}
		found.addAt([]string{}, "this field has unspecified keys: "+truncated(strings.Join(unknown, ", "), maxEcho), o)
	}
	return c, found.err()
}

// respelt refuses keys that differ from known ones by case alone. Dropped like
// other unknown ones, a "Lifespan" would make a token unlimited.
func (p *problems) respelt(o jsonObject, known ...string) {
	for _, m := range o {
		for _, key := range known {
			if m.key != key && strings.EqualFold(m.key, key) {
				p.add(m.key, "must be written "+key, m.value)
			}
		}
	}
}

// text returns v without the white space around it; nil is "".
func (p *problems) text(field string, v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return trim(v), true
	}
	p.add(field, wrongType("string", v), v)
	return "", false
}

// trim removes the white space of JavaScript, to which U+0085 does not belong.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) && r != '\u0085' || r == '\ufeff' })
}

func (p *problems) permissions(v any) (sum transfertoken.Permissions) {
	items, ok := v.([]any)
	if !ok {
		p.add("permissions", wrongType("array", v), v)
		return 0
	}
	if len(items) == 0 {
		p.add("permissions", "field must have at least 1 items", v)
	}
	for i, item := range items {
		switch item {
		case "push":
			sum |= transfertoken.Push
			continue
		case "pull":
			sum |= transfertoken.Pull
			continue
		}
		path := []string{"permissions", strconv.Itoa(i)}
		field := fmt.Sprintf("permissions[%d] ", i)
		if _, ok := item.(string); !ok {
			p.addAt(path, field+wrongType("string", item), item)
		}
		p.addAt(path, field+"must be one of the following values: push, pull", item)
	}
	return sum
}

// lifespan compares as numbers: 6.048e8 are 7 days.
func (p *problems) lifespan(v any) transfertoken.Lifespan {
	n, ok := v.(jsonNumber)
	if !ok {
		p.add("lifespan", wrongType("number", v), v)
	}
	for ms, l := range lifespans {
		if ok && float64(n) == float64(ms) {
			return l
		}
	}
	p.add("lifespan", "must be one of the following values: , 604800000, 2592000000, 7776000000", v)
	return ""
}

func wrongType(want string, v any) string {
	return fmt.Sprintf("must be a `%s` type, but the final value was: `%s`.", want, printed(v, maxEcho))
}

// unacceptable turns what the service finds wrong with a field of the request
// into an answer. What it finds wrong with anything else is not the client's
// doing.
func unacceptable(err error, fields map[string]string) error {
	var verdict *transfertoken.ValidationError
	if !errors.As(err, &verdict) {
		return err
	}
	var found problems
	for _, f := range verdict.Fields {
		value, ok := fields[f.Field]
		if !ok {
			return &refused{errUnavailable, err}
		}
		found.add(f.Field, f.Problem, value)
	}
	return found.err()
}
