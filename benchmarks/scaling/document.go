package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// block is a part of the document that is generated.
type block struct{ name, text string }

func (b block) begin() string {
	return "<!-- scaling " + b.name + ": written by benchmarks/scaling -->\n"
}
func (b block) end() string   { return "<!-- end of scaling " + b.name + " -->\n" }
func (b block) whole() string { return b.begin() + "\n" + b.text + "\n" + b.end() }

// skeleton is a document of nothing but blocks.
func skeleton(blocks []block) string {
	var text strings.Builder
	for i, b := range blocks {
		if i > 0 {
			text.WriteString("\n")
		}
		text.WriteString(b.whole())
	}
	return text.String()
}

// replace puts the blocks in the places of those with their names.
func replace(document string, blocks []block) (string, error) {
	for _, b := range blocks {
		before, rest, found := strings.Cut(document, b.begin())
		_, after, ended := strings.Cut(rest, b.end())
		if !found || !ended {
			return "", fmt.Errorf("the document has no place for the block %q", b.name)
		}
		document = before + b.whole() + after
	}
	return document, nil
}

// save writes the blocks into the document of a folder, or makes one, and draws
// the chart.
func (r *results) save(folder string) error {
	blocks := r.blocks()
	file := filepath.Join(folder, "scaling.md")
	text := skeleton(blocks)
	old, err := os.ReadFile(file)
	if err == nil {
		text, err = replace(string(old), blocks)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(folder, "images"), 0o755); err != nil {
		return err
	}
	if err := r.draw(filepath.Join(folder, "images", "scaling.svg")); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}
