package transfertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var dataChecks = []check{
	{
		"round-trip", roundTrip,
		"after a transfer the instance has the data of the source, and each value as it was",
	},
	{"replaces-everything", replacesEverything, "a transfer of everything leaves nothing of the old data"},
	{"empty-stages", emptyStages, "a stage without records empties that part of the instance and no other"},
	{
		"own-data-returns", ownDataReturns,
		"what an instance yields can be imported into it, any number of times",
	},
	{"texts-are-exact", textsAreExact, "texts come back character by character"},
	{"numbers-are-exact", numbersAreExact, "numbers come back with their exact value"},
	{
		"unknown-members", unknownMembers,
		"unknown members of records are kept, or ignored if the instance has types of its own",
	},
}

func roundTrip(t *trial) {
	data := t.sample(1)
	_, err := datatransfer.Run(t.ctx, data.Source(), t.destination(), nil)
	t.must(err, "datatransfer.Run")
	t.holds("after a transfer", data)
}

func replacesEverything(t *trial) {
	for _, n := range []int{1, 2, 1} {
		data := t.sample(n)
		t.replace(data)
		t.holds("after a transfer over other data", data)
	}
}

func emptyStages(t *trial) {
	for _, c := range []struct {
		what  string
		empty func(*Snapshot)
	}{
		{"without configuration", func(s *Snapshot) { s.Configuration = nil }},
		{"without links", func(s *Snapshot) { s.Links = nil }},
		{"without assets", func(s *Snapshot) { s.Files = nil }},
		{"without anything", func(s *Snapshot) { s.Files, s.Links, s.Configuration, s.Entities = nil, nil, nil, nil }},
	} {
		t.replace(t.sample(1))
		data := t.sample(2)
		c.empty(data)
		if data.lacksLinks() {
			continue
		}
		t.replace(data)
		t.holds("after a transfer "+c.what, data)
	}
}

// lacksLinks reports whether s has an entity whose type requires a link, and no links.
func (s *Snapshot) lacksLinks() bool {
	types := parseTypes(s.Schemas)
	return len(s.Links) == 0 && slices.ContainsFunc(s.Entities, func(e datatransfer.Entity) bool {
		return slices.ContainsFunc(s.Entities, func(target datatransfer.Entity) bool {
			return types.requires(e.Type, target.Type)
		})
	})
}

// ownDataReturns holds every reading against the sample, so that IDs may change each time
// and links may not.
func ownDataReturns(t *trial) {
	data := t.sample(1)
	t.replace(data)
	for i := range 3 {
		t.replace(t.read())
		t.holds(fmt.Sprintf("after import %d of what the instance had", i+1), data)
	}
}

// awkwardTexts are texts that get lost on the way through queries, files and encodings.
var awkwardTexts = []string{
	" leading and trailing ", "tab\tnew\nline\r\nreturn", `back\slash and "quotes" and 'quotes'`, "e\u0301 is not \u00e9",
	"\u2028\u2029\u0085\u00a0\ufeff", "😀 𝒳 \U0010fffd", "<script>&amp;</script>", "%d %s ? $1 :name", `\u0041 \\n`,
	"ALL CAPS all caps", "-- ; /* */", "0123", "true", "null", "{}",
}

func textsAreExact(t *trial) {
	data := t.sample(1)
	types := parseTypes(data.Schemas)
	changed := 0
	for i, e := range data.Entities {
		object, err := decodeObject(e.Data)
		t.must(err, "data of the sample")
		attributes := types[e.Type].attributes
		for _, name := range sortedKeys(attributes) {
			a := attributes[name]
			text := awkwardTexts[changed%len(awkwardTexts)]
			_, has := object[name].(string)
			if !has || !takesAnyText(a) || name == "locale" || e.Type == datatransfer.TypeFile {
				continue
			}
			if a.Type != "string" {
				text += strings.Repeat(" and so on", 200) // columns for strings are often short
			}
			object[name] = text
			changed++
		}
		data.Entities[i].Data = encode(object)
	}
	if changed == 0 {
		t.Skip("the sample has no texts that may be changed")
	}
	t.replace(data)
	t.holds("after a transfer of awkward texts", data)
}

// takesAnyText reports whether an attribute takes every text, also one that another entity
// has.
func takesAnyText(a attribute) bool {
	isText := a.Type == "string" || a.Type == "text" || a.Type == "richtext"
	return isText && !a.Unique && a.Regex == "" && a.MaxLength == 0 && a.MinLength <= 1
}

// numbersAreExact puts numbers into JSON, where every instance keeps those that fit into an
// int64, and one that takes any data keeps all.
func numbersAreExact(t *trial) {
	numbers := []any{
		json.Number("9007199254740993"), json.Number("-9223372036854775808"), json.Number("9223372036854775807"),
		json.Number("0"), json.Number("0.1"), json.Number("-2.5"), json.Number("100"),
	}
	if t.schemas == nil {
		numbers = append(numbers, json.Number("123456789012345678901234567890.123456789"), json.Number("1e400"),
			json.Number("-1E-400"), json.Number("0.30000000000000004"), json.Number("1.10"))
	}
	data := t.sample(1)
	if !changeValues(data, "json", func(any) any { return map[string]any{"numbers": numbers} }) {
		t.Skip("the sample has no attribute of type json")
	}
	t.replace(data)
	t.holds("after a transfer of big and exact numbers", data)
}

// changeValues replaces the values of all attributes of a type, and reports whether there
// are any.
func changeValues(data *Snapshot, attributeType string, change func(any) any) bool {
	types := parseTypes(data.Schemas)
	changed := false
	for i, e := range data.Entities {
		object, err := decodeObject(e.Data)
		if err != nil || e.Type == datatransfer.TypeFile {
			continue
		}
		for name, a := range types[e.Type].attributes {
			if a.Type == attributeType {
				object[name] = change(object[name])
				changed = true
			}
		}
		data.Entities[i].Data = encode(object)
	}
	return changed
}

func unknownMembers(t *trial) {
	plain := t.sample(1)
	extended := plain.clone()
	for i := range extended.Entities {
		t.must(extend(&extended.Entities[i]), "an entity with an unknown member")
	}
	for i := range extended.Links {
		t.must(extend(&extended.Links[i]), "a link with an unknown member")
	}
	for i := range extended.Configuration {
		t.must(extend(&extended.Configuration[i]), "configuration with an unknown member")
	}
	t.replace(extended)
	if t.schemas == nil {
		t.holds("after a transfer of records with unknown members", extended)
		return
	}
	t.holdsOneOf("after a transfer of records with unknown members", plain, extended)
}

// extend adds a member that nobody knows to a record.
func extend(record interface {
	json.Marshaler
	json.Unmarshaler
},
) error {
	text, err := record.MarshalJSON()
	if err != nil {
		return err
	}
	object, err := decodeObject(text)
	if err != nil {
		return err
	}
	object["unheardOf"] = map[string]any{"deep": []any{json.Number("1"), nil}}
	return record.UnmarshalJSON(encode(object))
}
