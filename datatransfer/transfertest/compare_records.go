package transfertest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// records holds what one source yielded, in the form that is compared.
type records struct {
	ignoreIDs     bool
	types         typeMap
	schemas       []item
	entities      []*entity
	files         []item
	links         []*link
	configuration []item
}

// entity is an entity with what is needed to find its counterpart.
type entity struct {
	uid, name string
	ref       datatransfer.Ref
	record    map[string]any // normalized, with its data
	data      map[string]any

	components map[identity]string // their paths in the entity; set by replaceIDs
}

// link is a link with its record, from which the positions may have been taken out.
type link struct {
	datatransfer.Link
	record map[string]any
	pos    [2]string
}

// readRecords reads all of src. With ignoreIDs it leaves out what each instance decides
// itself.
func readRecords(ctx context.Context, src datatransfer.Source, ignoreIDs bool) (*records, error) {
	schemas, err := src.Schemas(ctx)
	if err != nil {
		return nil, err
	}
	r := &records{ignoreIDs: ignoreIDs, types: parseTypes(schemas)}
	if !ignoreIDs {
		if err := r.addSchemas(schemas); err != nil {
			return nil, err
		}
	}
	for e, err := range src.Entities(ctx) {
		if err == nil {
			err = r.addEntity(e)
		}
		if err != nil {
			return nil, err
		}
	}
	for a, err := range src.Assets(ctx) {
		if err == nil {
			err = r.addFile(a)
		}
		if err != nil {
			return nil, err
		}
	}
	for l, err := range src.Links(ctx) {
		if err == nil {
			err = r.addLink(l)
		}
		if err != nil {
			return nil, err
		}
	}
	for c, err := range src.Configuration(ctx) {
		if err == nil {
			err = r.addConfig(c)
		}
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *records) addSchemas(schemas datatransfer.Schemas) error {
	for _, s := range schemas {
		value, err := decode(s.Raw)
		if err != nil {
			return fmt.Errorf("schema %s: %w", s.UID, err)
		}
		r.schemas = append(r.schemas, item{label: s.UID, value: normalize(value)})
	}
	return nil
}

// recordOf returns a record as JSON, with the members that only its JSON has.
func recordOf(v json.Marshaler, name string) (map[string]any, error) {
	text, err := v.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	object, err := decodeObject(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return normalize(object).(map[string]any), nil
}

func (r *records) addEntity(e datatransfer.Entity) error {
	name := fmt.Sprintf("%s %s", e.Type, e.ID)
	record, err := recordOf(e, name)
	if err != nil {
		return err
	}
	data, _ := record["data"].(map[string]any)
	r.entities = append(r.entities, &entity{uid: e.Type, name: name, ref: e.ID, record: record, data: data})
	return nil
}

func (r *records) addFile(a datatransfer.Asset) error {
	metadata, err := decode(a.Metadata)
	if err != nil {
		return fmt.Errorf("metadata of asset %q: %w", a.Name, err)
	}
	size, sum, err := hashBody(a.Body)
	if err != nil {
		return err
	}
	value := map[string]any{
		"metadata": normalize(metadata),
		"bytes":    json.Number(strconv.FormatInt(size, 10)),
		"sha256":   sum,
	}
	if a.Size >= 0 && a.Size != size {
		value["announced bytes"] = json.Number(strconv.FormatInt(a.Size, 10))
	}
	r.files = append(r.files, item{label: a.Name, value: value})
	return nil
}

func hashBody(body io.Reader) (size int64, sum string, err error) {
	hash := sha256.New()
	if body != nil {
		size, err = io.Copy(hash, body)
	}
	return size, hex.EncodeToString(hash.Sum(nil)), err
}

func (r *records) addLink(l datatransfer.Link) error {
	record, err := recordOf(l, "a link")
	if err != nil {
		return err
	}
	r.links = append(r.links, &link{Link: l, record: record})
	return nil
}

// addConfig labels a setting with its key and a webhook with its name.
func (r *records) addConfig(c datatransfer.Config) error {
	record, err := recordOf(c, "configuration of type "+c.Type)
	if err != nil {
		return err
	}
	label := c.Type
	if value, ok := record["value"].(map[string]any); ok {
		for _, member := range []string{"key", "name"} {
			if text, ok := value[member].(string); ok {
				label += " " + text
				break
			}
		}
		if r.ignoreIDs {
			delete(value, "id")
		}
	}
	r.configuration = append(r.configuration, item{label: label, value: record})
	return nil
}

func (r *records) entityItems() []item {
	items := make([]item, len(r.entities))
	for i, e := range r.entities {
		items[i] = item{label: e.name, value: e.record}
	}
	return items
}

// linkItems labels a link with all but the positions.
func (r *records) linkItems() []item {
	items := make([]item, len(r.links))
	for i, l := range r.links {
		left, right := endLabel(l.record["left"]), endLabel(l.record["right"])
		label := fmt.Sprintf("%s %s from %s to %s", l.Kind, l.Relation, left, right)
		items[i] = item{label: label, value: l.record, isLink: true, pos: l.pos}
	}
	return items
}

func endLabel(record any) string {
	end, ok := record.(map[string]any)
	if !ok {
		return string(encode(record))
	}
	uid, _ := end["type"].(string)
	label := uid + " " + string(encode(end["ref"]))
	if name, ok := end["ref"].(string); ok && strings.HasPrefix(name, uid+" ") {
		label = name
	}
	if field, ok := end["field"].(string); ok {
		label += "." + field
	}
	return label
}
