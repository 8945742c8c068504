package transfertest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// changeData changes the data of all entities.
func changeData(change func(data json.RawMessage) json.RawMessage) func(*transfertest.Snapshot) {
	return func(s *transfertest.Snapshot) {
		for i := range s.Entities {
			s.Entities[i].Data = change(s.Entities[i].Data)
		}
	}
}

// replaceText changes a text wherever it occurs in the data of entities.
func replaceText(old, new string) func(*transfertest.Snapshot) {
	return changeData(func(data json.RawMessage) json.RawMessage {
		return bytes.ReplaceAll(data, []byte(old), []byte(new))
	})
}

var dataFaults = []fault{
	{"round-trip", "loses drafts", changingData(func(s *transfertest.Snapshot) {
		s.Entities = slices.DeleteFunc(s.Entities, func(e datatransfer.Entity) bool {
			return bytes.Contains(e.Data, []byte(`"publishedAt":null`))
		})
	})},
	{"round-trip", "loses document IDs", changingData(changeData(func(data json.RawMessage) json.RawMessage {
		return regexp.MustCompile(`"documentId":"\w*",`).ReplaceAll(data, nil)
	}))},
	{"round-trip", "cuts times to seconds", changingData(replaceText(`.456Z"`, `.000Z"`))},
	{"round-trip", "puts true for each boolean", changingData(replaceText(`"done":false`, `"done":true`))},
	{"round-trip", "loses links of components", changingData(func(s *transfertest.Snapshot) {
		s.Links = slices.DeleteFunc(s.Links, func(l datatransfer.Link) bool { return l.Left.Type == "default.seo" })
	})},
	{"round-trip", "swaps components in a list", changingData(changeData(func(data json.RawMessage) json.RawMessage {
		var object map[string]json.RawMessage
		var quotes []json.RawMessage
		if json.Unmarshal(data, &object) != nil || json.Unmarshal(object["quotes"], &quotes) != nil || len(quotes) < 2 {
			return data
		}
		slices.Reverse(quotes)
		object["quotes"], _ = json.Marshal(quotes)
		data, _ = json.Marshal(object)
		return data
	}))},
	{"replaces-everything", "keeps settings that did not come again", withDestination(func(b *mutant, d *destination) {
		d.config = func(ctx context.Context, seq configuration) error {
			fresh, err := all(seq)
			if err != nil {
				return err
			}
			kept := slices.DeleteFunc(b.Snapshot().Configuration, func(old datatransfer.Config) bool {
				return slices.ContainsFunc(fresh, func(c datatransfer.Config) bool {
					return bytes.Equal(c.Value, old.Value)
				})
			})
			return d.Destination.WriteConfiguration(ctx, sequenceOf(append(fresh, kept...)))
		}
	})},
	{"empty-stages", "keeps its settings if none come", withDestination(func(b *mutant, d *destination) {
		d.config = func(ctx context.Context, seq configuration) error {
			fresh, err := all(seq)
			if err == nil && len(fresh) == 0 {
				fresh = b.Snapshot().Configuration
			}
			return d.Destination.WriteConfiguration(ctx, appendTo(sequenceOf(fresh), nil))
		}
	})},
	{"own-data-returns", "has 4 bits for the IDs of notes", changingData(func(s *transfertest.Snapshot) {
		narrow, err := s.MapIDs(func(uid string, old datatransfer.Ref) datatransfer.Ref {
			if n, ok := old.Int(); ok && uid == "api::note.note" {
				return datatransfer.IntRef(min(n, 15))
			}
			return old
		})
		if err == nil {
			*s = *narrow
		}
	})},
	{"texts-are-exact", "composes accents", changingData(replaceText("e\u0301", "\u00e9"))},
	{"texts-are-exact", "trims texts", changingData(replaceText(`" leading and trailing "`, `"leading and trailing"`))},
	{"texts-are-exact", "unifies line ends", changingData(replaceText(`\r\n`, `\n`))},
	{"texts-are-exact", "cuts texts at 1,000 bytes", changingData(replaceText(strings.Repeat(" and so on", 101), ""))},
	{"numbers-are-exact", "rounds integers", changingData(replaceText("9223372036854775807", "9223372036854775808"))},
	{"numbers-are-exact", "rounds fractions", changingData(replaceText("0.30000000000000004", "0.3"))},
	{"unknown-members", "loses members that it does not know", changingData(func(s *transfertest.Snapshot) {
		for i, e := range s.Entities {
			s.Entities[i] = datatransfer.Entity{Type: e.Type, ID: e.ID, Data: e.Data}
		}
	})},
	{"links-follow-their-records", "keeps the IDs that links had in the source", func(testing.TB) transfertest.Instance {
		var arrived []datatransfer.Link
		return &mutant{
			source: func(_ *mutant, s *source) datatransfer.Source {
				s.links = func(context.Context) links { return sequenceOf(arrived) }
				return s
			},
			destination: func(_ *mutant, d *destination) datatransfer.Destination {
				d.links = func(ctx context.Context, seq links) (err error) {
					arrived, err = all(seq)
					if err != nil {
						return err
					}
					return d.Destination.WriteLinks(ctx, sequenceOf(arrived))
				}
				return d
			},
		}
	}},
	{"links-follow-their-records", "links to the first record of a type", changingData(func(s *transfertest.Snapshot) {
		first := make(map[string]datatransfer.Ref)
		for _, e := range slices.Backward(s.Entities) {
			first[e.Type] = e.ID
		}
		for i, l := range s.Links {
			s.Links[i].Right.Ref = first[l.Right.Type]
		}
	})},
	{"links-keep-their-order", "numbers links as they come", changingData(func(s *transfertest.Snapshot) {
		for i := range s.Links {
			if s.Links[i].Left.Pos != "" {
				s.Links[i].Left.Pos = json.Number(strconv.Itoa(i))
			}
		}
	})},
	{"links-keep-their-order", "loses positions", changingData(func(s *transfertest.Snapshot) {
		for i := range s.Links {
			s.Links[i].Left.Pos, s.Links[i].Right.Pos = "", ""
		}
	})},
	{"links-to-nothing", "links to another record if it misses one", withDestination(func(_ *mutant, d *destination) {
		known := make(map[string]map[datatransfer.Ref]bool)
		var note datatransfer.Ref
		d.entities = func(ctx context.Context, seq entities) error {
			return d.Destination.WriteEntities(ctx, mapSequence(seq, func(e datatransfer.Entity) datatransfer.Entity {
				if known[e.Type] == nil {
					known[e.Type] = make(map[datatransfer.Ref]bool)
				}
				known[e.Type][e.ID] = true
				if e.Type == "api::note.note" {
					note = e.ID
				}
				return e
			}))
		}
		d.links = func(ctx context.Context, seq links) error {
			return d.Destination.WriteLinks(ctx, mapSequence(seq, func(l datatransfer.Link) datatransfer.Link {
				if l.Left.Type == "api::note.note" && !known[l.Left.Type][l.Left.Ref] {
					l.Left.Ref = note
				}
				return l
			}))
		}
	})},
	{"files-are-exact", "loses empty files", changingData(func(s *transfertest.Snapshot) {
		s.Files = slices.DeleteFunc(s.Files, func(f transfertest.File) bool { return len(f.Content) == 0 })
	})},
	{"files-are-exact", "unifies line ends in files", changingData(func(s *transfertest.Snapshot) {
		for i := range s.Files {
			s.Files[i].Content = bytes.ReplaceAll(s.Files[i].Content, []byte("\r\n"), []byte("\n"))
		}
	})},
	{"file-names", "writes names in lower case", changingData(func(s *transfertest.Snapshot) {
		for i := range s.Files {
			s.Files[i].Name = strings.ToLower(s.Files[i].Name)
		}
	})},
	{"file-names", "cuts names at 128 bytes", changingData(func(s *transfertest.Snapshot) {
		for i := range s.Files {
			s.Files[i].Name = s.Files[i].Name[:min(128, len(s.Files[i].Name))]
		}
	})},
	{"files-are-streamed", "holds files in memory", func(testing.TB) transfertest.Instance {
		return struct{ transfertest.Instance }{new(transfertest.MemoryInstance)}
	}},
	{"body-fails", "takes a broken file for a short one", withDestination(func(_ *mutant, d *destination) {
		d.assets = func(ctx context.Context, seq assets) error {
			return d.Destination.WriteAssets(ctx, mapSequence(seq, func(a datatransfer.Asset) datatransfer.Asset {
				content, _ := io.ReadAll(a.Body)
				a.Size, a.Body = int64(len(content)), bytes.NewReader(content)
				return a
			}))
		}
	})},
}

var scopeFaults = []fault{
	{"scope-without-files", "empties the files all the same", changingStart(func(s *datatransfer.Start) {
		s.Scope.NoFiles = false
	})},
	{"scope-without-configuration", "empties the settings all the same", changingStart(func(s *datatransfer.Start) {
		s.Scope.NoCoreStore = false
	})},
	{"scope-without-configuration", "empties the webhooks all the same", changingStart(func(s *datatransfer.Start) {
		s.Scope.NoWebhooks = false
	})},
	{"scope-without-content", "takes no types for all types", changingStart(func(s *datatransfer.Start) {
		if len(s.Scope.OnlyTypes) == 0 {
			s.Scope.OnlyTypes = nil
		}
	})},
	{"scope-of-some-types", "empties types that are excluded", changingStart(func(s *datatransfer.Start) {
		s.Scope.ExcludeTypes = nil
	})},
	{"scope-of-some-types", "empties all types for one", changingStart(func(s *datatransfer.Start) {
		if len(s.Scope.OnlyTypes) > 0 {
			s.Scope.OnlyTypes = nil
		}
	})},
	{"scope-of-some-types", "loses the links between types that stay", func(testing.TB) transfertest.Instance {
		var start datatransfer.Start
		return &mutant{
			source: func(_ *mutant, s *source) datatransfer.Source {
				s.links = func(ctx context.Context) links {
					kept, err := all(s.Source.Links(ctx))
					if err != nil {
						return s.Source.Links(ctx)
					}
					return sequenceOf(slices.DeleteFunc(kept, func(l datatransfer.Link) bool {
						return !start.Replaces(l.Left.Type)
					}))
				}
				return s
			},
			destination: func(_ *mutant, d *destination) datatransfer.Destination {
				d.begin = func(ctx context.Context, s datatransfer.Start) error {
					start = s
					return d.Destination.Begin(ctx, s)
				}
				return d
			},
		}
	}},
	{"protected-types-stay", "empties types that the host protects", changingStart(func(s *datatransfer.Start) {
		s.Protected = nil
	})},
}
