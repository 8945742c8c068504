package datatransfer_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// An import: the source is an archive that a real Strapi exported, the destination is a
// backend, here one in memory.
func ExampleRun() {
	ctx := context.Background()
	src, err := archive.Open(ctx, "archive/testdata/rich.tar", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	var backend transfertest.MemoryInstance
	dst, err := backend.Destination(ctx)
	if err != nil {
		log.Fatal(err)
	}

	scope, err := datatransfer.ParseScope([]string{"content"}, nil, []string{"api::article.article"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	report, err := datatransfer.Run(ctx, src, dst, &datatransfer.Options{Scope: scope})
	if err != nil {
		log.Fatal(err)
	}
	for _, stage := range report.Stages {
		if stage.Skipped {
			fmt.Println(stage.Stage, "skipped")
			continue
		}
		fmt.Println(stage.Stage, stage.Records, "dropped:", stage.Dropped)
	}
	// Output:
	// entities 4 dropped: map[out of scope:9]
	// assets skipped
	// links 7 dropped: map[out of scope:28]
	// configuration skipped
}

// A Parser and AppendJSON keep what they do not know, byte for byte in data.
func ExampleParser() {
	var p datatransfer.Parser
	e, err := p.Entity([]byte(`{"id":7,"type":"api::note.note","data":{"price": 1.50,"big":9007199254740993},"new":true}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Type, e.ID)

	line, err := e.AppendJSON(nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
	// Output:
	// api::note.note 7
	// {"type":"api::note.note","id":7,"data":{"price": 1.50,"big":9007199254740993},"new":true}
}

func ExampleSchemas_Diff() {
	parse := func(attribute string) datatransfer.Schemas {
		s, err := new(datatransfer.Parser).Schema([]byte(
			`{"uid":"api::note.note","modelType":"contentType","attributes":{"title":` + attribute + `}}`))
		if err != nil {
			log.Fatal(err)
		}
		return datatransfer.Schemas{s}
	}
	here := parse(`{"type":"string","required":true}`)
	there := parse(`{"type":"text","required":false}`)
	for _, difference := range here.Diff(there) {
		fmt.Println(difference)
	}
	// Output:
	// api::note.note: attributes.title.type: changed from "string" to "text"
}
