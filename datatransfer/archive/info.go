package archive

import (
	"maps"
	"slices"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Info describes an archive. Open has read all of it, so the numbers are exact.
type Info struct {
	Format     Format
	Encryption Encryption
	Compressed bool

	Metadata datatransfer.Metadata
	Schemas  int   // content types and components
	Entries  int64 // files in the archive
	Size     int64 // bytes of the file as it is stored; of a folder the same as Bytes
	Bytes    int64 // bytes of the plain tar, or of all files of a folder
	Modified time.Time
	Stages   []StageInfo // all four, in their order

	// SHA256 is the sum of the plain tar in hexadecimal digits. It is the same
	// whatever compression and encryption are around the tar. "" for a folder.
	SHA256 string

	// Findings lists the things that Open noticed and that are not a reason to refuse
	// the archive: at most 100 of each kind, and each place of secrets once. Counts has
	// the number of each kind.
	Findings []Finding
	Counts   map[FindingKind]int64
}

// A StageInfo describes one stage of an archive.
type StageInfo struct {
	Stage   datatransfer.Stage
	Entries int64
	Records int64 // of assets: files
	Bytes   int64 // of the JSON of records, without line breaks; of assets the content

	// ByType has a number for each type. A link belongs to the type of its left end.
	// It is nil for assets.
	ByType map[string]datatransfer.Count
}

// Stage returns the part of the info about a stage.
func (i Info) Stage(stage datatransfer.Stage) StageInfo {
	for _, s := range i.Stages {
		if s.Stage == stage {
			return s
		}
	}
	return StageInfo{Stage: stage}
}

// Problems returns the number of findings that mean that something is missing or would
// be lost at an import. It is 0 for a sound archive.
func (i Info) Problems() int64 {
	var n int64
	for kind, count := range i.Counts {
		if kind.IsProblem() {
			n += count
		}
	}
	return n
}

// A Finding is one thing that is remarkable about an archive that can be read.
type Finding struct {
	Kind  FindingKind
	Where string // entry and line
	What  string // names of types, fields, keys and files; never a value of a record
}

// A FindingKind says what was found.
type FindingKind string

// The kinds of findings.
const (
	DanglingLink      FindingKind = "dangling link"         // an end of a link is not in the archive
	MissingFile       FindingKind = "missing file"          // a row of the media library names it
	OrphanMetadata    FindingKind = "metadata without file" // the file of the asset is not in the archive
	FileWithoutRecord FindingKind = "file without record"   // its row of the media library is not in the archive
	UnknownType       FindingKind = "unknown type"          // a record of a type without schema, or of an unknown kind
	IgnoredEntry      FindingKind = "ignored entry"         // a file that no import looks at
	SecretInClear     FindingKind = "secret in clear"       // a value with the name of a secret
	NoFiles           FindingKind = "no files"              // rows of the media library, and not one file
)

// IsProblem reports whether findings of the kind mean that something is missing or would
// be lost at an import. Secrets are not, and neither is an archive that was made without
// files.
func (k FindingKind) IsProblem() bool { return k != SecretInClear && k != NoFiles }

const maxFindings = 100 // of each kind that are listed

// note counts a finding, and lists it while there are few of its kind.
func (i *Info) note(kind FindingKind, where, what string) {
	if i.Counts[kind] >= maxFindings {
		i.Counts[kind]++
		return
	}
	i.add(kind, where, what)
}

// add counts and lists a finding.
func (i *Info) add(kind FindingKind, where, what string) {
	i.Counts[kind]++
	i.Findings = append(i.Findings, Finding{Kind: kind, Where: where, What: what})
}

// dropContents drops the findings that contents has noted.
func (i *Info) dropContents() {
	kept := func(kind FindingKind) bool { return kind == IgnoredEntry || kind == OrphanMetadata }
	i.Findings = slices.DeleteFunc(i.Findings, func(f Finding) bool { return !kept(f.Kind) })
	maps.DeleteFunc(i.Counts, func(kind FindingKind, _ int64) bool { return !kept(kind) })
}

// stage returns the part of the info about a stage, for changing it.
func (i *Info) stage(stage datatransfer.Stage) *StageInfo {
	return &i.Stages[slices.Index(datatransfer.Stages(), stage)]
}
