package transfertoken_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// adminHandler is a host's own admin API with every operation. The host puts it
// behind its login, because this library does not know administrators.
func adminHandler(svc *transfertoken.TokenService) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /tokens", answer(http.StatusOK, func(r *http.Request) (any, error) {
		after, err := uuid.Parse(r.FormValue("after"))
		if err != nil && r.FormValue("after") != "" {
			return nil, transfertoken.ErrNotFound
		}
		return svc.List(r.Context(), transfertoken.ListOptions{After: after})
	}))
	mux.Handle("POST /tokens", answer(http.StatusCreated, func(r *http.Request) (any, error) {
		var request transfertoken.NewToken
		if err := decode(r, &request); err != nil {
			return nil, err
		}
		request.CreatedBy = "ada" // from the host's session
		issued, err := svc.Create(r.Context(), request)
		return reveal(issued, err)
	}))
	mux.Handle("GET /tokens/{id}", answer(http.StatusOK, func(r *http.Request) (any, error) {
		id, err := tokenID(r)
		if err != nil {
			return nil, err
		}
		return svc.Get(r.Context(), id)
	}))
	mux.Handle("PUT /tokens/{id}", answer(http.StatusOK, func(r *http.Request) (any, error) {
		id, err := tokenID(r)
		if err != nil {
			return nil, err
		}
		var changes transfertoken.Changes
		if err := decode(r, &changes); err != nil {
			return nil, err
		}
		return svc.Update(r.Context(), id, changes)
	}))
	mux.Handle("POST /tokens/{id}/regenerate", answer(http.StatusCreated, func(r *http.Request) (any, error) {
		id, err := tokenID(r)
		if err != nil {
			return nil, err
		}
		issued, err := svc.Regenerate(r.Context(), id, transfertoken.AnyRevision)
		return reveal(issued, err)
	}))
	mux.Handle("DELETE /tokens/{id}", answer(http.StatusOK, func(r *http.Request) (any, error) {
		id, err := tokenID(r)
		if err != nil {
			return nil, err
		}
		return struct{}{}, svc.Delete(r.Context(), id, transfertoken.AnyRevision)
	}))
	return mux
}

// answer writes the result of do, or the status for its error.
func answer(ok int, do func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result, err := do(r)
		status := ok
		if err != nil {
			status, result = statusOf(err)
			if status == http.StatusServiceUnavailable {
				log.Print(err)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(result); err != nil {
			log.Print(err)
		}
	})
}

// statusOf returns the status for an error of the library. Any other error is a
// failure of the store, whose text the client does not see.
func statusOf(err error) (int, any) {
	problem := func(text string) any { return map[string]string{"error": text} }
	var validation *transfertoken.ValidationError
	switch {
	case errors.As(err, &validation):
		return http.StatusBadRequest, validation
	case errors.Is(err, transfertoken.ErrNotFound):
		return http.StatusNotFound, problem("token not found")
	case errors.Is(err, transfertoken.ErrNameTaken):
		return http.StatusConflict, problem("name already taken")
	case errors.Is(err, transfertoken.ErrConflict):
		return http.StatusConflict, problem("the token was changed meanwhile")
	case errors.Is(err, transfertoken.ErrDisabled):
		return http.StatusNotImplemented, problem("transfer tokens are disabled")
	}
	return http.StatusServiceUnavailable, problem("try again later")
}

// reveal returns the response that shows a secret, for the only time.
func reveal(issued transfertoken.Issued, err error) (any, error) {
	return struct {
		transfertoken.Token
		Secret string `json:"secret"`
	}{issued.Token, issued.Secret.Reveal()}, err
}

// tokenID returns the ID in the path. A malformed ID is ErrNotFound.
func tokenID(r *http.Request) (uuid.UUID, error) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return uuid.Nil, transfertoken.ErrNotFound
	}
	return id, nil
}

func decode(r *http.Request, request any) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<20))
	if err != nil {
		return &transfertoken.ValidationError{
			Fields: []transfertoken.FieldError{{Field: "body", Problem: "must be at most 1 MiB long"}},
		}
	}
	var validation *transfertoken.ValidationError
	err = json.Unmarshal(body, request)
	if err != nil && !errors.As(err, &validation) { // unknown permissions and lifespans are ValidationErrors already
		return &transfertoken.ValidationError{
			Fields: []transfertoken.FieldError{
				{Field: "body", Problem: "must be a JSON object with the fields of a token"},
			},
		}
	}
	return err
}

// A host can write its own admin API.
func ExampleTokenService_admin() {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	if err != nil {
		log.Fatal(err)
	}
	admin := adminHandler(svc)
	call := func(method, path, body string) map[string]any {
		w := httptest.NewRecorder()
		admin.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			log.Fatal(err)
		}
		fmt.Println(method, w.Code, shown(answer))
		return answer
	}

	created := call("POST", "/tokens", `{"name": "nightly", "permissions": ["push"], "lifespan": "30 days"}`)
	path := "/tokens/" + created["id"].(string)
	call("POST", "/tokens", `{"name": "nightly", "permissions": ["push"], "lifespan": "30 days"}`)
	call("POST", "/tokens", `{"permissions": ["push"], "lifespan": "7 days"}`)
	call("POST", "/tokens", `{"name": "n", "permissions": ["write"], "lifespan": "7 days"}`)
	call("PUT", path, `{"permissions": ["push", "pull"], "revision": 1}`)
	call("PUT", path, `{"name": "weekly", "revision": 1}`)
	call("POST", path+"/regenerate", ``)
	call("DELETE", path, ``)
	call("GET", path, ``)
	// Output:
	// POST 201 nightly [push], revision 1, a secret of 54 characters
	// POST 409 name already taken
	// POST 400 [map[field:name problem:must not be empty]]
	// POST 400 [map[field:permissions problem:must be "push", "pull", or both ("full-access" alone)]]
	// PUT 200 nightly [push pull], revision 2
	// PUT 409 the token was changed meanwhile
	// POST 201 nightly [push pull], revision 3, a secret of 54 characters
	// DELETE 200 done
	// GET 404 token not found
}

func shown(answer map[string]any) string {
	switch {
	case answer["error"] != nil:
		return answer["error"].(string)
	case answer["fields"] != nil:
		return fmt.Sprint(answer["fields"])
	case answer["name"] == nil:
		return "done"
	}
	text := fmt.Sprintf("%v %v, revision %v", answer["name"], answer["permissions"], answer["revision"])
	if secret, ok := answer["secret"].(string); ok {
		text += ", a secret of " + strconv.Itoa(len(secret)) + " characters"
	}
	return text
}
