package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Exit codes. A script can tell from them whether anything changed.
const (
	ExitOK          = 0
	ExitFailed      = 1   // the destination is as it was before
	ExitUsage       = 2   // wrong arguments, or a question without an answer; nothing was done
	ExitDifferent   = 3   // the two sides differ, or an archive has findings
	ExitRefused     = 4   // the remote instance refused
	ExitBadArchive  = 5   // not an archive, a damaged one, or the wrong passphrase
	ExitUnknown     = 6   // the connection broke during the commit
	ExitInterrupted = 130 // Ctrl-C; the destination is as it was before
)

// ExitCodes is the table of exit codes for a command's help.
const ExitCodes = `Exit codes:
  0    done
  1    failed; the destination is as it was before
  2    wrong arguments, or a question without an answer; nothing was done
  3    the two sides differ, or an archive has findings
  4    the remote instance refused
  5    not an archive, a damaged one, or the wrong passphrase
  6    outcome unknown: the connection broke during the commit
  130  interrupted; the destination is as it was before`

// An ExitError carries the exit code of its error. A nil Err ends the program with
// the code and prints nothing.
type ExitError struct {
	Code int
	Err  error
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }

// Usagef returns an error about wrong arguments or a missing answer.
func Usagef(format string, args ...any) error {
	return &ExitError{Code: ExitUsage, Err: fmt.Errorf(format, args...)}
}

// Code returns the exit code of err.
func Code(err error) int {
	var exit *ExitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &exit):
		return exit.Code
	case errors.Is(err, datatransfer.ErrCommitUnknown): // also if Ctrl-C came while the commit was under way
		return ExitUnknown
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitFailed
}

// Message returns the line that reports err, or "" if there is nothing to say.
func Message(err error) string {
	var exit *ExitError
	if errors.As(err, &exit) && exit.Err == nil {
		return ""
	}
	if Code(err) == ExitInterrupted {
		return "interrupted"
	}
	var path *fs.PathError
	if errors.As(err, &path) && err == error(path) {
		return Printable(fmt.Sprintf("%s: %v", path.Path, path.Err)) // without the name of the system call
	}
	return Printable(withoutPackageNames(err.Error()))
}

// withoutPackageNames leaves out the prefixes of errors that say nothing to somebody who uses a program.
func withoutPackageNames(text string) string {
	text = ": " + text
	for _, name := range []string{"datatransfer", "archive", "remote", "transfertoken"} {
		text = strings.ReplaceAll(text, ": "+name+": ", ": ")
	}
	return strings.TrimPrefix(text, ": ")
}
