package transfertest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// CompareOptions say how strictly [Compare] compares. nil stands for the zero
// CompareOptions.
type CompareOptions struct {
	// IgnoreIDs compares two instances of which each gave the records IDs of its own.
	// Entities are found by document ID, locale and whether they are published, or by all
	// of their data if one side has no document IDs for their type. Links must connect the
	// same ones on both sides. Their positions are compared by their order, and only for
	// fields that have positions on both sides. An absent attribute equals null.
	//
	// Schemas are not compared, and neither are the members of a file's row that say where
	// its bytes are: url, previewUrl, provider and provider_metadata.
	IgnoreIDs bool

	complete bool // with IgnoreIDs: document IDs and positions have to be on both sides
}

// Compare returns how got differs from want, in one line for each difference, and nil
// if they are equal: the schemas, records and metadata of files as JSON, whatever their
// order, and the bytes of files by SHA-256. Numbers are equal if their exact values are.
// The Metadata of the sources is not compared.
//
// The lines quote records. The records of both sides are held in memory, the files are
// not. Compare closes neither source, and returns their errors unchanged.
func Compare(ctx context.Context, want, got datatransfer.Source, opts *CompareOptions) ([]string, error) {
	if opts == nil {
		opts = new(CompareOptions)
	}
	w, err := readRecords(ctx, want, opts.IgnoreIDs)
	if err != nil {
		return nil, err
	}
	g, err := readRecords(ctx, got, opts.IgnoreIDs)
	if err != nil {
		return nil, err
	}
	if opts.IgnoreIDs {
		if !opts.complete {
			ignoreDocumentsOfOneSide(w, g)
			ignorePositionsOfOneSide(w, g)
		}
		w.replaceIDs()
		g.replaceIDs()
	}
	var lines []string
	for _, part := range []struct {
		name      string
		want, got []item
	}{
		{"schemas", w.schemas, g.schemas},
		{string(datatransfer.StageEntities), w.entityItems(), g.entityItems()},
		{string(datatransfer.StageAssets), w.files, g.files},
		{string(datatransfer.StageLinks), w.linkItems(), g.linkItems()},
		{string(datatransfer.StageConfiguration), w.configuration, g.configuration},
	} {
		for _, line := range compareItems(part.want, part.got) {
			lines = append(lines, part.name+": "+line)
		}
	}
	return lines, nil
}

// RequireEqual fails the test at once unless got has the same schemas, records and files
// as want, with the same IDs.
func RequireEqual(t testing.TB, want, got datatransfer.Source) {
	t.Helper()
	require(t, want, got, nil)
}

// RequireEquivalent fails the test at once unless got has the same records and files as
// want but for their IDs, as after an import. See [CompareOptions].
func RequireEquivalent(t testing.TB, want, got datatransfer.Source) {
	t.Helper()
	require(t, want, got, &CompareOptions{IgnoreIDs: true})
}

func require(t testing.TB, want, got datatransfer.Source, opts *CompareOptions) {
	t.Helper()
	lines, err := Compare(t.Context(), want, got, opts)
	if err != nil {
		t.Fatalf("cannot compare the sources: %v", err)
	}
	if len(lines) > 0 {
		t.Fatalf("the sources differ:\n%s", summarize(lines))
	}
}

// summarize returns the first lines, indented, and how many more there are.
func summarize(lines []string) string {
	const most = 15
	var text strings.Builder
	for i, line := range lines {
		if i == most {
			fmt.Fprintf(&text, "    … and %d more differences\n", len(lines)-most)
			break
		}
		text.WriteString("    " + line + "\n")
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// An item is a record in the form that is compared. Items of one label are compared with
// each other.
type item struct {
	label  string
	value  any // normalized
	isLink bool
	pos    [2]string // the ranks of a link's ends
}

func (i item) text() string { return string(encode(i.value)) + " " + i.pos[0] + " " + i.pos[1] }

// compareItems returns the differences in the order of the labels.
func compareItems(want, got []item) []string {
	wanted, found := byLabel(want), byLabel(got)
	labels := make(map[string]bool)
	for label := range wanted {
		labels[label] = true
	}
	for label := range found {
		labels[label] = true
	}
	var lines []string
	for _, label := range sortedKeys(labels) {
		lines = append(lines, compareLabel(label, wanted[label], found[label])...)
	}
	return lines
}

func byLabel(items []item) map[string]map[string][]item {
	labels := make(map[string]map[string][]item)
	for _, i := range items {
		if labels[i.label] == nil {
			labels[i.label] = make(map[string][]item)
		}
		text := i.text()
		labels[i.label][text] = append(labels[i.label][text], i)
	}
	return labels
}

// compareLabel compares the items of one label, given by their texts. Equal ones cancel
// each other out; the rest is compared pair by pair.
func compareLabel(label string, want, got map[string][]item) []string {
	missing, unexpected := subtract(want, got), subtract(got, want)
	var lines []string
	paired := min(len(missing), len(unexpected))
	for i := range paired {
		for _, line := range compareValues("", missing[i].value, unexpected[i].value) {
			lines = append(lines, label+": "+line)
		}
		for end, name := range []string{"left", "right"} {
			w, g := missing[i].pos[end], unexpected[i].pos[end]
			if w != g {
				lines = append(lines, fmt.Sprintf("%s: the %s end has the place %q in its relation, want %q", label, name, g, w))
			}
		}
	}
	for _, m := range missing[paired:] {
		lines = append(lines, fmt.Sprintf("%s is missing%s", label, show(m)))
	}
	for _, u := range unexpected[paired:] {
		lines = append(lines, fmt.Sprintf("%s is not expected%s", label, show(u)))
	}
	return lines
}

// show returns the value of an item, unless its label says it all.
func show(i item) string {
	if i.isLink {
		return ""
	}
	return ": " + clip(string(encode(i.value)))
}

// subtract returns the items of a that b has not, in the order of their texts.
func subtract(a, b map[string][]item) []item {
	var rest []item
	for _, text := range sortedKeys(a) {
		if common := len(b[text]); common < len(a[text]) {
			rest = append(rest, a[text][common:]...)
		}
	}
	return rest
}

// compareValues returns a line for each place in which two JSON values differ. The path is
// that of the values in a record, and empty for the record itself.
func compareValues(path string, want, got any) []string {
	if string(encode(want)) == string(encode(got)) {
		return nil
	}
	if w, ok := want.(map[string]any); ok {
		if g, ok := got.(map[string]any); ok {
			names := maps.Clone(w)
			maps.Copy(names, g)
			var lines []string
			for _, name := range sortedKeys(names) {
				lines = append(lines, compareMembers(strings.TrimPrefix(path+"."+name, "."), w, g, name)...)
			}
			return lines
		}
	}
	if w, ok := want.([]any); ok {
		if g, ok := got.([]any); ok && len(w) == len(g) {
			var lines []string
			for i := range w {
				lines = append(lines, compareValues(fmt.Sprintf("%s[%d]", path, i), w[i], g[i])...)
			}
			return lines
		}
	}
	shownWant, shownGot := clipBoth(display(want), display(got))
	return []string{fmt.Sprintf("%s is %s, want %s", path, shownGot, shownWant)}
}

// display returns a value as JSON. Of a text it escapes everything but ASCII, because texts
// that differ may look the same.
func display(value any) string {
	if text, ok := value.(string); ok {
		return strconv.QuoteToASCII(text)
	}
	return string(encode(value))
}

// clipBoth cuts two texts to a length that can be read, and so that their first difference
// can be seen.
func clipBoth(a, b string) (string, string) {
	const lead = 20
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	if max(len(a), len(b)) <= maxShown || same <= lead {
		return clip(a), clip(b)
	}
	from := same - lead
	return fmt.Sprintf("[%d bytes]%s", from, clip(a[from:])), fmt.Sprintf("[%d bytes]%s", from, clip(b[from:]))
}

func compareMembers(path string, want, got map[string]any, name string) []string {
	w, wanted := want[name]
	g, found := got[name]
	switch {
	case !found:
		return []string{fmt.Sprintf("%s is missing, want %s", path, clip(string(encode(w))))}
	case !wanted:
		return []string{fmt.Sprintf("%s is not expected: %s", path, clip(string(encode(g))))}
	}
	return compareValues(path, w, g)
}

// maxShown is how many bytes of a value a failure shows.
const maxShown = 160

func clip(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:maxShown], ""), len(text))
}
