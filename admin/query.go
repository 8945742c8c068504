package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// query is what the query of a list asks for.
type query struct {
	view
	paged bool
	page  transfertoken.ListOptions
}

const maxPageSize = 1000

// parseQuery reads limit, after and view. Others are ignored, as Strapi ignores
// all.
func parseQuery(r *http.Request) (query, error) {
	values := parameters(r)
	var q query
	var found problems
	q.view = found.view(values)
	if limit, given := found.one(values, "limit"); given {
		q.paged = true
		var err error
		if q.page.Limit, err = strconv.Atoi(limit); err != nil || q.page.Limit < 1 || q.page.Limit > maxPageSize || strconv.Itoa(q.page.Limit) != limit {
			found.add("limit", "must be a number from 1 to 1000", limit)
		}
	}
	if after, given := found.one(values, "after"); given {
		q.paged = true
		var err error
		if q.page.After, err = uuid.Parse(after); err != nil || q.page.After.String() != after {
			found.add("after", "must be the id of a token", after)
		}
	}
	return q, found.err()
}

// parseView reads view alone, for routes that do not page.
func parseView(r *http.Request) (view, error) {
	var found problems
	v := found.view(parameters(r))
	return v, found.err()
}

// parameters returns the query of r. A name or value that is malformed stays as it
// was sent, so that it is refused only where it matters.
func parameters(r *http.Request) map[string][]string {
	values := make(map[string][]string)
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, value = queryUnescaped(name), queryUnescaped(value)
		values[name] = append(values[name], value)
	}
	return values
}

func queryUnescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

func (p *problems) view(values map[string][]string) view {
	text, given := p.one(values, "view")
	if given && text != "full" {
		p.add("view", "must be full", text)
	}
	return view{full: given}
}

// one returns the parameter with the name, which may be given once.
func (p *problems) one(values map[string][]string, name string) (text string, given bool) {
	all := values[name]
	if len(all) > 1 {
		p.add(name, "must be given once", nil)
		return "", false
	}
	if len(all) == 0 {
		return "", false
	}
	return all[0], true
}
