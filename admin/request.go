package admin

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// query is the query of a list.
type query struct {
	view
	paged bool
	page  transfertoken.ListOptions
}

// parseQuery reads limit, after, createdBy, expiresBefore and view. It ignores other parameters, as Strapi
// ignores all.
func parseQuery(r *request) (query, error) {
	values := parseParameters(r.URL.RawQuery)
	var p strapi.Problems
	q := query{view: viewOf(&p, values)}
	if limit, given := single(&p, values, "limit"); given {
		n, err := strconv.Atoi(limit)
		if err != nil || n < 1 || n > transfertoken.MaxPageSize || strconv.Itoa(n) != limit {
			p.Add("limit", fmt.Sprintf("must be a number from 1 to %d", transfertoken.MaxPageSize), limit)
		}
		q.paged, q.page.Limit = true, n
	}
	if after, given := single(&p, values, "after"); given {
		id, err := uuid.Parse(after)
		if err != nil || id.String() != after {
			p.Add("after", "must be the id of a token", after)
		}
		q.paged, q.page.After = true, id
	}
	if createdBy, given := single(&p, values, "createdBy"); given {
		q.page.CreatedBy = &createdBy
	}
	if before, given := single(&p, values, "expiresBefore"); given {
		at, err := time.Parse(time.RFC3339, before)
		if err != nil || at.IsZero() {
			p.Add("expiresBefore", "must be a time such as 2026-12-31T23:59:59Z, with + written as %2B", before)
		}
		q.page.ExpiresBefore = at
	}
	return q, p.Err()
}

// parseView reads view alone, for routes that do not page.
func parseView(r *request) (view, error) {
	var p strapi.Problems
	v := viewOf(&p, parseParameters(r.URL.RawQuery))
	return v, p.Err()
}

func parseViewAndBody(r *request) (v view, body any, err error) {
	if v, err = parseView(r); err != nil {
		return v, nil, err
	}
	body, err = r.readBody()
	return v, body, err
}

func (r *request) readBody() (any, error) { return strapi.ReadBody(r.body, r.Header, r.ContentLength) }

// parseParameters returns a name or a value that is malformed as it was sent, so
// that it is refused only if somebody uses it.
func parseParameters(query string) map[string][]string {
	values := make(map[string][]string)
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescapeQuery(name), unescapeQuery(value)
		values[name] = append(values[name], value)
	}
	return values
}

func unescapeQuery(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

func viewOf(p *strapi.Problems, values map[string][]string) view {
	text, given := single(p, values, "view")
	if given && text != "full" {
		p.Add("view", "must be full", text)
	}
	return view{full: given}
}

// single returns the parameter with the name, which may be given once.
func single(p *strapi.Problems, values map[string][]string, name string) (text string, given bool) {
	switch all := values[name]; len(all) {
	case 0:
		return "", false
	case 1:
		return all[0], true
	}
	p.Add(name, "must be given once", nil)
	return "", false
}

// ifMatch is the condition in the If-Match header of a request.
type ifMatch struct {
	given     bool
	any       bool     // *
	revisions []string // of the tags; weak tags match nothing and are left out
}

// parseIfMatch reads the header by RFC 9110, section 13.1.1. It refuses a malformed
// one, because the sender wants the write to depend on something.
func parseIfMatch(r *request) (ifMatch, error) {
	lines, given := r.Header["If-Match"]
	if !given {
		return ifMatch{}, nil
	}
	m := ifMatch{given: true}
	rest := strings.Trim(strings.Join(lines, ","), " \t")
	if rest == "*" {
		m.any = true
		return m, nil
	}
	members := 0
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			break
		}
		opaque, weak := strings.CutPrefix(rest, "W/")
		opaque, ok := strings.CutPrefix(opaque, `"`)
		tag, after, closed := strings.Cut(opaque, `"`)
		after = strings.TrimLeft(after, " \t")
		if !ok || !closed || strings.ContainsFunc(tag, isForbiddenInTag) || after != "" && after[0] != ',' {
			return ifMatch{}, malformedIfMatch()
		}
		members++
		if !weak {
			revision, _, _ := strings.Cut(tag, ".")
			m.revisions = append(m.revisions, revision)
		}
		rest = after
	}
	if members == 0 {
		return ifMatch{}, malformedIfMatch()
	}
	return m, nil
}

// isForbiddenInTag reports whether r, which is not a double quote, cannot be in an
// entity tag.
func isForbiddenInTag(r rune) bool { return r <= ' ' || r == 0x7f }

func malformedIfMatch() error {
	var p strapi.Problems
	p.AddMessage([]string{"If-Match"}, `If-Match must be * or entity tags such as "3"`)
	return p.Err()
}

// revisionFor returns the revision to name to the service if t meets the condition,
// or else errPrecondition. It compares strongly, and only the revision of a tag,
// because a use of the token cannot be overwritten by an edit.
func (m ifMatch) revisionFor(t transfertoken.Token) (revision int64, err error) {
	switch {
	case !m.given || m.any:
		return transfertoken.AnyRevision, nil
	case slices.Contains(m.revisions, strconv.FormatInt(t.Revision, 10)):
		return t.Revision, nil
	}
	return 0, errPrecondition
}

// asPrecondition returns errPrecondition for a conflict of a request that names a
// revision, and any other error unchanged.
func asPrecondition(err error, revision int64) error {
	if revision != transfertoken.AnyRevision && errors.Is(err, transfertoken.ErrConflict) {
		return errPrecondition
	}
	return err
}

// newToken reads the body of a create. An empty body and an array have no keys, and
// keys beyond those of a token are dropped, as Strapi does.
func newToken(body any, allowed []transfertoken.Lifespan) (transfertoken.NewToken, error) {
	var p strapi.Problems
	o, _ := body.(strapi.Object)
	// Dropped like other unknown keys, a "Lifespan" would make a token unlimited.
	p.NoMiscased(o, "name", "description", "permissions", "lifespan", "suspended")
	var t transfertoken.NewToken
	name, _ := o.Get("name")
	if text, ok := p.String("name", name); ok {
		t.Name = text
		p.NotEmpty("name", text)
		p.Required("name", text)
	}
	description, _ := o.Get("description")
	t.Description, _ = p.String("description", description)
	if v, given := o.Get("permissions"); given {
		t.Permissions = permissionsOf(&p, v)
	} else {
		p.Missing("permissions")
	}
	lifespan, _ := o.Get("lifespan")
	t.Lifespan = lifespanOf(&p, lifespan, allowed)
	if v, given := o.Get("suspended"); given {
		t.Suspended = p.Bool("suspended", v)
	}
	return t, p.Err()
}

// newChanges reads the body of an update. A field that is not there stays, and any
// other key is refused.
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
		permissions := permissionsOf(&p, v)
		c.Permissions = &permissions
	}
	if v, given := o.Get("suspended"); given {
		suspended := p.Bool("suspended", v)
		c.Suspended = &suspended
	}
	p.NoUnknown(o, "name", "description", "permissions", "suspended")
	return c, p.Err()
}

func permissionsOf(p *strapi.Problems, v any) (sum transfertoken.Permissions) {
	bits := map[string]transfertoken.Permissions{"push": transfertoken.Push, "pull": transfertoken.Pull}
	p.Choices("permissions", v, []string{"push", "pull"}, func(choice string) { sum |= bits[choice] })
	return sum
}

// lifespanOf returns v as a lifespan that is allowed. null, and nothing at all, are
// Unlimited.
func lifespanOf(p *strapi.Problems, v any, allowed []transfertoken.Lifespan) transfertoken.Lifespan {
	var choices []int64
	orNull := false
	for _, l := range allowed {
		if ms, limited := milliseconds[l]; limited {
			choices = append(choices, ms)
		} else {
			orNull = true
		}
	}
	ms := p.OneOf("lifespan", v, choices, orNull)
	for _, l := range allowed {
		if milliseconds[l] == ms {
			return l
		}
	}
	return ""
}

// milliseconds are the lengths of the limited lifespans.
var milliseconds = map[transfertoken.Lifespan]int64{
	transfertoken.Days7:  604800000,
	transfertoken.Days30: 2592000000,
	transfertoken.Days90: 7776000000,
}

// asLifespanError returns the refusal for a regenerate of a token whose lifespan
// cannot start again. Other errors are returned unchanged.
func asLifespanError(err error) error {
	var invalid *transfertoken.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	var p strapi.Problems
	for _, f := range invalid.Fields {
		p.AddMessage([]string{f.Field}, f.Field+" "+f.Problem)
	}
	return p.Err()
}

// asFieldErrors returns the refusal for a request whose fields the service finds
// invalid. A problem of any other field is not the client's doing. Other errors are
// returned unchanged.
func asFieldErrors(err error, fields map[string]string) error {
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
