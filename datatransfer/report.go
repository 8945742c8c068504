package datatransfer

import "time"

// mostTypes limits how many types a StageReport tells apart.
const mostTypes = 10_000

// A Count is a number of records and of their bytes.
type Count struct {
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
}

// Progress is the state of a stage while it runs.
type Progress struct {
	Stage        Stage
	Done         bool
	Records      int64
	Bytes        int64
	TotalRecords int64 // an estimate; 0: unknown
	TotalBytes   int64 // an estimate; 0: unknown
	Elapsed      time.Duration
}

// A Report says what a transfer did. If [Run] failed it says how far the transfer had
// come before everything was rolled back.
type Report struct {
	Started     time.Time     `json:"started"`
	Ended       time.Time     `json:"ended"`
	Differences []Difference  `json:"differences,omitempty"` // of the schemas, in what travels
	Stages      []StageReport `json:"stages"`                // up to the one that failed

	// MediaWithoutFile is the number of entities of TypeFile that were transferred while
	// their file was not, because the scope leaves files out or the source has no such
	// file. It is counted when the stage of the assets is over.
	MediaWithoutFile int64 `json:"mediaWithoutFile"`
}

// A StageReport says what one stage did. Records and Bytes count what the destination
// has taken: the JSON of records, the content of assets. ByType has at most 10,000 types;
// further ones are counted under "".
type StageReport struct {
	Stage    Stage            `json:"stage"`
	Skipped  bool             `json:"skipped"` // the scope leaves the stage out
	Records  int64            `json:"records"`
	Bytes    int64            `json:"bytes"`
	ByType   map[string]Count `json:"byType,omitempty"`  // by type; links by the type of their left end; nil for assets
	Dropped  map[string]int64 `json:"dropped,omitempty"` // the Dropped constants are the keys
	Duration time.Duration    `json:"duration"`          // in nanoseconds
}

// The reasons for which [Run] drops records, and the keys of StageReport.Dropped.
const (
	DroppedProtected        = "protected type"    // entities of protected types, links that touch one
	DroppedOutOfScope       = "out of scope"      // entities, links and configuration that the scope leaves out
	DroppedUnknownType      = "unknown type"      // entities and links of types that the destination lacks
	DroppedUnknownAttribute = "unknown attribute" // values of attributes, and links, that the destination lacks
)
