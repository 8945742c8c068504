package transfertest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// values returns the data of an entity or component: a value for each attribute that is not
// a relation.
func (g *generator) values(attributes map[string]attribute, ref datatransfer.Ref) map[string]any {
	row, _ := ref.Int()
	data := make(map[string]any)
	for i, name := range sortedKeys(attributes) {
		a := attributes[name]
		if a.Type == "relation" || a.Type == "media" {
			continue
		}
		data[name] = nil
		if a.Required || (int(row)/2+i)%4 != 0 {
			data[name] = g.value(name, a, int(row))
		} else if a.Type == "component" && a.Repeatable || a.Type == "dynamiczone" {
			data[name] = []any{}
		}
	}
	return data
}

// value returns a value of an attribute, and nil if its type is unknown.
func (g *generator) value(name string, a attribute, row int) any {
	switch a.Type {
	case "string", "text", "richtext", "password":
		return fitText(g.text(name), a)
	case "uid":
		return fitText(fmt.Sprintf("%s-%d-%d", name, g.n, g.nextText()), a)
	case "email":
		return fitText(fmt.Sprintf("sample-%d-%d@example.com", g.n, g.nextText()), a)
	case "enumeration":
		if len(a.Enum) == 0 {
			return nil
		}
		return a.Enum[(row/2+g.n)%len(a.Enum)]
	case "integer":
		return clamp(int64(1000*g.n+row), a)
	case "biginteger":
		return strconv.FormatInt(clamp(9007199254740993+int64(1000*g.n+row), a), 10)
	case "decimal", "float":
		return json.Number(strconv.FormatFloat(float64(clamp(int64(10*g.n+row), a))+0.25, 'f', -1, 64))
	case "boolean":
		return (row/2+g.n)%2 == 0
	case "date":
		return fmt.Sprintf("2025-%02d-%02d", g.n, 1+row%28)
	case "time":
		return fmt.Sprintf("%02d:%02d:56.789", g.n, row%60)
	case "datetime", "timestamp":
		return time.Date(2025, time.Month(g.n), 1+row%28, 12, 34, 56, 789e6, time.UTC).Format("2006-01-02T15:04:05.000Z")
	case "json":
		return map[string]any{
			"n": g.n, "big": json.Number("9007199254740993"), "text": g.text(name),
			"empty": map[string]any{}, "list": []any{nil, true, json.Number("-0.5"), ""},
		}
	case "blocks":
		child := map[string]any{"type": "text", "text": g.text(name)}
		return []any{map[string]any{"type": "paragraph", "children": []any{child}}}
	case "component":
		return g.componentValue(a)
	case "dynamiczone":
		zone := []any{}
		for _, uid := range a.Components {
			component := g.component(uid)
			component["__component"] = uid
			zone = append(zone, component)
		}
		return zone
	}
	return nil
}

func (g *generator) componentValue(a attribute) any {
	if !a.Repeatable {
		return g.component(a.Component)
	}
	return []any{g.component(a.Component), g.component(a.Component)}
}

// component returns a new component with an ID of its own.
func (g *generator) component(uid string) map[string]any {
	ref := datatransfer.IntRef(int64(40 + 2*g.n + len(g.components)))
	g.components = append(g.components, identity{uid, ref})
	data := g.values(g.types[uid].attributes, ref)
	data["id"] = json.RawMessage(ref)
	return data
}

// endings stand at the end of texts. They have characters that get lost where a text is put
// into a query, a file or HTML, or where its encoding is guessed.
var endings = []string{
	"", " äöü ß", ` "quoted" 'twice' \back\`, " 日本語 🎈", " <b>&amp;</b> %s ?", " line\nbreak\ttab",
	" e\u0301 \u2028 \u00a0end",
}

// text returns a text that no other attribute has.
func (g *generator) text(name string) string {
	number := g.nextText()
	return fmt.Sprintf("%s %d-%d%s", name, g.n, number, endings[number%len(endings)])
}

func (g *generator) nextText() int {
	g.texts++
	return g.texts
}

// fitText cuts or fills text to the length that the attribute wants, in characters. The part
// that differs from other texts is at its front, apart from the name.
func fitText(text string, a attribute) string {
	if runes := []rune(text); a.MaxLength > 0 && len(runes) > a.MaxLength {
		_, rest, _ := strings.Cut(text, " ")
		runes = []rune(rest)
		text = string(runes[:min(len(runes), a.MaxLength)])
	}
	if missing := a.MinLength - utf8.RuneCountInString(text); missing > 0 {
		text += strings.Repeat("x", missing)
	}
	return text
}

// clamp returns number, or the next one within the attribute's limits.
func clamp(number int64, a attribute) int64 {
	if least, ok := a.Min.(float64); ok {
		number = max(number, int64(least))
	}
	if most, ok := a.Max.(float64); ok {
		number = min(number, int64(most))
	}
	return number
}

// documentID returns an ID such as Strapi gives to documents.
func documentID(uid string, n, document int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", uid, n, document))
	id := make([]byte, 24)
	for i := range id {
		id[i] = letters[int(sum[i])%len(letters)]
	}
	return string(id)
}

func position(n int) json.Number { return json.Number(strconv.Itoa(n)) }
