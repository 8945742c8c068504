package admin

import (
	"net/http"
	"net/url"
	"strconv"

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
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return query{}, errQuery
	}
	var q query
	var found problems
	q.view = found.view(values)
	if limit, given := found.one(values, "limit"); given {
		q.paged = true
		q.page.Limit, err = strconv.Atoi(limit)
		if err != nil || q.page.Limit < 1 || q.page.Limit > maxPageSize || strconv.Itoa(q.page.Limit) != limit {
			found.add("limit", "must be a number from 1 to 1000", limit)
		}
	}
	if after, given := found.one(values, "after"); given {
		q.paged = true
		q.page.After, err = uuid.Parse(after)
		if err != nil || q.page.After.String() != after {
			found.add("after", "must be the id of a token", after)
		}
	}
	return q, found.err()
}

// parseView reads view alone, for routes that do not page.
func parseView(r *http.Request) (view, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return view{}, errQuery
	}
	var found problems
	v := found.view(values)
	return v, found.err()
}

var errQuery = invalid(problem{Path: []string{}, Message: "the query must be well-formed"})

func (p *problems) view(values url.Values) view {
	text, given := p.one(values, "view")
	if given && text != "full" {
		p.add("view", "must be full", text)
	}
	return view{full: given}
}

// one returns the parameter with the name, which may be given once.
func (p *problems) one(values url.Values, name string) (text string, given bool) {
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
