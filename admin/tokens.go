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
// way never leads to a list that looks whole.
func (a *api) list(r *request) (answer, error) {
	q, err := parseQuery(r.Request)
	if err != nil {
		return answer{}, err
	}
	tokens, err := a.tokens(r, q)
	if err != nil {
		return answer{}, err
	}
	objects := make([]object, len(tokens))
	for i, t := range tokens {
		objects[i] = q.view.object(t)
	}
	return answered(http.StatusOK, objects), nil
}

func (a *api) tokens(r *request, q query) ([]transfertoken.Token, error) {
	if q.paged {
		return a.svc.List(r.Context(), q.page)
	}
	var tokens []transfertoken.Token
	for t, err := range a.svc.All(r.Context()) {
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
	}
	slices.SortFunc(tokens, func(x, y transfertoken.Token) int { return strings.Compare(x.Name, y.Name) })
	return tokens, nil
}

func (a *api) get(r *request) (answer, error) {
	v, err := parseView(r.Request)
	if err != nil {
		return answer{}, err
	}
	id, err := idOf(r)
	if err != nil {
		return answer{}, err
	}
	t, err := a.svc.Get(r.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return answered(http.StatusOK, v.object(t)).withETag(t, v), nil
}

func (a *api) create(r *request) (answer, error) {
	v, err := parseView(r.Request)
	if err != nil {
		return answer{}, err
	}
	body, err := r.readBody()
	if err != nil {
		return answer{}, err
	}
	t, err := newToken(body)
	if err != nil {
		return answer{}, err
	}
	t.CreatedBy = r.actor
	issued, err := a.svc.Create(r.Context(), t)
	if err != nil {
		return answer{}, fieldErrors(err, map[string]string{"name": t.Name, "description": t.Description})
	}
	return answered(http.StatusCreated, v.issued(issued)).withETag(issued.Token, v), nil
}

func (a *api) update(r *request) (answer, error) {
	v, err := parseView(r.Request)
	if err != nil {
		return answer{}, err
	}
	body, err := r.readBody()
	if err != nil {
		return answer{}, err
	}
	changes, err := newChanges(body)
	if err != nil {
		return answer{}, err
	}
	id, revision, err := a.selected(r)
	if err != nil {
		return answer{}, err
	}
	changes.Revision = revision
	t, err := a.svc.Update(r.Context(), id, changes)
	if err != nil {
		return answer{}, fieldErrors(lost(err, revision), map[string]string{"name": text(changes.Name), "description": text(changes.Description)})
	}
	return answered(http.StatusOK, v.object(t)).withETag(t, v), nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// regenerate reads a body of JSON only to refuse malformed JSON, as Strapi does. It
// ignores any other body.
func (a *api) regenerate(r *request) (answer, error) {
	if strapi.IsJSON(r.Header) {
		if _, err := r.readBody(); err != nil {
			return answer{}, err
		}
	}
	id, revision, err := a.selected(r)
	if err != nil {
		return answer{}, err
	}
	issued, err := a.svc.Regenerate(r.Context(), id, revision)
	if err != nil {
		return answer{}, lost(err, revision)
	}
	return answered(http.StatusCreated, regenerated{issued.Token.ID.String(), issued.Token.Name, issued.Secret.Reveal()}).withETag(issued.Token, view{}), nil
}

// delete answers null for a token that is not there: it can be repeated. With
// If-Match it cannot, as what it asks for is not there.
func (a *api) delete(r *request) (answer, error) {
	v, err := parseView(r.Request)
	if err != nil {
		return answer{}, err
	}
	tags, err := parseIfMatch(r.Request)
	if err != nil {
		return answer{}, err
	}
	t, err := a.remove(r, tags)
	switch {
	case err == nil:
		return answered(http.StatusOK, v.object(t)).withETag(t, v), nil
	case !errors.Is(err, transfertoken.ErrNotFound):
		return answer{}, err
	case tags.given:
		return answer{}, errPrecondition
	}
	return answered(http.StatusOK, nil), nil
}

// remove returns the token that it deletes.
func (a *api) remove(r *request, tags ifMatch) (transfertoken.Token, error) {
	id, err := idOf(r)
	if err != nil {
		return transfertoken.Token{}, err
	}
	t, err := a.svc.Get(r.Context(), id)
	if err != nil {
		return transfertoken.Token{}, err
	}
	revision, err := tags.on(t)
	if err != nil {
		return transfertoken.Token{}, err
	}
	return t, lost(a.svc.Delete(r.Context(), id, revision), revision)
}

// selected returns the ID in the path of r, and the revision that If-Match asks
// for. The precondition is judged only where the request would succeed without
// it: RFC 9110, section 13.2.1.
func (a *api) selected(r *request) (id uuid.UUID, revision int64, err error) {
	tags, err := parseIfMatch(r.Request)
	if err != nil {
		return uuid.Nil, 0, err
	}
	id, err = idOf(r)
	if err != nil || !tags.given {
		return id, transfertoken.AnyRevision, err
	}
	t, err := a.svc.Get(r.Context(), id)
	if err != nil {
		return uuid.Nil, 0, err
	}
	revision, err = tags.on(t)
	return id, revision, err
}

// idOf returns the ID in the path of r. What is no UUID in its canonical form is
// the ID of no token.
func idOf(r *request) (uuid.UUID, error) {
	id, err := uuid.Parse(r.value)
	if err != nil || id.String() != r.value {
		return uuid.Nil, transfertoken.ErrNotFound
	}
	return id, nil
}
