package datatransfer

import "time"

// Options are the options of [Run]. Nil and the zero value are fine: everything is
// transferred if the schemas agree.
type Options struct {
	Scope Scope

	// Protected names types that take no part in the transfer, beside those that
	// never do; see IsProtected.
	Protected []string

	// RefuseProtected makes protected data an error that is ErrProtected. Otherwise it is
	// dropped and counted.
	RefuseProtected bool

	// OnDifference is asked before anything is changed, if the schemas differ in what
	// the transfer carries. If it returns nil, the transfer goes on without what the
	// destination lacks; an error of it ends the transfer. If OnDifference is nil, any
	// difference ends it with ErrSchemas.
	OnDifference func([]Difference) error

	// OnMissingFiles is asked after the stage of the assets, if entities of the media
	// library came without their file: missing of them, while the files of the others
	// arrived. If none arrived, the archive was probably made without files, and the
	// transfer would replace all files by nothing. If OnMissingFiles is nil or returns
	// nil, the transfer goes on; an error of it ends the transfer.
	OnMissingFiles func(missing, arrived int64) error

	// Throttle is a pause after each record, for a machine that has other work.
	Throttle time.Duration

	// OnProgress is called in Run's goroutine: at both ends of each stage, and between
	// them at most 10 times a second.
	OnProgress func(Progress)
}
