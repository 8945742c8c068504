package hostcmd_test

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// The program of a backend gets export, import, transfer and tokens.
func Example() {
	program := func(data *sqldata.Instance, tokens *transfertoken.TokenService, serve *cobra.Command) {
		root := &cobra.Command{Use: "blog"}
		root.AddCommand(serve)
		root.AddCommand(hostcmd.New(hostcmd.Host{
			Source:      data.Source,
			Destination: data.Destination,
			Tokens:      func(context.Context) (*transfertoken.TokenService, error) { return tokens, nil },
		})...)
		os.Exit(hostcmd.Run(context.Background(), root))
	}
	_ = program // call it in main
}
