package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

const (
	indent = "   "
	width  = 96
)

// printer writes numbered chapters.
type printer struct {
	out      io.Writer
	chapters int
}

func (p *printer) chapter(title string) {
	if p.chapters > 0 {
		fmt.Fprintln(p.out)
	}
	p.chapters++
	heading := fmt.Sprintf("%d. %s", p.chapters, title)
	fmt.Fprintf(p.out, "%s\n%s\n", heading, strings.Repeat("-", len(heading)))
}

// text prints a paragraph, broken into lines.
func (p *printer) text(text string) {
	fmt.Fprintln(p.out, wrap(text, indent))
}

// line prints one line that stands out.
func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p.out, indent+indent+format+"\n", args...)
}

func wrap(text, indent string) string {
	var lines []string
	line := indent
	for _, word := range strings.Fields(text) {
		if line != indent {
			if len(line)+1+len(word) > width {
				lines = append(lines, line)
				line = indent
			} else {
				line += " "
			}
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

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
