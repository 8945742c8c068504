package cli

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

// ConnectFlags say how to speak to a remote.
type ConnectFlags struct {
	noChecksums bool
	ThrottleFlag
}

// Register adds the flags.
func (f *ConnectFlags) Register(command *cobra.Command) {
	command.Flags().BoolVar(&f.noChecksums, "no-checksums", false, "transfer files without checksums")
	f.ThrottleFlag.Register(command)
}

// Options returns the options that the flags mean.
func (f *ConnectFlags) Options() *remote.Options {
	return &remote.Options{NoChecksums: f.noChecksums}
}

// A ThrottleFlag slows a transfer down.
type ThrottleFlag struct {
	milliseconds int
}

// Register adds the flag, which is hidden, as in Strapi.
func (f *ThrottleFlag) Register(command *cobra.Command) {
	flags := command.Flags()
	flags.IntVar(&f.milliseconds, "throttle", 0, "wait this many `milliseconds` after each record")
	_ = flags.MarkHidden("throttle")
}

// Delay returns the pause after each record.
func (f *ThrottleFlag) Delay() time.Duration { return time.Duration(f.milliseconds) * time.Millisecond }

// RemoteName returns the address of a remote as messages name it.
func RemoteName(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the remote"
	}
	return u.Host
}

// IsAddress reports whether an argument is the address of a remote, and no archive.
func IsAddress(argument string) bool {
	return strings.HasPrefix(argument, "http://") || strings.HasPrefix(argument, "https://")
}

// RemoteError adds the exit code to an error of a remote, and its name.
func RemoteError(name string, err error) error {
	var exit *ExitError
	if err == nil || errors.As(err, &exit) || Code(err) == ExitInterrupted {
		return err
	}
	return &ExitError{Code: transferCode(err), Err: fmt.Errorf("%s: %w", name, err)}
}

// LocalError adds the exit code to an error of the instance that the program belongs to.
func LocalError(err error) error {
	var exit *ExitError
	if err == nil || errors.As(err, &exit) || transferCode(err) == ExitFailed {
		return err
	}
	return &ExitError{Code: transferCode(err), Err: err}
}

// transferCode returns the exit code of an error of a transfer.
func transferCode(err error) int {
	switch {
	case errors.Is(err, remote.ErrAddress):
		return ExitUsage
	case errors.Is(err, datatransfer.ErrCommitUnknown):
		return ExitUnknown
	case errors.Is(err, datatransfer.ErrSchemas):
		return ExitDifferent
	case isRefusal(err):
		return ExitRefused
	}
	return ExitFailed
}

// BlamesRemote reports whether an error comes from the remote or the connection to it, and not from the data here.
func BlamesRemote(err error) bool {
	return isRefusal(err) || errors.Is(err, remote.ErrAddress) || errors.Is(err, remote.ErrInterrupted) ||
		errors.Is(err, remote.ErrChecksum) || errors.Is(err, remote.ErrCount)
}

// isRefusal reports whether an error is the answer no of a remote.
func isRefusal(err error) bool {
	var handshake *remote.HandshakeError
	var reported *remote.RemoteError
	return errors.As(err, &handshake) || errors.As(err, &reported) || errors.Is(err, remote.ErrUnauthorized) ||
		errors.Is(err, remote.ErrForbidden) || errors.Is(err, remote.ErrDisabled) || errors.Is(err, remote.ErrBusy)
}
