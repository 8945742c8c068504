package wire

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// The actions of an Item.
const (
	ItemStart  = "start"
	ItemStream = "stream"
	ItemEnd    = "end"
)

// Item is a part of an asset: its start with a name and metadata, bytes, or its end. Items of
// one asset come in this order.
type Item struct {
	Action   string
	AssetID  string
	Name     string          // start: the name of the file, not checked
	Size     int64           // start: in bytes; -1: not told
	Metadata json.RawMessage // start: the row of the file; an object
	Chunk    []byte          // stream
	Checksum string          // end: SHA-256 in hexadecimal; "": none
}

// ParseItem parses an item. Bytes are base64 or Node's JSON of a Buffer: the form of the value
// tells. The bytes of a stream are decoded into buffer, if they fit, and are valid as long as
// its content is. The metadata is a part of text.
func ParseItem(text []byte, buffer []byte) (Item, error) {
	item := Item{Size: -1}
	var data, checksum jsontext.Value
	err := readObject(text, "data", func(name string, value jsontext.Value) (err error) {
		switch name {
		case "action":
			item.Action, err = readString(name, value)
		case "assetID":
			item.AssetID, err = readString(name, value)
		case "data":
			data = value
		case "checksum":
			checksum = value
		}
		return err
	})
	if err != nil {
		return Item{}, err
	}
	if item.AssetID == "" {
		return Item{}, invalidf("a part of an asset names no asset")
	}
	switch item.Action {
	case ItemStart:
		err = item.parseStart(data)
	case ItemStream:
		item.Chunk, err = decodeBytes(data, buffer)
	case ItemEnd:
		if checksum != nil && !isNull(checksum) {
			err = item.parseChecksum(checksum)
		}
	default:
		err = invalidf("a part of an asset is neither a start, a stream nor an end")
	}
	if err != nil {
		return Item{}, err
	}
	return item, nil
}

func (item *Item) parseStart(data jsontext.Value) error {
	switch {
	case data.Kind() != '{':
		return invalidf("the start of an asset has no data")
	case !data.IsValid():
		return errNotJSON
	}
	return walkObject(data, func(name string, value jsontext.Value) (err error) {
		switch name {
		case "filename":
			item.Name, err = readString(name, value)
		case "stats":
			if value.Kind() != '{' {
				return nil
			}
			err = walkObject(value, func(name string, value jsontext.Value) error {
				if name != "size" || value.Kind() != '0' {
					return nil
				}
				size, err := strconv.ParseInt(string(value), 10, 64)
				if err != nil || size < 0 {
					return invalidf("the size of an asset is not a number of bytes")
				}
				item.Size = size
				return nil
			})
		case "metadata":
			if value.Kind() != '{' {
				return invalidf("the metadata of an asset is not an object")
			}
			item.Metadata = json.RawMessage(value)
		}
		return err
	})
}

func (item *Item) parseChecksum(checksum jsontext.Value) error {
	var sum struct{ Algorithm, Value string }
	if err := json.Unmarshal(checksum, &sum); err != nil || sum.Algorithm != "sha256" || len(sum.Value) != 64 {
		return invalidf("the checksum of an asset is not one of SHA-256")
	}
	item.Checksum = sum.Value
	return nil
}

// decodeBytes decodes the bytes of a stream.
func decodeBytes(data jsontext.Value, buffer []byte) ([]byte, error) {
	switch data.Kind() {
	case '"':
		if len(data) < 2 {
			break
		}
		return decodeString(data, buffer)
	case '{':
		if !data.IsValid() {
			return nil, errNotJSON
		}
		return decodeBufferJSON(data, buffer)
	}
	return nil, invalidf("a stream of an asset has no bytes")
}

func decodeString(data jsontext.Value, buffer []byte) ([]byte, error) {
	chunk, err := decodeBase64(data[1:len(data)-1], buffer)
	if err == nil || bytes.IndexByte(data, '\\') < 0 {
		return chunk, err
	}
	text, err := jsontext.AppendUnquote(nil, data) // base64 needs no escapes, but JSON allows them
	if err != nil {
		return nil, syntaxError(err)
	}
	return decodeBase64(text, buffer)
}

func decodeBufferJSON(data jsontext.Value, buffer []byte) ([]byte, error) {
	var numbers jsontext.Value
	isBuffer := false
	err := walkObject(data, func(name string, value jsontext.Value) error {
		switch name {
		case "type":
			isBuffer = string(value) == `"Buffer"`
		case "data":
			numbers = value
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !isBuffer || numbers.Kind() != '[' {
		return nil, invalidf("a stream of an asset is neither base64 nor a Buffer")
	}
	// The array is valid JSON. What may stand in it is told by its bytes alone.
	out := buffer[:0]
	value, digits := 0, 0
	for _, c := range numbers[1:] {
		switch {
		case '0' <= c && c <= '9' && digits < 3:
			value, digits = 10*value+int(c-'0'), digits+1
		case c == ',' || c == ']':
			if digits == 0 && c == ']' && len(out) == 0 {
				return out, nil
			}
			if digits == 0 || value > 255 {
				return nil, invalidf("a Buffer has something that is not a byte")
			}
			out = append(out, byte(value))
			value, digits = 0, 0
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
		default:
			return nil, invalidf("a Buffer has something that is not a byte")
		}
	}
	return out, nil
}

// AppendStart appends the item that begins an asset. Strapi's receivers ignore the path of the
// file, but want it to be there.
func AppendStart(b []byte, assetID string, asset datatransfer.Asset, size int64) []byte {
	b = appendItem(b, ItemStart, assetID)
	b = appendString(append(b, `,"data":{"filename":`...), asset.Name)
	b = appendString(append(b, `,"filepath":`...), asset.Name)
	b = strconv.AppendInt(append(b, `,"stats":{"size":`...), size, 10)
	b = append(b, `},"metadata":`...)
	b = append(b, asset.Metadata...)
	return append(b, "}}"...)
}

// AppendStream appends an item with bytes, as base64 or as JSON of a Buffer.
func AppendStream(b []byte, assetID string, chunk []byte, inBase64 bool) []byte {
	b = appendItem(b, ItemStream, assetID)
	if inBase64 {
		b = append(b, `,"encoding":"base64","data":"`...)
		return append(appendBase64(b, chunk), `"}`...)
	}
	b = append(b, `,"data":{"type":"Buffer","data":[`...)
	for i, c := range chunk {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(c), 10)
	}
	return append(b, "]}}"...)
}

// AppendEnd appends the item that ends an asset. checksum is SHA-256 in hexadecimal, or "" if
// none was agreed on.
func AppendEnd(b []byte, assetID, checksum string) []byte {
	b = appendItem(b, ItemEnd, assetID)
	if checksum != "" {
		b = appendString(append(b, `,"checksum":{"algorithm":"sha256","value":`...), checksum)
		b = append(b, '}')
	}
	return append(b, '}')
}

func appendItem(b []byte, action, assetID string) []byte {
	b = appendString(append(b, `{"action":`...), action)
	return appendString(append(b, `,"assetID":`...), assetID)
}
