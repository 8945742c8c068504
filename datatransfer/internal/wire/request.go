package wire

import (
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
)

// The values of Request.Type and Request.Kind.
const (
	TypeCommand  = "command"
	TypeTransfer = "transfer"
	KindAction   = "action"
	KindStep     = "step"
)

// The commands, actions, and actions of a step.
const (
	CommandInit   = "init"
	CommandEnd    = "end"
	CommandStatus = "status"

	ActionBootstrap      = "bootstrap"
	ActionGetMetadata    = "getMetadata"
	ActionGetSchemas     = "getSchemas"
	ActionBeforeTransfer = "beforeTransfer"
	ActionClose          = "close"
	ActionRollback       = "rollback"

	StepStart  = "start"
	StepStream = "stream"
	StepEnd    = "end"
)

// EncodingBase64 is the value of assetEncoding that both sides have to name before a push sends
// base64.
const EncodingBase64 = "base64"

// Request is a message of the client. A command has Command and perhaps Params; an action has
// Kind and Action; a step has Kind, Action, Step and, if it is a stream, Data.
type Request struct {
	Type       string
	Command    string
	Kind       string
	Action     string
	Step       string
	Params     jsontext.Value
	Data       jsontext.Value
	UUID       string
	TransferID string
}

// Append appends the message to b. Its members are in the order of Strapi's client.
func (r Request) Append(b []byte) []byte {
	b = r.AppendHead(b)
	if r.Data != nil {
		b = append(append(b, `,"data":`...), r.Data...)
	}
	return r.AppendTail(b)
}

// AppendHead appends the members of the message that stand before its data. A large message is
// built in one buffer from AppendHead, `,"data":`, the data, and AppendTail.
func (r Request) AppendHead(b []byte) []byte {
	b = append(b, `{"type":`...)
	b = appendString(b, r.Type)
	for _, member := range []struct{ name, value string }{
		{"command", r.Command}, {"kind", r.Kind}, {"action", r.Action}, {"step", r.Step},
	} {
		if member.value != "" {
			b = append(append(append(b, `,"`...), member.name...), `":`...)
			b = appendString(b, member.value)
		}
	}
	if r.Params != nil {
		b = append(append(b, `,"params":`...), r.Params...)
	}
	return b
}

// AppendTail appends the members of the message that stand behind its data.
func (r Request) AppendTail(b []byte) []byte {
	b = appendString(append(b, `,"uuid":`...), r.UUID)
	if r.TransferID != "" {
		b = appendString(append(b, `,"transferID":`...), r.TransferID)
	}
	return append(b, '}')
}

// ParseRequest parses a message of the client. Members that it does not know are ignored.
func ParseRequest(text []byte) (Request, error) {
	var r Request
	err := readObject(text, "data", func(name string, value jsontext.Value) (err error) {
		target := map[string]*string{
			"type": &r.Type, "command": &r.Command, "kind": &r.Kind, "action": &r.Action, "step": &r.Step,
			"uuid": &r.UUID, "transferID": &r.TransferID,
		}[name]
		switch {
		case target != nil && !isNull(value):
			*target, err = readString(name, value)
		case name == "params" && !isNull(value):
			r.Params = value
		case name == "data" && !isNull(value):
			r.Data = value
		}
		return err
	})
	if err != nil {
		return Request{}, err
	}
	return r, nil
}

// Init is the parameters of the command init.
type Init struct {
	Transfer      string       `json:"transfer"` // "push" or "pull"
	Options       *PushOptions `json:"options,omitempty"`
	Checksums     bool         `json:"checksums,omitempty"`
	AssetEncoding string       `json:"assetEncoding,omitempty"`
}

// PushOptions says what the receiver of a push clears before it takes the new data.
type PushOptions struct {
	Strategy string  `json:"strategy"` // "restore"
	Restore  Restore `json:"restore"`
}

// Restore says what is cleared. Entities of the types in Exclude stay; if Include is not nil,
// all others stay but those in it.
type Restore struct {
	Entities      RestoreEntities      `json:"entities"`
	Assets        *bool                `json:"assets,omitempty"` // nil: true
	Configuration RestoreConfiguration `json:"configuration"`
}

// RestoreEntities is the types of entities that stay or go.
type RestoreEntities struct {
	Exclude []string `json:"exclude"`
	Include []string `json:"include,omitzero"`
}

// RestoreConfiguration says which configuration goes. nil means true.
type RestoreConfiguration struct {
	Webhook   *bool `json:"webhook,omitempty"`
	CoreStore *bool `json:"coreStore,omitempty"`
}

// Params returns the parameters as they stand in a Request.
func (i Init) Params() jsontext.Value {
	text, err := json.Marshal(i)
	if err != nil {
		panic(err) // the struct has only strings and booleans
	}
	return text
}
