package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A checker reads all of an archive once. It checks each entry and record, notes where
// the stages are, and sets aside the metadata that does not stand directly before its
// file.
type checker struct {
	r        *Reader
	limits   Limits
	position int64
	lines    *lineReader
	parser   datatransfer.Parser
	metadata metadataChecker

	names     *hashTable // entries that are not assets, in lower case
	waiting   *waitingMetadata
	schemas   [][]byte
	described bool // metadata.json was there

	contents *contents // nil: the stages have not begun
	latest   entryKind // of the stages that contents has seen
	disorder bool      // the entries do not stand in the order that contents needs
}

const (
	maxTypes    = 10_000 // of the records of a stage
	maxTypeName = 1000   // bytes
)

func newChecker(r *Reader) *checker {
	c := &checker{
		r: r, limits: r.limits, lines: newLineReader(r.limits),
		names: newHashTable(false),
	}
	c.parser.MaxRecord = r.limits.Record
	c.metadata.parser.MaxRecord = r.limits.Record
	return c
}

func (c *checker) run(ctx context.Context, t tree) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := t.next()
		if err == io.EOF {
			return c.finish(ctx)
		}
		if err != nil {
			return err
		}
		e.body = contextReader{ctx, e.body}
		if err := c.entry(e); err != nil {
			return recordError(e, 0, err)
		}
		c.position++
	}
}

func (c *checker) entry(e *entry) error {
	c.r.info.Entries++
	if e.kind != assetUpload && e.kind != assetMetadata && !c.names.add(c.names.hash(e.key())) {
		return fmt.Errorf("%w: the entry is there twice, or another differs from it in case only", ErrCorrupt)
	}
	if e.kind != assetUpload {
		if err := c.setAside(); err != nil {
			return err
		}
	}
	c.noteOrder(e)
	switch e.kind {
	case archiveMetadata:
		return c.archiveMetadata(e)
	case schemaLines:
		return c.schemaLines(e)
	case assetMetadata:
		return c.assetMetadata(e)
	case assetUpload:
		return c.assetUpload(e)
	case ignoredFile:
		if !isDotFile(e.name) {
			c.r.info.note(IgnoredEntry, e.where(0), "")
		}
		_, err := io.Copy(io.Discard, e.body)
		return err
	}
	return c.records(e)
}

// noteOrder notes where the stage of e is, and whether contents can go on with it.
func (c *checker) noteOrder(e *entry) {
	stage := e.kind.stage()
	if stage == "" {
		c.disorder = c.disorder || e.kind == schemaLines && c.contents != nil
		return
	}
	if c.contents == nil {
		c.contents = c.newContents()
	}
	if e.kind == entityLines {
		c.disorder = c.disorder || c.latest > entityLines
	}
	c.latest = max(c.latest, e.kind)
	s, ok := c.r.spans[stage]
	if !ok {
		s.first = c.position
	}
	s.last = c.position
	c.r.spans[stage] = s
	c.r.info.stage(stage).Entries++
}

// newContents returns contents with the schemas that were read so far. Errors of the
// schemas are found at the end.
func (c *checker) newContents() *contents {
	schemas, _ := c.parseSchemas()
	return newContents(&c.r.info, schemas, c.r.files)
}

func (c *checker) parseSchemas() (datatransfer.Schemas, error) {
	return datatransfer.ParseSchemas(func(yield func(json.RawMessage, error) bool) {
		for _, line := range c.schemas {
			if !yield(line, nil) {
				return
			}
		}
	})
}

func (c *checker) archiveMetadata(e *entry) error {
	text, err := readSmall(e, c.limits)
	if err != nil {
		return err
	}
	c.described = true
	return c.r.info.Metadata.UnmarshalJSON(text)
}

func (c *checker) schemaLines(e *entry) error {
	var size int64
	for _, line := range c.schemas {
		size += int64(len(line))
	}
	c.lines.reset(e)
	for {
		line, err := c.lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if size += int64(len(line)); size > c.limits.Record {
			return fmt.Errorf("%w: the schemas have more than %d bytes", datatransfer.ErrTooLarge, c.limits.Record)
		}
		line = append([]byte(nil), line...)
		if _, err := c.parser.Schema(line); err != nil {
			return recordError(e, c.lines.line, err)
		}
		c.schemas = append(c.schemas, line)
	}
}

// records checks the lines of one file.
func (c *checker) records(e *entry) error {
	stage := c.r.info.stage(e.kind.stage())
	c.lines.reset(e)
	for {
		line, err := c.lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.record(e, stage, line); err != nil {
			return recordError(e, c.lines.line, err)
		}
	}
}

func (c *checker) record(e *entry, stage *StageInfo, line []byte) error {
	switch e.kind {
	case entityLines:
		entity, err := c.parser.Entity(line)
		if err != nil {
			return err
		}
		if !c.disorder {
			c.contents.entity(e, c.lines.line, &entity)
		}
		return stage.count(entity.Type, len(line))
	case linkLines:
		link, err := c.parser.Link(line)
		if err != nil {
			return err
		}
		if !c.disorder {
			c.contents.link(e, c.lines.line, &link)
		}
		return stage.count(link.Left.Type, len(line))
	default:
		config, err := c.parser.Config(line)
		if err != nil {
			return err
		}
		if !c.disorder {
			c.contents.config(e, c.lines.line, &config)
		}
		return stage.count(config.Type, len(line))
	}
}

// count adds a record.
func (s *StageInfo) count(uid string, size int) error {
	s.Records++
	s.Bytes += int64(size)
	count, known := s.ByType[uid]
	if !known && (len(s.ByType) == maxTypes || len(uid) > maxTypeName) {
		return fmt.Errorf("%w: more than %d types, or a type of more than %d bytes",
			datatransfer.ErrTooLarge, maxTypes, maxTypeName)
	}
	count.Records++
	count.Bytes += int64(size)
	s.ByType[uid] = count
	return nil
}

// finish checks what only the whole archive shows.
func (c *checker) finish(ctx context.Context) error {
	if err := c.setAside(); err != nil {
		return err
	}
	if !c.described {
		return fmt.Errorf("%w: it has no %s", ErrNotArchive, metadataName)
	}
	if len(c.schemas) == 0 {
		return fmt.Errorf("%w: it has no schemas", ErrCorrupt)
	}
	schemas, err := c.parseSchemas()
	if err != nil {
		return corruptError{err}
	}
	c.r.schemas, c.r.info.Schemas = schemas, len(schemas)
	if err := c.pairAssets(ctx); err != nil {
		return err
	}
	if c.contents == nil {
		c.contents = c.newContents()
	}
	if c.disorder {
		c.contents = nil // frees its memory
		if c.contents, err = c.r.readContents(ctx); err != nil {
			return err
		}
	}
	c.contents.findMissing()
	if len(c.contents.missing) > 0 {
		return c.r.listMissing(ctx, c.contents)
	}
	return nil
}

// isDotFile reports whether the last part of a name begins with a dot. Systems leave such
// files behind, for example .DS_Store.
func isDotFile(name string) bool {
	path, _ := cleanName(name)
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1] == '.'
		}
	}
	return path != "" && path[0] == '.'
}

// A contextReader ends with the context.
type contextReader struct {
	ctx context.Context
	src io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}
