package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/model"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

type inspectCommand struct {
	console *cli.Console
	unlock  cli.UnlockFlags
	uid     string
	json    bool
}

func newInspect(console *cli.Console) *cobra.Command {
	i := &inspectCommand{console: console}
	command := &cobra.Command{
		Use:   "inspect [flags] ARCHIVE",
		Short: "Show what is in an archive",
		Long: `Inspect shows when and by which version an archive was made, how it is encrypted,
how many records and bytes each type has, and which places hold secrets: password
hashes, headers of webhooks, settings. It names the places, never the secrets.

The sizes of records are those of their JSON. The SHA-256 is that of the plain
tar, so it stays the same under another compression and encryption.

With --type it shows one content type or component, with its attributes.`,
		Example: `  xfer inspect export_20261125.tar.gz.enc
  xfer inspect --type api::article.article export.tar
  xfer inspect --json export.tar | jq .stages`,
		Args:              cli.Arguments(1, 1),
		ValidArgsFunction: cli.CompleteArchives(1),
		RunE: func(command *cobra.Command, args []string) error {
			return i.run(command.Context(), args[0])
		},
	}
	flags := command.Flags()
	i.unlock.Register(flags)
	flags.StringVar(&i.uid, "type", "", "show only the content type or component with this `UID`")
	flags.BoolVar(&i.json, "json", false, "print the result as JSON")
	cli.Complete(command, "type")
	return command
}

func (i *inspectCommand) run(ctx context.Context, name string) error {
	reader, _, err := cli.OpenArchive(ctx, i.console, &i.unlock, name)
	if err != nil {
		return err
	}
	defer reader.Close()
	if i.uid != "" {
		return i.showType(ctx, name, reader)
	}
	if i.json {
		return i.console.JSON(newInspection(name, reader.Info()))
	}
	i.print(newInspection(name, reader.Info()))
	return nil
}

// An inspection describes an archive. It is printed as JSON.
type inspection struct {
	Archive       string            `json:"archive"`
	Format        string            `json:"format"`     // "tar" or "dir"
	Compressed    bool              `json:"compressed"` // with gzip
	Encryption    string            `json:"encryption"` // "none", "age", "strapi" or "strapi with header"
	CreatedAt     *time.Time        `json:"createdAt"`  // null if the archive does not say it
	StrapiVersion string            `json:"strapiVersion"`
	StoredBytes   int64             `json:"storedBytes"` // of the file
	PlainBytes    int64             `json:"plainBytes"`  // of the tar
	SHA256        string            `json:"sha256"`      // of the tar; "" for a folder
	Entries       int64             `json:"entries"`
	Schemas       int               `json:"schemas"`
	Stages        []cli.StageReport `json:"stages"`
	Secrets       []string          `json:"secrets"`      // places, as types with fields; at most 100
	SecretValues  int64             `json:"secretValues"` // at all places
	Findings      int64             `json:"findings"`     // that verify lists
}

// secretPlaces returns the places where an archive holds secrets.
func secretPlaces(info archive.Info) []string {
	places := []string{}
	for _, finding := range info.Findings {
		if finding.Kind == archive.SecretInClear {
			places = append(places, finding.What)
		}
	}
	return places
}

func newInspection(name string, info archive.Info) inspection {
	result := inspection{
		Archive: name, Format: info.Format.String(), Compressed: info.Compressed, Encryption: info.Encryption.String(),
		StrapiVersion: info.Metadata.StrapiVersion, StoredBytes: info.Size, PlainBytes: info.Bytes, SHA256: info.SHA256,
		Entries: info.Entries, Schemas: info.Schemas, Secrets: secretPlaces(info),
		SecretValues: info.Counts[archive.SecretInClear], Findings: info.Problems(),
	}
	if created := info.Metadata.CreatedAt; !created.IsZero() {
		created = created.UTC()
		result.CreatedAt = &created
	}
	for _, stage := range info.Stages {
		result.Stages = append(result.Stages, cli.StageReport{
			Stage: stage.Stage, Records: stage.Records, Bytes: stage.Bytes, Types: cli.TypeCounts(stage.ByType),
		})
	}
	return result
}

func (i *inspectCommand) print(result inspection) {
	head := cli.NewTable()
	head.Add("archive", result.Archive)
	created := "unknown"
	if result.CreatedAt != nil {
		created = result.CreatedAt.Format("2006-01-02 15:04:05 UTC")
	}
	version := result.StrapiVersion
	if version == "" {
		version = "unknown"
	}
	compression := "none"
	if result.Compressed {
		compression = "gzip"
	}
	head.Add("created", created)
	head.Add("Strapi", version)
	head.Add("format", result.Format)
	head.Add("compression", compression)
	head.Add("encryption", result.Encryption)
	head.Add("size", cli.Size(result.StoredBytes))
	if result.SHA256 != "" {
		head.Add("SHA-256", result.SHA256)
	}
	head.Add("schemas", fmt.Sprint(result.Schemas))
	i.console.Print(head)
	i.console.Println()

	table := cli.NewTable("stage", ">count", ">size")
	total := datatransfer.Count{}
	for _, stage := range result.Stages {
		cli.AddStage(table, stage)
		total.Records += stage.Records
		total.Bytes += stage.Bytes
	}
	table.Add("total", cli.Number(total.Records), cli.Size(total.Bytes))
	i.console.Print(table)
	i.printSecrets(result)
	if result.Findings > 0 {
		i.console.Warnf("%s: see xfer verify", cli.Plural(result.Findings, "finding"))
	}
}

func (i *inspectCommand) printSecrets(result inspection) {
	if len(result.Secrets) == 0 {
		return
	}
	table := cli.NewTable(fmt.Sprintf("secrets (%s)", cli.Plural(result.SecretValues, "value")))
	for _, place := range result.Secrets {
		table.Add("  " + place)
	}
	i.console.Println()
	i.console.Print(table)
	if result.Encryption == archive.None.String() {
		i.console.Warnf("whoever has this archive can read these secrets: xfer convert encrypts it")
	}
}

// A typeInspection describes a type. It is printed as JSON.
type typeInspection struct {
	Type       string             `json:"type"`
	Name       string             `json:"name"`
	Kind       string             `json:"kind"` // "content type" or "component"
	Records    int64              `json:"records"`
	Bytes      int64              `json:"bytes"`
	Links      int64              `json:"links"` // whose left end is of the type
	Attributes []attributeDetails `json:"attributes"`
}

type attributeDetails struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Details string `json:"details,omitempty"` // of a relation or component
}

func (i *inspectCommand) showType(ctx context.Context, name string, reader *archive.Reader) error {
	schemas, err := reader.Schemas(ctx)
	if err != nil {
		return cli.ArchiveError(name, err)
	}
	schema := model.New(schemas).Type(i.uid)
	if schema == nil {
		return fmt.Errorf("%s has no content type or component %q (inspect without --type lists them)", name, i.uid)
	}
	info := reader.Info()
	count := info.Stage(datatransfer.StageEntities).ByType[i.uid]
	result := typeInspection{
		Type: i.uid, Name: schema.Name, Kind: "content type", Records: count.Records, Bytes: count.Bytes,
		Links: info.Stage(datatransfer.StageLinks).ByType[i.uid].Records, Attributes: []attributeDetails{},
	}
	if schema.Component {
		result.Kind = "component"
	}
	for _, attribute := range schema.Order {
		definition := schema.Attributes[attribute]
		result.Attributes = append(result.Attributes, attributeDetails{attribute, definition.Type, definition.Details()})
	}
	if i.json {
		return i.console.JSON(result)
	}
	head := cli.NewTable()
	head.Add(result.Kind, result.Type)
	head.Add("name", result.Name)
	head.Add("records", fmt.Sprintf("%s (%s)", cli.Number(result.Records), cli.Size(result.Bytes)))
	head.Add("links", cli.Number(result.Links))
	i.console.Print(head)
	i.console.Println()
	table := cli.NewTable("attribute", "type", "details")
	for _, attribute := range result.Attributes {
		table.Add(attribute.Name, attribute.Type, attribute.Details)
	}
	i.console.Print(table)
	return nil
}
