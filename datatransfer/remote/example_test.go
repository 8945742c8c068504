package remote_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// A backup of a remote instance needs its address and a pull token.
func ExamplePull() {
	backUp := func(ctx context.Context, token, passphrase string) error {
		src, err := remote.Pull(ctx, "https://cms.example.com/admin", token, nil)
		if err != nil {
			return err
		}
		defer src.Close()
		backup, err := archive.Create("backup", &archive.WriteOptions{Passphrase: passphrase})
		if err != nil {
			return err
		}
		report, err := datatransfer.Run(ctx, src, backup, nil)
		for _, stage := range report.Stages {
			fmt.Println(stage.Stage, stage.Records)
		}
		return err
	}
	_ = backUp
}

// A backend serves transfers of its data, and a client with one of its tokens backs it up.
func ExampleNewHandler() {
	svc, _ := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	issued, _ := svc.Create(context.Background(), transfertoken.NewToken{
		Name: "nightly", Permissions: transfertoken.Pull, Lifespan: transfertoken.Days30,
	})

	serve := func(mux *http.ServeMux, instance transfertest.Instance) error {
		openSource, openDestination := instance.Source, instance.Destination
		handler, err := remote.NewHandler(svc, &remote.HandlerOptions{Source: openSource, Destination: openDestination})
		mux.Handle("/admin/", http.StripPrefix("/admin", handler))
		return err
	}

	data := transfertest.Generate(nil, 1)
	instance := &transfertest.MemoryInstance{Schemas: data.Schemas}
	if err := instance.Fill(context.Background(), data.Source()); err != nil {
		fmt.Println(err)
	}
	mux := http.NewServeMux()
	if err := serve(mux, instance); err != nil {
		fmt.Println(err)
	}
	server := httptest.NewServer(mux)
	defer server.Close()

	dir, _ := os.MkdirTemp("", "example-")
	defer os.RemoveAll(dir)
	src, err := remote.Pull(context.Background(), server.URL+"/admin", issued.Secret.Reveal(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	backup, err := archive.Create(filepath.Join(dir, "backup"), &archive.WriteOptions{Passphrase: "not this one"})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := datatransfer.Run(context.Background(), src, backup, nil)
	fmt.Println(err, report.Stages[0].Records == int64(len(data.Entities)))
	// Output:
	// <nil> true
}
