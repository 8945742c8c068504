package admin

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// ifMatch is what the If-Match header of a request asks for.
type ifMatch struct {
	given     bool
	any       bool     // *
	revisions []string // of the tags; weak ones match nothing and are left out
}

// parseIfMatch reads the header by RFC 9110, section 13.1.1. A malformed one is
// refused: whoever sends it wants the write to depend on something.
func parseIfMatch(r *http.Request) (ifMatch, error) {
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
		if !ok || !closed || strings.ContainsFunc(tag, notInTag) || after != "" && after[0] != ',' {
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

func malformedIfMatch() error {
	var p strapi.Problems
	p.AddMessage([]string{"If-Match"}, `If-Match must be * or entity tags such as "3"`)
	return p.Err()
}

// notInTag reports whether r, which is no double quote, cannot be in an entity
// tag.
func notInTag(r rune) bool { return r <= ' ' || r == 0x7f }

// on returns the revision to hold the service to if t meets m, else
// errPrecondition. It compares strongly, and only the revision of a tag: a use of
// the token is not an edit that another one could overwrite.
func (m ifMatch) on(t transfertoken.Token) (revision int64, err error) {
	switch {
	case !m.given || m.any:
		return transfertoken.AnyRevision, nil
	case slices.Contains(m.revisions, strconv.FormatInt(t.Revision, 10)):
		return t.Revision, nil
	}
	return 0, errPrecondition
}

// lost turns what the service returned into errPrecondition if another writer
// was faster than a request that names a revision.
func lost(err error, revision int64) error {
	if revision != transfertoken.AnyRevision && errors.Is(err, transfertoken.ErrConflict) {
		return errPrecondition
	}
	return err
}
