package transfertoken

import (
	"encoding/json"
)

// Permissions is the set of things that a token allows, or that a request needs.
// The zero value grants nothing and is not accepted for a new token.
//
// In JSON it is the array that Names returns, as in Strapi: ["push","pull"].
type Permissions uint8

// The two permissions and their sum. A value with any other bit grants nothing.
const (
	Push       Permissions = 1 << iota // send data to the backend
	Pull                               // fetch data from the backend
	FullAccess = Push | Pull
)

const permissionsProblem = `must be "push", "pull", or both ("full-access" alone)`

// ParsePermissions returns the permissions with these names: "push", "pull" or
// both in any order, or "full-access" alone. No name at all, an unknown name, a
// repeated name, and "full-access" beside another are a *ValidationError with the
// zero Permissions. Case and white space count.
func ParsePermissions(names ...string) (Permissions, error) {
	if len(names) == 1 && names[0] == "full-access" {
		return FullAccess, nil
	}
	var sum Permissions
	for _, name := range names {
		var p Permissions
		switch name {
		case "push":
			p = Push
		case "pull":
			p = Pull
		}
		if p == 0 || sum&p != 0 {
			return 0, invalid("permissions", permissionsProblem)
		}
		sum |= p
	}
	if sum == 0 {
		return 0, invalid("permissions", permissionsProblem)
	}
	return sum, nil
}

// Has reports whether p grants all of need. It is false if p or need is zero
// or holds a bit that is neither Push nor Pull.
func (p Permissions) Has(need Permissions) bool {
	return p.valid() && need.valid() && p&need == need
}

func (p Permissions) valid() bool {
	return p != 0 && p&^FullAccess == 0
}

// Names returns the names of the permissions in p, "push" before "pull". It is
// empty, not nil, if p grants nothing.
func (p Permissions) Names() []string {
	names := make([]string, 0, 2)
	if p.Has(Push) {
		names = append(names, "push")
	}
	if p.Has(Pull) {
		names = append(names, "pull")
	}
	return names
}

// String returns "push", "pull", "full-access", or "none" if p grants nothing.
func (p Permissions) String() string {
	switch p {
	case Push:
		return "push"
	case Pull:
		return "pull"
	case FullAccess:
		return "full-access"
	}
	return "none"
}

// MarshalJSON encodes p as the array that Names returns.
func (p Permissions) MarshalJSON() ([]byte, error) {
	return json.Marshal(p.Names())
}

// UnmarshalJSON decodes an array of names by the rules of [ParsePermissions],
// so an empty array is a *ValidationError. null changes nothing, as usual in
// encoding/json.
func (p *Permissions) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var names []string
	if err := json.Unmarshal(data, &names); err != nil {
		return invalid("permissions", permissionsProblem)
	}
	parsed, err := ParsePermissions(names...)
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
