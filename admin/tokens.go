package admin

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// list collects all tokens before it answers, so that a store that fails on the
// way never leads to a list that looks complete.
func (a *api) list(r *request) (response, error) {
	q, err := parseQuery(r)
	if err != nil {
		return response{}, err
	}
	tokens, err := a.readTokens(r, q)
	if err != nil {
		fields := map[string]string{"createdBy": orEmpty(q.page.CreatedBy), "expiresBefore": ""}
		return response{}, asFieldErrors(err, fields)
	}
	objects := make([]object, len(tokens))
	for i, t := range tokens {
		objects[i] = q.view.object(t)
	}
	return dataResponse(http.StatusOK, objects), nil
}

func (a *api) readTokens(r *request, q query) ([]transfertoken.Token, error) {
	if q.paged {
		return a.svc.List(r.Context(), q.page)
	}
	var tokens []transfertoken.Token
	for q.page.Limit = transfertoken.MaxPageSize; ; {
		page, err := a.svc.List(r.Context(), q.page)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		tokens = append(tokens, page...)
		q.page.After = page[len(page)-1].ID
	}
	slices.SortFunc(tokens, func(x, y transfertoken.Token) int { return strings.Compare(x.Name, y.Name) })
	return tokens, nil
}

func (a *api) get(r *request) (response, error) {
	v, err := parseView(r)
	if err != nil {
		return response{}, err
	}
	id, err := parseID(r)
	if err != nil {
		return response{}, err
	}
	t, err := a.svc.Get(r.Context(), id)
	if err != nil {
		return response{}, err
	}
	return dataResponse(http.StatusOK, v.object(t)).withETag(t, v), nil
}

func (a *api) create(r *request) (response, error) {
	v, body, err := parseViewAndBody(r)
	if err != nil {
		return response{}, err
	}
	t, err := newToken(body, a.svc.AllowedLifespans())
	if err != nil {
		return response{}, err
	}
	t.CreatedBy = r.actor
	issued, err := a.svc.Create(r.Context(), t)
	if err != nil {
		return response{}, asFieldErrors(err, map[string]string{"name": t.Name, "description": t.Description})
	}
	o := v.object(issued.Token)
	o.AccessKey = issued.Secret.Reveal()
	return dataResponse(http.StatusCreated, o).withETag(issued.Token, v), nil
}

func (a *api) update(r *request) (response, error) {
	v, body, err := parseViewAndBody(r)
	if err != nil {
		return response{}, err
	}
	changes, err := newChanges(body)
	if err != nil {
		return response{}, err
	}
	id, revision, err := a.selectToken(r)
	if err != nil {
		return response{}, err
	}
	changes.Revision = revision
	t, err := a.svc.Update(r.Context(), id, changes)
	if err != nil {
		fields := map[string]string{"name": orEmpty(changes.Name), "description": orEmpty(changes.Description)}
		return response{}, asFieldErrors(asPrecondition(err, revision), fields)
	}
	return dataResponse(http.StatusOK, v.object(t)).withETag(t, v), nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// regenerate reads a body of JSON only to refuse malformed JSON, as Strapi does. It
// ignores any other body.
func (a *api) regenerate(r *request) (response, error) {
	if strapi.IsJSON(r.Header) {
		if _, err := r.readBody(); err != nil {
			return response{}, err
		}
	}
	id, revision, err := a.selectToken(r)
	if err != nil {
		return response{}, err
	}
	issued, err := a.svc.Regenerate(r.Context(), id, revision)
	if err != nil {
		return response{}, asLifespanError(asPrecondition(err, revision))
	}
	data := regenerated{issued.Token.ID.String(), issued.Token.Name, issued.Secret.Reveal()}
	return dataResponse(http.StatusCreated, data).withETag(issued.Token, view{}), nil
}

// delete answers null for a token that is not there, so that it can be repeated.
// With If-Match the condition has failed then.
func (a *api) delete(r *request) (response, error) {
	v, err := parseView(r)
	if err != nil {
		return response{}, err
	}
	condition, err := parseIfMatch(r)
	if err != nil {
		return response{}, err
	}
	t, err := a.deleteToken(r, condition)
	switch {
	case err == nil:
		return dataResponse(http.StatusOK, v.object(t)).withETag(t, v), nil
	case !errors.Is(err, transfertoken.ErrNotFound):
		return response{}, err
	case condition.given:
		return response{}, errPrecondition
	}
	return dataResponse(http.StatusOK, nil), nil
}

// deleteToken returns the token that it deletes.
func (a *api) deleteToken(r *request, condition ifMatch) (transfertoken.Token, error) {
	id, err := parseID(r)
	if err != nil {
		return transfertoken.Token{}, err
	}
	t, err := a.svc.Get(r.Context(), id)
	if err != nil {
		return transfertoken.Token{}, err
	}
	revision, err := condition.revisionFor(t)
	if err != nil {
		return transfertoken.Token{}, err
	}
	return t, asPrecondition(a.svc.Delete(r.Context(), id, revision), revision)
}

// selectToken returns the ID in the path of r, and the revision that If-Match
// requires. It checks the condition last, because a request that would fail
// without it fails in the same way with it: RFC 9110, section 13.2.1.
func (a *api) selectToken(r *request) (id uuid.UUID, revision int64, err error) {
	condition, err := parseIfMatch(r)
	if err != nil {
		return uuid.Nil, 0, err
	}
	id, err = parseID(r)
	if err != nil || !condition.given {
		return id, transfertoken.AnyRevision, err
	}
	t, err := a.svc.Get(r.Context(), id)
	if err != nil {
		return uuid.Nil, 0, err
	}
	revision, err = condition.revisionFor(t)
	return id, revision, err
}

// parseID returns the ID in the path of r. Anything but a UUID in canonical form is
// ErrNotFound.
func parseID(r *request) (uuid.UUID, error) {
	id, err := uuid.Parse(r.segment)
	if err != nil || id.String() != r.segment {
		return uuid.Nil, transfertoken.ErrNotFound
	}
	return id, nil
}
