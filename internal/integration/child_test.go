package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// childVariable is the environment variable with which the test binary becomes a
// child process.
const childVariable = "TRANSFERTOKEN_TEST_CHILD"

// lanes is the number of tokens that a child works on at the same time, with a
// goroutine for each.
const lanes = 4

// job describes the work of a child.
type job struct {
	Driver  string
	Dialect sqlstore.Dialect
	DSN     string
	Table   string
	Salt    []byte // a Salt would be redacted
	Prefix  string // of the names of the child's tokens
}

// report is a line that a child writes when it connects, before each operation, and
// after it.
type report struct {
	Session string
	Lane    int
	Op      string
	Done    bool
	Failed  string
	Token   *transfertoken.Token // after Op; nil if it was deleted
	Secret  string               // of Op, if it makes one
}

// child creates, regenerates, updates and deletes tokens until it is killed.
func child(text string) {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		panic(err)
	}
	out := json.NewEncoder(os.Stdout)
	var mu sync.Mutex
	write := func(r report) {
		mu.Lock()
		defer mu.Unlock()
		if err := out.Encode(r); err != nil {
			os.Exit(1)
		}
	}
	db, err := openSessions(j.Driver, j.DSN, j.Dialect, func(id string) { write(report{Session: id}) })
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(lanes)
	db.SetMaxIdleConns(lanes)
	store, err := sqlstore.New(db, j.Dialect, &sqlstore.Options{Table: j.Table})
	if err != nil {
		panic(err)
	}
	svc, err := transfertoken.New(store, transfertoken.Salt(j.Salt), nil)
	if err != nil {
		panic(err)
	}
	var wait sync.WaitGroup
	for i := range lanes {
		wait.Go(func() { lane{svc, j.Prefix, i, write}.run() })
	}
	wait.Wait()
}

type lane struct {
	svc    *transfertoken.TokenService
	prefix string
	number int
	write  func(report)
}

// run ends when an operation fails.
func (l lane) run() {
	ctx := context.Background()
	var token transfertoken.Token
	for n := 0; ; n++ {
		r := report{Lane: l.number, Op: "create"}
		if token.Revision > 0 {
			r.Op = []string{"regenerate", "regenerate", "update", "update", "delete"}[rand.IntN(5)]
		}
		l.write(r)
		var issued transfertoken.Issued
		var err error
		want := childToken(fmt.Sprintf("%s-%d-%d", l.prefix, l.number, n))
		switch r.Op {
		case "create":
			issued, err = l.svc.Create(ctx, want)
			token = issued.Token
		case "regenerate":
			issued, err = l.svc.Regenerate(ctx, token.ID, token.Revision)
			token = issued.Token
		case "update":
			token, err = l.svc.Update(ctx, token.ID, transfertoken.Changes{
				Name: &want.Name, Description: &want.Description, Permissions: &want.Permissions,
				Revision: token.Revision,
			})
		case "delete":
			err = l.svc.Delete(ctx, token.ID, token.Revision)
			token = transfertoken.Token{}
		}
		if err != nil {
			r.Failed = err.Error()
			l.write(r)
			return
		}
		r.Done = true
		if token.Revision > 0 {
			r.Token = &token
		}
		if issued.Token.Revision > 0 {
			r.Secret = issued.Secret.Reveal()
		}
		l.write(r)
	}
}

// childToken returns a token whose other fields follow from the name. An update that
// was half done would not fit its name.
func childToken(name string) transfertoken.NewToken {
	permissions := transfertoken.Push
	if len(name)%2 == 0 {
		permissions = transfertoken.Pull
	}
	return transfertoken.NewToken{
		Name:        name,
		Description: "about " + name,
		Permissions: permissions,
		Lifespan:    transfertoken.Days30,
		CreatedBy:   "child",
	}
}
