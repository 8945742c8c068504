package wire

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Message is a message of the server: a reply to the request with the same UUID, a frame of a pull,
// or a diagnostic.
type Message struct {
	UUID       string
	Data       jsontext.Value // nil: null
	Err        *Error
	Diagnostic jsontext.Value // not nil: the message is not a reply, and its text is for a log
}

// ParseMessage parses a message of the server. Members that it does not know are ignored. The
// result keeps parts of text.
func ParseMessage(text []byte) (Message, error) {
	var m Message
	err := readObject(text, "data", func(name string, value jsontext.Value) (err error) {
		switch {
		case name == "uuid":
			m.UUID, err = readString(name, value)
		case isNull(value):
		case name == "data":
			m.Data = value
		case name == "error":
			m.Err, err = parseError(value)
		case name == "diagnostic":
			m.Diagnostic = value
		}
		return err
	})
	if err != nil {
		return Message{}, err
	}
	return m, nil
}

// AppendReply appends the reply to the request with the UUID. nil data is null.
func AppendReply(b []byte, uuid string, data jsontext.Value, failure *Error) []byte {
	b = appendString(append(b, `{"uuid":`...), uuid)
	b = append(b, `,"data":`...)
	if data == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, data...)
	}
	b = append(b, `,"error":`...)
	return append(failure.append(b), '}')
}

// AppendAck appends the acknowledgement of the frame with the UUID.
func AppendAck(b []byte, uuid string) []byte {
	return append(appendString(append(b, `{"uuid":`...), uuid), '}')
}

// An Error is a failure that one end tells the other. Its texts are those of the other end, or
// of this one: they are cut when they are read.
type Error struct {
	Code    string
	Message string
	Step    string // where it failed: transfer, validation, initialization; "": not told
}

// The messages of errors that clients tell apart. The first is Strapi's.
const (
	TextInProgress    = "Transfer already in progress"
	TextCommitUnknown = "It is unknown whether the remote has committed the transfer"
)

// maxErrorText bounds each text of an Error, in bytes.
const maxErrorText = 500

// parseError parses an error. Strapi sends objects with code or name, and a message; anything
// else is an Error as well.
func parseError(text jsontext.Value) (*Error, error) {
	e := &Error{}
	if text.Kind() != '{' {
		e.Message = Clip(string(text))
		return e, nil
	}
	err := walkObject(text, func(name string, value jsontext.Value) (err error) {
		switch name {
		case "code", "name":
			if value.Kind() == '"' {
				e.Code, err = readString(name, value)
			}
		case "message":
			if value.Kind() == '"' {
				e.Message, err = readString(name, value)
			}
		case "details":
			if value.Kind() == '{' {
				err = walkObject(value, func(name string, value jsontext.Value) (err error) {
					if name == "step" && value.Kind() == '"' {
						e.Step, err = readString(name, value)
					}
					return err
				})
			}
		}
		return err
	})
	e.Code, e.Message, e.Step = Clip(e.Code), Clip(e.Message), Clip(e.Step)
	return e, err
}

func (e *Error) append(b []byte) []byte {
	if e == nil {
		return append(b, "null"...)
	}
	b = appendString(append(b, `{"code":`...), e.Code)
	b = appendString(append(b, `,"message":`...), e.Message)
	b = append(b, `,"details":{`...)
	if e.Step != "" {
		b = append(appendString(append(b, `"step":`...), e.Step), ',')
	}
	return append(b, `"details":{}}}`...) // without the inner ones Strapi's client shows a failure of its own
}

// Clip returns text, cut to a length that is fit for a message.
func Clip(text string) string {
	if len(text) <= maxErrorText {
		return text
	}
	return strings.ToValidUTF8(text[:maxErrorText], "") + "…"
}

// Frame is the data of a message that brings records during a pull.
type Frame struct {
	ID    string         // the ID that the reply to start has named
	Data  jsontext.Value // an array of records, or an array with one array of asset items; nil: none
	Ended bool           // the last frame of the stage
	Err   *Error
}

// ParseFrame parses the data of a message. It reports whether the message is a frame at all.
func ParseFrame(data jsontext.Value) (f Frame, ok bool, err error) {
	if data.Kind() != '{' {
		return Frame{}, false, nil
	}
	err = readObject(data, "data", func(name string, value jsontext.Value) (err error) {
		switch {
		case name == "type":
			ok = string(value) == `"transfer"`
		case isNull(value):
		case name == "id":
			f.ID, err = readString(name, value)
		case name == "data":
			f.Data = value
		case name == "ended":
			f.Ended = value.Kind() == 't'
		case name == "error":
			f.Err, err = parseError(value)
		}
		return err
	})
	return f, ok, err
}

// AppendFrame appends the message with the frame, which the client acknowledges by its UUID.
func AppendFrame(b []byte, uuid string, f Frame) []byte {
	b = AppendFrameHead(b, uuid)
	if f.Data == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, f.Data...)
	}
	return AppendFrameTail(b, f)
}

// AppendFrameHead appends what stands before the data of a frame. A large message is built in one buffer from
// AppendFrameHead, the data, and AppendFrameTail.
func AppendFrameHead(b []byte, uuid string) []byte {
	b = appendString(append(b, `{"uuid":`...), uuid)
	return append(b, `,"data":{"type":"transfer","data":`...)
}

// AppendFrameTail appends what stands behind the data of a frame.
func AppendFrameTail(b []byte, f Frame) []byte {
	b = strconv.AppendBool(append(b, `,"ended":`...), f.Ended)
	b = append(b, `,"error":`...)
	if f.Err == nil {
		b = append(b, "null"...)
	} else {
		b = appendString(append(b, `{"name":`...), f.Err.Code)
		b = appendString(append(b, `,"message":`...), f.Err.Message)
		b = append(b, '}')
	}
	b = appendString(append(b, `,"id":`...), f.ID)
	return append(b, "}}"...)
}

// InitReply is the data of the reply to init. Servers before 5.43 name the transfer alone.
type InitReply struct {
	TransferID    string `json:"transferID"`
	Checksums     bool   `json:"checksums,omitempty"`
	AssetEncoding string `json:"assetEncoding,omitempty"`
}

// StartReply is the data of the reply to the start of a step. A push has OK alone.
type StartReply struct {
	OK     bool    `json:"ok"`
	ID     string  `json:"id,omitempty"` // of the frames that follow
	Totals *Totals `json:"totals,omitempty"`
}

// Totals are the numbers that the server announces for a stage. TotalBytes is a guess where files are
// kept by a cloud provider.
type Totals struct {
	TotalBytes float64 `json:"totalBytes"`
	TotalCount int64   `json:"totalCount"`
}

// EndReply is the data of the reply to the end of a step. A pull has OK alone.
type EndReply struct {
	OK    bool   `json:"ok"`
	Stats *Stats `json:"stats,omitempty"`
}

// Stats counts the records of a stage that the receiver began and finished to write.
type Stats struct {
	Started  int64 `json:"started"`
	Finished int64 `json:"finished"`
}

// Decode parses the data of a reply into v, a pointer to one of the types above. null leaves v
// as it is.
func Decode(data jsontext.Value, v any) error {
	if data == nil {
		return nil
	}
	if err := json.Unmarshal(data, v); err != nil {
		return invalidf("a reply does not have the form that the request asks for")
	}
	return nil
}
