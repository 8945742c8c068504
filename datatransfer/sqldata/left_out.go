package sqldata

import (
	"cmp"
	"slices"
)

// leaveOut counts something that has no place here.
func (d *destination) leaveOut(uid, attribute string) { d.leaveOutSome(uid, attribute, 1) }

func (d *destination) leaveOutSome(uid, attribute string, n int64) {
	if n > 0 {
		d.leftOut[LeftOut{Type: uid, Attribute: attribute}] += n
	}
}

func sortLeftOut(counts map[LeftOut]int64) []LeftOut {
	var list []LeftOut
	for what, n := range counts {
		what.Count = n
		list = append(list, what)
	}
	slices.SortFunc(list, func(a, b LeftOut) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Attribute, b.Attribute))
	})
	return list
}
