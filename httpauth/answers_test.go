package httpauth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// answer is one entry of the table in the package comment.
type answer struct {
	situation string
	status    int
	challenge string
	body      string
}

func documentedAnswers(t *testing.T) []answer {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	require.NoError(t, err)
	var p comment.Parser
	var tables []string
	inSection := false
	for _, block := range p.Parse(file.Doc.Text()).Content {
		switch block := block.(type) {
		case *comment.Heading:
			inSection = len(block.Text) == 1 && block.Text[0] == comment.Plain("Answers")
		case *comment.Code:
			if inSection {
				tables = append(tables, block.Text)
			}
		}
	}
	var answers []answer
	for entry := range strings.SplitSeq(strings.TrimSpace(tables[0]), "\n\n") {
		lines := strings.Split(strings.TrimSpace(entry), "\n\t")
		status, name, _ := strings.Cut(lines[1], " ")
		a := answer{situation: lines[0]}
		a.status, err = strconv.Atoi(status)
		require.NoError(t, err, entry)
		if len(lines) == 4 {
			challenge, ok := strings.CutPrefix(lines[2], "WWW-Authenticate: ")
			require.True(t, ok, entry)
			a.challenge = challenge
		}
		details := "{}"
		if a.status == http.StatusNotImplemented {
			details = `{"code":"INVALID_TOKEN_SALT"}`
		}
		a.body = fmt.Sprintf(`{"data":null,"error":{"status":%s,"name":%q,"message":%q,"details":%s}}`,
			status, name, lines[len(lines)-1], details)
		answers = append(answers, a)
	}
	return answers
}

// situations arranges what the table in the package comment describes, for a
// handler that needs Push: each returns the headers that bring it about.
var situations = map[string]func(t *testing.T, srv *tokentest.Server) []http.Header{
	"no Authorization header, an empty one, or another scheme": func(t *testing.T, srv *tokentest.Server) []http.Header {
		secret := push(t, srv)
		return append(authorization("", "Basic "+secret, "Token "+secret, secret, "Bearer:"+secret, "Bearer"+secret,
			`"Bearer" `+secret),
			http.Header{}, http.Header{"X-Authorization": {"Bearer " + secret}},
			http.Header{"Proxy-Authorization": {"Bearer " + secret}})
	},
	"a token that is empty, malformed, unknown, replaced or deleted, or with anything after it": func(t *testing.T,
		srv *tokentest.Server) []http.Header {
		good := push(t, srv)
		headers := authorization("Bearer", "Bearer ", "Bearer nonsense", "Bearer "+good+" "+good, "Bearer "+good+", Bearer "+
			good, "Bearer "+good+",")
		for _, f := range tokentest.Failures(transfertoken.Push) {
			if f.Status == http.StatusUnauthorized && f.Name != "expired" && f.Name != "suspended" {
				headers = append(headers, authorization("Bearer "+f.Arrange(t, srv))...)
			}
		}
		return headers
	},
	"an expired token": func(t *testing.T, srv *tokentest.Server) []http.Header {
		issued := srv.Service.Issue(t, transfertoken.Pull, transfertoken.Days30) // what is expired has no scope any more
		srv.Service.Expire(t, issued.Token.ID)
		return authorization("Bearer " + issued.Secret.Reveal())
	},
	"a suspended token": func(t *testing.T, srv *tokentest.Server) []http.Header {
		issued := srv.Service.Issue(t, transfertoken.Pull, transfertoken.Days30) // its scope does not show either
		srv.Service.Suspend(t, issued.Token.ID)
		return authorization("Bearer " + issued.Secret.Reveal())
	},
	"a token that does not grant what is needed": func(t *testing.T, srv *tokentest.Server) []http.Header {
		issued := srv.Service.Issue(t, transfertoken.Pull, transfertoken.Unlimited)
		return authorization("Bearer " + issued.Secret.Reveal())
	},
	"more than one Authorization header": func(t *testing.T, srv *tokentest.Server) []http.Header {
		good := "Bearer " + push(t, srv)
		return []http.Header{{"Authorization": {good, good}}, {"Authorization": {good, ""}},
			{"Authorization": {"Basic eA==", good}}}
	},
	"the store fails, or the request ends before the store has answered": func(t *testing.T,
		srv *tokentest.Server) []http.Header {
		good := push(t, srv)
		srv.Service.Fail(errors.New("connection refused"))
		return authorization("Bearer " + good)
	},
	"transfer tokens are disabled, whatever is presented": func(t *testing.T, srv *tokentest.Server) []http.Header {
		good := "Bearer " + push(t, srv)
		srv.Disable()
		return append(authorization(good, "Bearer", "Basic eA==", ""), http.Header{},
			http.Header{"Authorization": {good, good}})
	},
}

func authorization(values ...string) (headers []http.Header) {
	for _, v := range values {
		headers = append(headers, http.Header{"Authorization": {v}})
	}
	return headers
}

func push(t *testing.T, srv *tokentest.Server) string {
	return srv.Service.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
}

func TestEverySituationIsAnsweredAsDocumented(t *testing.T) {
	answers := documentedAnswers(t)
	require.Len(t, answers, len(situations), "the table in the package comment and that of the test")
	for _, want := range answers {
		t.Run(want.situation, func(t *testing.T) {
			arrange := situations[want.situation]
			require.NotNil(t, arrange, "not in the table of the test")
			srv := tokentest.NewServer(t, nil)
			for _, header := range arrange(t, srv) {
				r := httptest.NewRequest("POST", "/push", nil)
				r.Header = header
				w := httptest.NewRecorder()
				srv.Config.Handler.ServeHTTP(w, r)
				require.Equal(t, want, answerOf(want.situation, w), "%q", header)
				require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
				require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			}
			require.Empty(t, srv.Pushes())
		})
	}
}

func answerOf(situation string, w *httptest.ResponseRecorder) answer {
	return answer{situation, w.Code, strings.Join(w.Header().Values("WWW-Authenticate"), "\n"), w.Body.String()}
}

func TestScopeNamesWhatIsNeeded(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	for need, scope := range map[transfertoken.Permissions]string{
		transfertoken.Push:       "push",
		transfertoken.Pull:       "pull",
		transfertoken.FullAccess: "push pull",
	} {
		for _, granted := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull,
			transfertoken.FullAccess} {
			w := call(httpauth.Require(svc.TokenService, need, nil), "Bearer "+
				svc.Issue(t, granted, transfertoken.Days7).Secret.Reveal())
			if granted.Has(need) {
				require.Equal(t, http.StatusOK, w.Code)
				continue
			}
			require.Equal(t, http.StatusForbidden, w.Code)
			require.Equal(t, `Bearer error="insufficient_scope", scope="`+scope+`"`, w.Header().Get("WWW-Authenticate"))
		}
	}
}

func TestARequestThatEndsBeforeTheStoreAnswersIs503(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	secret := svc.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "POST", "/", nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	var log bytes.Buffer
	httpauth.Require(svc.TokenService, transfertoken.Push, &httpauth.Options{Logger: logTo(&log)})(ok).ServeHTTP(w, r)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, log.String(), `"level":"INFO"`, "it is no failure of the store")
}

// ok is a handler that answers 200 and adds nothing.
var ok = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

// call sends the Authorization headers to a guarded handler, in process.
func call(guard func(http.Handler) http.Handler, authorization ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/", nil)
	for _, v := range authorization {
		r.Header.Add("Authorization", v)
	}
	w := httptest.NewRecorder()
	guard(ok).ServeHTTP(w, r)
	return w
}
