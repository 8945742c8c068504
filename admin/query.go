package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
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
	var p strapi.Problems
	q.view = viewIn(&p, values)
	if limit, given := single(&p, values, "limit"); given {
		q.paged = true
		var err error
		if q.page.Limit, err = strconv.Atoi(limit); err != nil || q.page.Limit < 1 || q.page.Limit > maxPageSize || strconv.Itoa(q.page.Limit) != limit {
			p.Add("limit", "must be a number from 1 to 1000", limit)
		}
	}
	if after, given := single(&p, values, "after"); given {
		q.paged = true
		var err error
		if q.page.After, err = uuid.Parse(after); err != nil || q.page.After.String() != after {
			p.Add("after", "must be the id of a token", after)
		}
	}
	return q, p.Err()
}

// parseView reads view alone, for routes that do not page.
func parseView(r *http.Request) (view, error) {
	var p strapi.Problems
	v := viewIn(&p, parameters(r))
	return v, p.Err()
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

func viewIn(p *strapi.Problems, values map[string][]string) view {
	text, given := single(p, values, "view")
	if given && text != "full" {
		p.Add("view", "must be full", text)
	}
	return view{full: given}
}

// single returns the parameter with the name, which may be given once.
func single(p *strapi.Problems, values map[string][]string, name string) (text string, given bool) {
	all := values[name]
	if len(all) > 1 {
		p.Add(name, "must be given once", nil)
		return "", false
	}
	if len(all) == 0 {
		return "", false
	}
	return all[0], true
}
