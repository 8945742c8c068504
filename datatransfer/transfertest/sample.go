package transfertest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// schemaLines are the schemas of a small instance of Strapi, one a line, made by hand:
// components in components and in a dynamic zone, all types of attributes, all relations.
//
//go:embed schemas.jsonl
var schemaLines string

func sampleSchemas() datatransfer.Schemas {
	schemas, err := datatransfer.ParseSchemas(func(yield func(json.RawMessage, error) bool) {
		for line := range strings.Lines(schemaLines) {
			if !yield(json.RawMessage(line), nil) {
				return
			}
		}
	})
	if err != nil {
		panic(fmt.Sprintf("transfertest: schemas.jsonl: %v", err))
	}
	return schemas
}

func sampleMetadata(n int) datatransfer.Metadata {
	return datatransfer.Metadata{
		CreatedAt:     time.Date(2026, time.January, n, 12, 0, 0, 0, time.UTC),
		StrapiVersion: "5.54.0",
	}
}
