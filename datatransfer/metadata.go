package datatransfer

import "time"

// Metadata says when and by which version data was exported.
type Metadata struct {
	CreatedAt     time.Time // in milliseconds; zero: unknown
	StrapiVersion string    // "": none is named, so none is compared
}

// isoTime is the format of times in JavaScript's JSON.
const isoTime = "2006-01-02T15:04:05.000Z"

// MarshalJSON returns the JSON object that Strapi calls metadata.json. What is not
// known is left out.
func (m Metadata) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	if !m.CreatedAt.IsZero() {
		out = append(out, `"createdAt":"`+m.CreatedAt.UTC().Format(isoTime)+`",`...)
	}
	out = append(out, `"strapi":{`...)
	if m.StrapiVersion != "" {
		var err error
		if out, err = appendString(append(out, `"version":`...), m.StrapiVersion); err != nil {
			return nil, err
		}
	}
	return append(out, "}}"...), nil
}

// UnmarshalJSON sets m to what a JSON object says. Members that are missing or null
// are not known. Members that this package does not know are not kept.
func (m *Metadata) UnmarshalJSON(text []byte) error {
	var parsed Metadata
	var p Parser
	err := p.record(text, func(name string, _ []byte) error {
		if null, err := p.nullMember(); null || err != nil {
			return err
		}
		switch name {
		case "createdAt":
			at, err := p.stringMember(name)
			if err != nil {
				return err
			}
			if parsed.CreatedAt, err = time.Parse(time.RFC3339, at); err != nil {
				return invalidf("createdAt is not a time of ISO 8601")
			}
			return nil
		case "strapi":
			return p.members(func(name string, _ []byte) error {
				if null, err := p.nullMember(); null || err != nil {
					return err
				}
				if name != "version" {
					_, err := p.value()
					return err
				}
				var err error
				parsed.StrapiVersion, err = p.stringMember(name)
				return err
			})
		}
		_, err := p.value()
		return err
	})
	if err == nil {
		*m = parsed
	}
	return err
}
