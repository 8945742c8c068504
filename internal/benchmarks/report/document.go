package report

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Document is a page of the documentation with blocks that a command replaces. Its name is that of the command.
type Document struct {
	Name   string
	Page   string // of several commands; "": that with the Name
	Blocks []Block
	Panels []Panel // of its chart
}

// Block is a part of a document that is generated.
type Block struct{ Name, Text string }

func (d Document) begin(b Block) string {
	return fmt.Sprintf("<!-- %s %s: written by internal/benchmarks/%s -->\n", d.Name, b.Name, d.Name)
}

func (d Document) end(b Block) string { return fmt.Sprintf("<!-- end of %s %s -->\n", d.Name, b.Name) }

func (d Document) whole(b Block) string { return d.begin(b) + "\n" + b.Text + "\n" + d.end(b) }

// String returns the blocks without any text around them.
func (d Document) String() string {
	var blocks []string
	for _, b := range d.Blocks {
		blocks = append(blocks, d.whole(b))
	}
	return strings.Join(blocks, "\n")
}

// Replace returns text with the blocks of d in the places of those with the same names. Each must have a place.
func (d Document) Replace(text string) (string, error) {
	for _, b := range d.Blocks {
		before, rest, found := strings.Cut(text, d.begin(b))
		_, after, ended := strings.Cut(rest, d.end(b))
		if !found || !ended {
			return "", fmt.Errorf("the document has no place for the block %q", b.Name)
		}
		text = before + d.whole(b) + after
	}
	return text, nil
}

// Save writes the blocks into the document of a folder, which it makes if it is missing, and the chart into
// images/NAME.svg.
func (d Document) Save(folder string) error {
	file, text := filepath.Join(folder, cmp.Or(d.Page, d.Name)+".md"), d.String()
	old, err := os.ReadFile(file)
	if err == nil {
		text, err = d.Replace(string(old))
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(folder, "images"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "images", d.Name+".svg"), []byte(Chart(d.Panels)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}
