package strapi

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Content is the content of a project, without the IDs that every import gives anew: two projects
// with equal Contents have the same rows, relations, settings and files.
type Content struct {
	Entities      []string          // JSON, sorted
	Links         []string          // JSON with rows named by type, document, locale and state, sorted
	Configuration []string          // JSON, sorted
	Uploads       map[string]string // SHA-256 by the name of the file
}

// Content returns what the project holds. Strapi's own export reads it, and nothing of this
// repository does. The server of the project must not run.
func (p *Project) Content(t testing.TB) Content {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "content")
	result := p.RunShared(t, "export", "--no-encrypt", "--format", "dir", "--file", dir)
	require.Zero(t, result.Code, result.Output)

	names := map[string]string{} // of rows, by type and ID
	c := Content{Uploads: map[string]string{}}
	for _, e := range readLines(t, filepath.Join(dir, "entities")) {
		data := e["data"].(map[string]any)
		name := fmt.Sprintf("%s %v %v published=%t", e["type"], data["documentId"], data["locale"], data["publishedAt"] != nil)
		names[fmt.Sprint(e["type"], e["id"])] = name
		nameComponents(names, name, data)
		c.Entities = append(c.Entities, encode(t, map[string]any{"name": name, "data": data}))
	}
	for _, link := range readLines(t, filepath.Join(dir, "links")) {
		for _, end := range []string{"left", "right"} {
			side := link[end].(map[string]any)
			if name, ok := names[fmt.Sprint(side["type"], side["ref"])]; ok {
				side["ref"] = name
			} else if name, ok := names[fmt.Sprint("component", side["ref"], side["type"])]; ok {
				side["ref"] = name
			}
		}
		c.Links = append(c.Links, encode(t, link))
	}
	for _, config := range readLines(t, filepath.Join(dir, "configuration")) {
		value := config["value"].(map[string]any)
		if value["key"] == keyOfMetrics {
			continue
		}
		delete(value, "id")
		c.Configuration = append(c.Configuration, encode(t, config))
	}
	slices.Sort(c.Entities)
	slices.Sort(c.Links)
	slices.Sort(c.Configuration)

	uploads, err := os.ReadDir(filepath.Join(p.Dir, "public", "uploads"))
	require.NoError(t, err)
	for _, file := range uploads {
		if strings.HasPrefix(file.Name(), ".") { // Strapi leaves a .gitkeep
			continue
		}
		content, err := os.ReadFile(filepath.Join(p.Dir, "public", "uploads", file.Name()))
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		c.Uploads[file.Name()] = hex.EncodeToString(sum[:])
	}
	return c
}

// keyOfMetrics is the setting with a time of day that each start of Strapi chooses anew.
const keyOfMetrics = "plugin_upload_metrics"

// ChangesWithEachStart reports whether the value of a configuration record is one that Strapi
// changes at each start.
func ChangesWithEachStart(value json.RawMessage) bool {
	var setting struct{ Key string }
	return json.Unmarshal(value, &setting) == nil && setting.Key == keyOfMetrics
}

// Diff returns a line for each thing that only one of the contents has: "-" before those of c,
// "+" before those of other. It is empty if they are equal.
func (c Content) Diff(other Content) []string {
	var lines []string
	for _, pair := range [][2][]string{
		{c.Entities, other.Entities},
		{c.Links, other.Links},
		{c.Configuration, other.Configuration},
		{listUploads(c.Uploads), listUploads(other.Uploads)},
	} {
		count := map[string]int{}
		for _, item := range pair[0] {
			count[item]++
		}
		for _, item := range pair[1] {
			count[item]--
		}
		for _, item := range slices.Sorted(maps.Keys(count)) {
			for n := count[item]; n > 0; n-- {
				lines = append(lines, "- "+item)
			}
			for n := count[item]; n < 0; n++ {
				lines = append(lines, "+ "+item)
			}
		}
	}
	return lines
}

func listUploads(uploads map[string]string) []string {
	var lines []string
	for name, sum := range uploads {
		lines = append(lines, name+" "+sum)
	}
	return lines
}

// nameComponents removes the IDs of the components in value, and names them after the place
// where they are.
func nameComponents(names map[string]string, place string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			nameComponents(names, place+"."+key, v[key])
		}
		if id, ok := v["id"]; ok && v["documentId"] == nil {
			delete(v, "id")
			for _, component := range []string{"default.seo", "default.quote"} {
				if isComponent(component, v) {
					names[fmt.Sprint("component", id, component)] = place
				}
			}
		}
	case []any:
		for i, item := range v {
			nameComponents(names, fmt.Sprintf("%s[%d]", place, i), item)
		}
	}
}

// isComponent reports whether v looks like the component of app/src/components.
func isComponent(component string, v map[string]any) bool {
	_, title := v["metaTitle"]
	return title == (component == "default.seo")
}

// readLines returns the objects of the JSON Lines files in dir, of none if dir does not exist.
func readLines(t testing.TB, dir string) []map[string]any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	require.NoError(t, err)
	var all []map[string]any
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		lines := bufio.NewScanner(bytes.NewReader(content))
		lines.Buffer(nil, len(content)+1)
		for lines.Scan() {
			if strings.TrimSpace(lines.Text()) == "" {
				continue
			}
			decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
			decoder.UseNumber()
			var object map[string]any
			require.NoError(t, decoder.Decode(&object))
			all = append(all, object)
		}
		require.NoError(t, lines.Err())
	}
	return all
}

func encode(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}
