package transfertest

import (
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var scopeChecks = []check{
	{
		"scope-without-files", scopeWithoutFiles,
		"without files in the scope the files stay, byte by byte, although the entities are replaced",
	},
	{
		"scope-without-configuration", scopeWithoutConfiguration,
		"settings and webhooks that are not in the scope stay",
	},
	{
		"scope-without-content", scopeWithoutContent,
		"entities and links stay if the scope has no content types",
	},
	{
		"scope-of-some-types", scopeOfSomeTypes,
		"entities of types that the scope leaves out stay with the links between them, and no others",
	},
	{"protected-types-stay", protectedTypesStay, "entities of types that the host protects stay"},
}

// replaceSome fills the instance with sample 1, replaces the part that start names by sample
// 2, and looks at the result.
func (t *trial) replaceSome(when string, start datatransfer.Start) {
	t.Helper()
	old := t.sample(1)
	if types := old.types(); parseTypes(old.Schemas).cuts(types, start) {
		return // the data after the transfer would break a rule of its types
	}
	t.replace(old)
	data := restrict(t.sample(2), start)
	f := feed{data: data, scope: start.Scope, protected: start.Protected}
	t.must(f.transfer(t.ctx, t.destination()), "a transfer "+when)
	if t.replacesWhole() {
		t.holds("after a transfer "+when, data)
		return
	}
	want, err := merge(prefixIDs(old, "old "), prefixIDs(data, "new "), start)
	t.must(err, "data of the sample")
	t.holds("after a transfer "+when, want)
}

// cuts reports whether a transfer takes required links away: a type is replaced, and one
// that it requires or that requires it is not.
func (m typeMap) cuts(types []string, start datatransfer.Start) bool {
	for _, uid := range types {
		for _, target := range types {
			if m.requires(uid, target) && start.Replaces(uid) != start.Replaces(target) {
				return true
			}
		}
	}
	return false
}

func (t *trial) replacesWhole() bool {
	w, ok := t.instance.(WholeReplacer)
	return ok && w.ReplacesWhole()
}

// prefixIDs returns s with IDs that no other snapshot has.
func prefixIDs(s *Snapshot, prefix string) *Snapshot {
	return s.mustMapIDs(func(_ string, old datatransfer.Ref) datatransfer.Ref {
		return datatransfer.StringRef(prefix + string(old))
	})
}

// restrict returns the part of s that datatransfer.Run would pass on.
func restrict(s *Snapshot, start datatransfer.Start) *Snapshot {
	some := s.clone()
	some.Entities = slices.DeleteFunc(some.Entities, func(e datatransfer.Entity) bool { return !start.Replaces(e.Type) })
	known := newIDMap(s.Schemas, func(_ string, old datatransfer.Ref) datatransfer.Ref { return old })
	for _, e := range some.Entities {
		_, _ = known.assign(e) // mustMapIDs has seen its data
	}
	some.Links = slices.DeleteFunc(some.Links, func(l datatransfer.Link) bool {
		_, hasLeft := known.lookup(l.Left)
		_, hasRight := known.lookup(l.Right)
		return !hasLeft || !hasRight
	})
	some.Configuration = slices.DeleteFunc(some.Configuration, func(c datatransfer.Config) bool {
		return !includesConfig(start.Scope, c.Type)
	})
	if start.Scope.NoFiles {
		some.Files = nil
	}
	return some
}

// scopeWithoutFiles also replaces the entities of the files, by others that describe files
// of the same names. The files are compared alone then: whether their metadata follows is
// up to the instance.
func scopeWithoutFiles(t *trial) {
	old := t.withFiles(1)
	t.replaceSome("without the media library", datatransfer.Start{Scope: datatransfer.Scope{
		NoFiles: true, ExcludeTypes: []string{datatransfer.TypeFile, datatransfer.TypeFolder},
	}})

	t.replace(old)
	start := datatransfer.Start{Scope: datatransfer.Scope{NoFiles: true}}
	data := restrict(t.sample(2), start)
	t.must(feed{data: data, scope: start.Scope}.transfer(t.ctx, t.destination()), "a transfer without files")
	kept := old.Files
	if t.replacesWhole() {
		kept = nil
	}
	t.hasFiles("after a transfer without files", kept)

	next := t.sample(2)
	t.replace(next)
	t.holds("after a full transfer that followed", next)
}

// hasFiles ends the trial unless the instance has exactly these files, whatever their
// metadata is.
func (t *trial) hasFiles(when string, files []File) {
	t.Helper()
	src := t.source()
	got := new(Snapshot)
	for asset, err := range src.Assets(t.ctx) {
		t.must(err, when+", reading files")
		file, err := readFile(asset)
		t.must(err, when+", reading a file")
		got.Files = append(got.Files, file)
	}
	t.must(src.Close(), "Close of a source")
	want := &Snapshot{Files: slices.Clone(files)}
	for _, side := range []*Snapshot{want, got} {
		for i := range side.Files {
			side.Files[i].Metadata = encode(nil)
		}
	}
	t.yields(when, got.Source(), want)
}

func scopeWithoutConfiguration(t *trial) {
	for _, c := range []struct {
		when  string
		scope datatransfer.Scope
	}{
		{"without settings", datatransfer.Scope{NoCoreStore: true}},
		{"without webhooks", datatransfer.Scope{NoWebhooks: true}},
		{"without settings and webhooks", datatransfer.Scope{NoCoreStore: true, NoWebhooks: true}},
	} {
		t.replaceSome(c.when, datatransfer.Start{Scope: c.scope})
	}
}

func scopeWithoutContent(t *trial) {
	t.replaceSome("of the configuration only", datatransfer.Start{
		Scope: datatransfer.Scope{OnlyTypes: []string{}, NoFiles: true},
	})
}

func scopeOfSomeTypes(t *trial) {
	types := t.sample(1).types()
	if len(types) < 2 {
		t.Skip("the sample has only one type")
	}
	for _, uid := range types[:min(len(types), 8)] {
		// Files come and go with the entities that describe them.
		isFile := uid == datatransfer.TypeFile
		t.replaceSome("of the type "+uid, datatransfer.Start{Scope: datatransfer.Scope{
			OnlyTypes: []string{uid}, NoFiles: !isFile, NoCoreStore: true, NoWebhooks: true,
		}})
		t.replaceSome("of all types but "+uid, datatransfer.Start{Scope: datatransfer.Scope{
			ExcludeTypes: []string{uid}, NoFiles: isFile,
		}})
	}
}

func protectedTypesStay(t *trial) {
	for _, uid := range t.sample(1).types() {
		if uid != datatransfer.TypeFile {
			t.replaceSome("with the protected type "+uid, datatransfer.Start{Protected: []string{uid}})
			return
		}
	}
	t.Skip("the sample has no type but that of files")
}
