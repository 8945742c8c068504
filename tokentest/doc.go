// Package tokentest helps to test clients that transfer data with a transfer
// token, and backends that accept one.
//
// # Testing a client
//
// [NewServer] starts the remote end of a transfer on the loopback interface. It
// accepts pushes to URL/push and pulls from URL/pull, from clients that present a
// token by Authorization: Bearer. [Service.Issue] makes
// such a token:
//
//	srv := tokentest.NewServer(t, nil)
//	token := srv.Service.Issue(t, transfertoken.Push, transfertoken.Days7)
//	err := yourclient.Push(srv.URL+"/push", token.Secret.Reveal(), data)
//	// look at err and srv.Pushes()
//
// The test changes the token with Expire, Revoke, Suspend and Narrow of [Service], and the
// server with Disable, Hold and Service.Fail. [Failures]
// lists every way in which a token can fail, ready to loop over:
//
//	for _, f := range tokentest.Failures(transfertoken.Push) {
//		t.Run(f.Name, func(t *testing.T) {
//			srv := tokentest.NewServer(t, nil)
//			secret := f.Arrange(t, srv)
//			err := yourclient.Push(srv.URL+"/push", secret, data)
//			// err should tell of f.Status and f.Challenge
//		})
//	}
//
// A token that ends in the middle of a transfer cuts the transfer off: hold it
// with [Server.Hold], wait until it is there, end the token.
//
//	gate := srv.Hold()
//	go func() { result <- yourclient.Pull(…) }()
//	<-gate.Reached()
//	srv.Service.Revoke(t, token.Token.ID)
//	err := <-result // the client got half of the data
//
// # Testing a backend
//
// [NewService] makes the TokenService that the backend under test is given, on a
// store in memory and with a clock that only the test moves.
//
//	svc := tokentest.NewService(t, nil)
//	backend := yourbackend.New(svc.TokenService)
//	token := svc.Issue(t, transfertoken.Pull, transfertoken.Unlimited)
//	svc.Clock.Advance(time.Hour)
//
// # Everywhere
//
// Options may be nil. Servers and tokens end with the test, by Cleanup. Nothing
// sleeps. Everything is safe for concurrent use.
//
//	service.go   Service, its Clock, a store that can fail
//	server.go    Server, its Transfers and Gates
//	failures.go  the ways in which a token can fail
package tokentest

// TB is the part of [testing.TB] that this package uses, so that other test
// frameworks can stand in for it. *testing.T, *testing.B and *testing.F are TBs.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Fatalf(format string, args ...any) // must not return
	Cleanup(func())
}
