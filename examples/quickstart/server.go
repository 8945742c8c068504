package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

type server struct {
	url    string
	http   *http.Server
	served chan error
}

// startServer serves on a free port of the loopback interface. A real backend
// does so over TLS: the secrets travel in a header.
func startServer(handler http.Handler) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{
		url: "http://" + listener.Addr().String(),
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Minute, // of a whole push
			WriteTimeout:      10 * time.Minute, // of a whole pull
			IdleTimeout:       time.Minute,
		},
		served: make(chan error, 1),
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// shutdown lets transfers that are under way finish, for a few seconds.
func (s *server) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
