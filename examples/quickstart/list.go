package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// list prints all tokens as an administrator sees them.
func list(ctx context.Context, out io.Writer, svc *transfertoken.TokenService) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, indent+"NAME\tSCOPE\tLIFESPAN\tHINT\tCREATED\tEXPIRES\tLAST USED\tCREATED BY")
	for token, err := range svc.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintf(table, indent+"%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			token.Name, token.Permissions, token.Lifespan, orDash(token.Hint),
			date(token.CreatedAt, time.DateOnly), date(token.ExpiresAt, time.DateOnly),
			date(token.LastUsedAt, "2006-01-02 15:04"), orDash(token.CreatedBy))
	}
	return table.Flush()
}

func date(t time.Time, layout string) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(layout)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
