// Package cli has the parts that the commands of xfer and of a host's own binary share: exit codes, questions, flags
// for passphrases, tokens, new archives and scopes, progress, tables, reports.
package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// A Console has the streams and settings of a command. Results go to Out, everything else to Err.
type Console struct {
	Name    string // of the program; it begins every line of notes and errors
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Env     func(key string) string
	Quiet   bool // only results, questions and errors are printed
	Verbose bool

	terminal *term.Terminal // nil before the first question
}

// Interactive reports whether somebody can answer a question: whether In and Err are terminals.
func (c *Console) Interactive() bool {
	return isTerminal(c.In) && isTerminal(c.Err)
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Notef prints a line about what happens, unless the console is quiet.
func (c *Console) Notef(format string, args ...any) {
	if !c.Quiet {
		fmt.Fprintf(c.Err, "%s: %s\n", c.Name, Printable(fmt.Sprintf(format, args...)))
	}
}

// Detailf prints a line that only a verbose console prints.
func (c *Console) Detailf(format string, args ...any) {
	if c.Verbose {
		c.Notef(format, args...)
	}
}

// Warnf prints a warning, unless the console is quiet.
func (c *Console) Warnf(format string, args ...any) {
	c.Notef("warning: "+format, args...)
}

// Fail prints the line that reports err, unless it is nil, and returns its exit code.
func (c *Console) Fail(err error) int {
	if err == nil {
		return ExitOK
	}
	if text := Message(err); text != "" {
		fmt.Fprintf(c.Err, "%s: %s\n", c.Name, text)
	}
	return Code(err)
}

// Println prints an empty line on Out.
func (c *Console) Println() { fmt.Fprintln(c.Out) }

// JSON prints v on Out, indented, with a newline at the end.
func (c *Console) JSON(v any) error {
	encoder := json.NewEncoder(c.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

const maxPrintable = 500 // bytes of a text from elsewhere

// Printable returns text in one line that can't move the cursor or hide parts of itself: names in an archive are chosen
// by whoever made it. Text beyond 500 bytes is cut.
func Printable(text string) string {
	var b strings.Builder
	for i, r := range text {
		if b.Len() >= maxPrintable {
			b.WriteString("…")
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteByte(' ')
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
