package archive

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// metadataChecker checks the metadata of assets by the rules of Strapi 5.54, which
// refuses to import anything else.
type metadataChecker struct {
	parser datatransfer.Parser
	walker walker
}

// check returns the object in text, and the ID of the row of the media library that the
// asset belongs to. The error is [datatransfer.ErrInvalid].
func (c *metadataChecker) check(name string, text []byte) (metadata json.RawMessage, row datatransfer.Ref, err error) {
	metadata, err = c.parser.Object(text)
	if err != nil {
		return nil, "", err
	}
	var id, size float64
	var hash, ext string
	wrong := []string{}
	missing := map[string]bool{"id": true, "size": true, "name": true, "hash": true, "mime": true, "url": true}
	c.walker.members(metadata, func(key, value []byte) {
		var ok bool
		member := string(key)
		delete(missing, member)
		switch member {
		case "id":
			id, ok = number(value)
			ok = ok && id > 0 && id == math.Trunc(id) && id <= 1<<53
			row = datatransfer.IntRef(int64(id))
		case "size":
			size, ok = number(value)
			ok = ok && size >= 0
		case "name", "hash", "mime", "url":
			text := string(stringOf(value))
			if member == "hash" {
				hash = text
			}
			ok = text != ""
		case "ext", "type", "mainHash":
			if member == "ext" {
				ext = string(stringOf(value))
			}
			ok = value[0] == '"' || value[0] == 'n'
		default:
			return
		}
		if !ok {
			wrong = append(wrong, member)
		}
	})
	for _, member := range []string{"id", "size", "name", "hash", "mime", "url"} {
		if missing[member] {
			wrong = append(wrong, member)
		}
	}
	switch {
	case len(wrong) > 0:
		return nil, "", fmt.Errorf("%w: the metadata lacks a member or has one of the wrong kind: %s",
			datatransfer.ErrInvalid, strings.Join(wrong, ", "))
	case hash+ext != name:
		return nil, "", fmt.Errorf("%w: the file is not named by the hash and ext of its metadata",
			datatransfer.ErrInvalid)
	}
	return metadata, row, nil
}

// number returns the value of a JSON number, and reports whether it is finite.
func number(value []byte) (float64, bool) {
	if value[0] == '"' {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(value), 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
}
