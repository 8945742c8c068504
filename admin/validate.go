package admin

import (
	"errors"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// newToken reads the body of a create. An empty body and an array have no keys, and
// keys beyond those of a token are dropped, as Strapi does.
func newToken(body any) (transfertoken.NewToken, error) {
	var p strapi.Problems
	o, _ := body.(strapi.Object)
	// Dropped like other unknown keys, a "Lifespan" would make a token unlimited.
	p.NoMiscased(o, "name", "description", "permissions", "lifespan")
	t := transfertoken.NewToken{Lifespan: transfertoken.Unlimited}
	name, _ := o.Get("name")
	if text, ok := p.String("name", name); ok {
		t.Name = text
		p.NotEmpty("name", text)
		p.Required("name", text)
	}
	description, _ := o.Get("description")
	t.Description, _ = p.String("description", description)
	if v, given := o.Get("permissions"); given {
		t.Permissions = parsePermissions(&p, v)
	} else {
		p.Missing("permissions")
	}
	if v, given := o.Get("lifespan"); given && v != nil {
		t.Lifespan = parseLifespan(&p, v)
	}
	return t, p.Err()
}

// newChanges reads the body of an update. What is not there stays, and no other key
// is allowed.
func newChanges(body any) (transfertoken.Changes, error) {
	var p strapi.Problems
	var c transfertoken.Changes
	o, err := p.Object(body)
	if err != nil {
		return c, err
	}
	if v, given := o.Get("name"); given {
		if text, ok := p.String("name", v); ok {
			c.Name = &text
			p.NotEmpty("name", text)
			o = o.With("name", text)
		}
	}
	if v, given := o.Get("description"); given {
		if text, ok := p.String("description", v); ok {
			c.Description = &text
			o = o.With("description", text)
		}
	}
	if v, given := o.Get("permissions"); given && v != nil {
		permissions := parsePermissions(&p, v)
		c.Permissions = &permissions
	}
	p.NoUnknown(o, "name", "description", "permissions")
	return c, p.Err()
}

func parsePermissions(p *strapi.Problems, v any) (sum transfertoken.Permissions) {
	bits := map[string]transfertoken.Permissions{"push": transfertoken.Push, "pull": transfertoken.Pull}
	p.Choices("permissions", v, []string{"push", "pull"}, func(choice string) { sum |= bits[choice] })
	return sum
}

func parseLifespan(p *strapi.Problems, v any) transfertoken.Lifespan {
	return lifespans[p.OneOf("lifespan", v, 604800000, 2592000000, 7776000000)]
}

// fieldErrors returns the answer to what the service finds wrong with fields of the
// request. Problems of any other field are not the client's doing.
func fieldErrors(err error, fields map[string]string) error {
	var invalid *transfertoken.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	var p strapi.Problems
	for _, f := range invalid.Fields {
		value, ok := fields[f.Field]
		if !ok {
			return errUnavailable.Because(err)
		}
		p.Add(f.Field, f.Problem, value)
	}
	return p.Err()
}
