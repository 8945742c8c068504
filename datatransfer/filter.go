package datatransfer

import "slices"

// A filter decides which records pass, and cuts members out of the data of entities.
type filter struct {
	start      Start
	components map[string]bool  // that occur in the types of the transfer
	here       map[string]model // of the source
	there      map[string]model // of the destination; nil: it takes any type

	quickChecks map[string]*quickCheck
	parser      Parser
}

// newFilter returns the filter between the source that start describes and a
// destination with the schemas there, or nil if that takes any type.
func newFilter(start Start, there Schemas) *filter {
	f := &filter{
		start:      start,
		components: reachableComponents(start, start.Schemas),
		here:       modelsOf(start.Schemas, start.Protected),

		quickChecks: map[string]*quickCheck{},
		parser:      Parser{MaxRecord: -1},
	}
	if there != nil {
		f.there = modelsOf(there, start.Protected)
	}
	return f
}

// dropType returns why a type does not pass, or "".
func (f *filter) dropType(uid string) string {
	model := f.here[uid]
	switch {
	case IsProtected(uid, f.start.Protected...):
		return DroppedProtected
	case model.component && !f.components[uid]:
		return DroppedOutOfScope
	case !model.component && !f.start.Scope.Includes(uid):
		return DroppedOutOfScope
	}
	if f.there != nil {
		if _, known := f.there[uid]; !known {
			return DroppedUnknownType
		}
	}
	return ""
}

// entity returns why an entity does not pass, or "". If it passes, entity checks it,
// cuts members out of its data and calls cut for each of them with the reason.
func (f *filter) entity(e *Entity, cut func(reason string) error) (string, error) {
	if reason := f.dropType(e.Type); reason != "" {
		return reason, nil
	}
	if err := e.check(); err != nil {
		return "", err
	}
	data, err := f.cut(*e, cut)
	if err != nil {
		return "", err
	}
	e.Data, e.checked = data, data
	return "", nil
}

// link returns why a link does not pass, or "". If it passes, link checks it.
func (f *filter) link(l *Link) (string, error) {
	reasons := []string{f.dropType(l.Left.Type), f.dropType(l.Right.Type)}
	for _, reason := range []string{DroppedProtected, DroppedOutOfScope, DroppedUnknownType} {
		if slices.Contains(reasons, reason) {
			return reason, nil
		}
	}
	if f.there != nil && (f.lacksField(l.Left) || l.Kind == "relation.morph" && f.lacksField(l.Right)) {
		return DroppedUnknownAttribute, nil
	}
	return "", l.check()
}

// lacksField reports whether the source has the field of an end as an attribute and the
// destination does not. Fields that are no attributes of the source either are names
// of an inverse side, which a relation can do without.
func (f *filter) lacksField(end LinkEnd) bool {
	if end.Field == "" {
		return false
	}
	_, here := f.here[end.Type].attributes[end.Field]
	_, there := f.there[end.Type].attributes[end.Field]
	return here && !there
}

// config returns why configuration does not pass, or "". If it passes, config checks it.
func (f *filter) config(c *Config) (string, error) {
	if !f.start.Scope.includesConfig(c.Type) {
		return DroppedOutOfScope, nil
	}
	return "", c.check()
}
