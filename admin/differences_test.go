package admin_test

import (
	"encoding/json"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	glob "path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// section returns the code blocks of one section of the package comment.
func section(t testing.TB, heading string) string {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	require.NoError(t, err)
	var p comment.Parser
	var text strings.Builder
	inSection := false
	for _, block := range p.Parse(file.Doc.Text()).Content {
		switch block := block.(type) {
		case *comment.Heading:
			inSection = len(block.Text) == 1 && block.Text[0] == comment.Plain(heading)
		case *comment.Code:
			if inSection {
				text.WriteString(block.Text + "\n")
			}
		}
	}
	require.NotEmpty(t, text.String(), heading)
	return text.String()
}

// difference is one section of docs/strapi.md.
type difference struct {
	what              string
	cases, in         []string
	strapi, here, why string
	theirs, ours      []int           // the statuses that strapi and here begin with
	says              string          // what here quotes
	shows             map[string]bool // by pattern of cases: one was seen
}

var (
	statuses = regexp.MustCompile(`^[0-9]{3}(, [0-9]{3})*( or [0-9]{3})?`)
	quoted   = regexp.MustCompile(`"([^"]+)"`)
)

func documentedDifferences(t testing.TB) []*difference {
	page, err := os.ReadFile("../docs/strapi.md")
	require.NoError(t, err)
	var rows []*difference
	for _, entry := range strings.Split(string(page), "\n### ")[1:] {
		entry, _, _ = strings.Cut(entry, "\n## ")
		what, rest, _ := strings.Cut(strings.TrimSpace(entry), "\n\n")
		d := &difference{what: what, shows: map[string]bool{}}
		for line := range strings.SplitSeq(rest, "\n") {
			key, text, ok := strings.Cut(strings.TrimPrefix(line, "- "), ": ")
			require.True(t, ok && text != "", entry)
			switch key {
			case "recorded as":
				d.cases = strings.Split(text, "; ")
			case "only in":
				d.in = strings.Split(text, ", ")
			case "Strapi":
				d.strapi, d.theirs = text, statusesOf(text)
			case "here":
				d.here, d.ours = text, statusesOf(text)
				if m := quoted.FindStringSubmatch(text); m != nil {
					d.says = m[1]
				}
			case "why":
				d.why = text
			default:
				require.Fail(t, "unknown line", line)
			}
		}
		require.NotEmpty(t, d.strapi, entry)
		require.NotEmpty(t, d.here, entry)
		require.NotEmpty(t, d.why, entry)
		rows = append(rows, d)
	}
	require.NotEmpty(t, rows)
	return rows
}

func statusesOf(text string) (all []int) {
	for _, field := range regexp.MustCompile(`[0-9]{3}`).FindAllString(statuses.FindString(text), -1) {
		status, _ := strconv.Atoi(field)
		all = append(all, status)
	}
	return all
}

// row returns the row that names the case.
func row(rows []*difference, name string) (*difference, string) {
	for _, d := range rows {
		for _, pattern := range d.cases {
			if matched, err := glob.Match(strings.ReplaceAll(pattern, "/", "|"), strings.ReplaceAll(name, "/", "|")); matched &&
				err == nil {
				return d, pattern
			}
		}
	}
	return nil, ""
}

func TestRecordedExchangesAreAnsweredAsStrapiDoes(t *testing.T) {
	rows := documentedDifferences(t)
	w := world{}
	all, replayed := recorded(t), 0
	for _, x := range all {
		t.Run(x.Case, func(t *testing.T) {
			replayed++
			status, text := replay(t, x, w.before(x))
			w.after(x)
			where := compare(t, x, status, text)
			if where == nil {
				return
			}
			d, pattern := row(rows, x.Case)
			if d == nil {
				require.Fail(t, "a difference that docs/strapi.md does not list", "in %q\nStrapi: %d %s\nhere:   %d %s", where,
					x.Status, x.Response, status, text)
			}
			require.Contains(t, d.theirs, x.Status, d.strapi)
			require.Contains(t, d.ours, status, d.here)
			require.Contains(t, unquoted(t, text), d.says)
			if d.in != nil {
				require.Equal(t, d.in, where, d.what)
			}
			d.shows[pattern] = true
		})
	}
	if replayed < len(all) {
		return // only some are asked for
	}
	for _, d := range rows {
		for _, pattern := range d.cases {
			require.True(t, d.shows[pattern], "%s: no recorded case %q shows this any more", d.what, pattern)
		}
	}
}

// unquoted returns the message of an envelope, or the text itself.
func unquoted(t testing.TB, text string) string {
	var e struct{ Error struct{ Message string } }
	if json.Unmarshal([]byte(text), &e) != nil {
		return text
	}
	return e.Error.Message
}

// compare returns where an answer differs from the recorded one; the keys must
// also be in the same order.
func compare(t testing.TB, x exchange, status int, text string) []string {
	switch {
	case status != x.Status:
		return []string{"status"}
	case x.shortened():
		return nil
	}
	theirs, ours := decoded(x.Response), normalised(t, x, decoded([]byte(text)))
	where := differing("", theirs, ours)
	if where == nil {
		require.Equal(t, keysOf(x.Response), keysOf([]byte(text)), "the order of keys")
	}
	return where
}

// keysOf returns all keys of a JSON text in their order.
func keysOf(text []byte) (keys []string) {
	for _, m := range regexp.MustCompile(`"([A-Za-z]+)"\s*:`).FindAllSubmatch(text, -1) {
		keys = append(keys, string(m[1]))
	}
	return keys
}

func TestEveryDifferenceIsShown(t *testing.T) {
	rows := documentedDifferences(t)
	for _, d := range rows {
		if d.cases != nil {
			require.NotContains(t, shown, d.what)
			continue
		}
		t.Run(d.what, func(t *testing.T) {
			require.Contains(t, shown, d.what, "neither a recorded case nor a test shows this difference")
			shown[d.what](t, d)
		})
	}
	for what := range shown {
		require.True(t, slices.ContainsFunc(rows, func(d *difference) bool { return d.what == what }),
			"not in docs/strapi.md: %s", what)
	}
}
