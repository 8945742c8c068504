// Xfer backs up, restores and copies the data of remote instances. It also inspects, verifies, compares and converts
// archives of such data. The instances may be Strapis, and the archives those of Strapi's export command.
//
//	xfer pull URL NAME        back up a remote instance, with a pull token
//	xfer push ARCHIVE URL     replace its data by an archive, with a push token
//	xfer copy FROM TO         replace the data of one remote by that of another
//	xfer check URL            whether a remote can be reached, and what a token allows
//	xfer inspect ARCHIVE      what is in it
//	xfer verify ARCHIVE...    whether an import would take it
//	xfer diff A B             how two archives or remotes differ
//	xfer convert IN NAME      another encryption, compression or format, or a part of it
//
// The README shows each command with its output.
package main

import (
	"context"
	"os"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
)

func main() {
	ctx, _ := cli.WithInterrupt(context.Background(), "xfer")
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
