package tokentest_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// Upload is the transfer client under test.
func Upload(url, secret, data string) error {
	req, err := http.NewRequest("POST", url, strings.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("remote end answered %s", res.Status)
	}
	return nil
}

// In a test, t is the *testing.T.
func Example() {
	t := &exampleT{}
	defer t.end()

	srv := tokentest.NewServer(t, nil)
	token := srv.Service.Issue(t, transfertoken.Push, transfertoken.Days7)
	err := Upload(srv.URL+"/push", token.Secret.Reveal(), "hello")
	fmt.Printf("%v, received %q\n", err, srv.Pushes()[0].Data)

	for _, f := range tokentest.Failures(transfertoken.Push) {
		srv := tokentest.NewServer(t, nil)
		secret := f.Arrange(t, srv)
		err := Upload(srv.URL+"/push", secret, "hello")
		fmt.Printf("%s: %v\n", f.Name, err)
	}
	// Output:
	// <nil>, received "hello"
	// never issued: remote end answered 401 Unauthorized
	// cut off: remote end answered 401 Unauthorized
	// mistyped: remote end answered 401 Unauthorized
	// issued under another salt: remote end answered 401 Unauthorized
	// deleted: remote end answered 401 Unauthorized
	// regenerated: remote end answered 401 Unauthorized
	// expired: remote end answered 401 Unauthorized
	// suspended: remote end answered 401 Unauthorized
	// wrong scope: remote end answered 403 Forbidden
	// narrowed: remote end answered 403 Forbidden
	// transfer tokens disabled: remote end answered 501 Not Implemented
	// store failing: remote end answered 503 Service Unavailable
}

// exampleT stands in for *testing.T, which an example does not have.
type exampleT struct{ cleanups []func() }

func (t *exampleT) Helper()                   {}
func (t *exampleT) Logf(string, ...any)       {}
func (t *exampleT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (t *exampleT) Cleanup(f func())          { t.cleanups = append(t.cleanups, f) }
func (t *exampleT) end() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		t.cleanups[last]()
		t.cleanups = t.cleanups[:last]
	}
}
