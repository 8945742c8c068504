package transfertest

import (
	"fmt"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var linkChecks = []check{
	{
		"links-follow-their-records", linksFollow,
		"a link connects the same two records after a transfer, whatever IDs they have got",
	},
	{"links-keep-their-order", linksKeepOrder, "the links of a field keep the order of their positions"},
	{
		"links-to-nothing", linksToNothing,
		"a link to a record that did not come is left out or kept, but never attached to another record",
	},
}

// linksFollow transfers the same data twice with other IDs: a first ID of one record is
// that of another record then.
func linksFollow(t *trial) {
	if _, ok := t.instance.(Sampler); ok {
		linksFollowOwnIDs(t)
		return
	}
	data := t.sample(1)
	for round := range 3 {
		moved := moveIDs(data, round)
		t.replace(moved)
		t.holds(fmt.Sprintf("after transfer %d, each with other IDs", round+1), data)
	}
}

// linksFollowOwnIDs uses the IDs of the sample: a Sampler may have rules for them.
func linksFollowOwnIDs(t *trial) {
	for _, n := range []int{1, 2, 1} {
		data := t.sample(n)
		t.replace(data)
		t.holds("after a transfer", data)
	}
}

// moveIDs passes the IDs on among the records of each type.
func moveIDs(data *Snapshot, by int) *Snapshot {
	return data.mustMapIDs(func(_ string, old datatransfer.Ref) datatransfer.Ref {
		n, ok := old.Int()
		if !ok {
			return old
		}
		return datatransfer.IntRef(n + 2*int64(by))
	})
}

// mustMapIDs is MapIDs for data that is known to be objects.
func (s *Snapshot) mustMapIDs(newID func(string, datatransfer.Ref) datatransfer.Ref) *Snapshot {
	mapped, err := s.MapIDs(newID)
	if err != nil {
		panic(err)
	}
	return mapped
}

// linksKeepOrder writes the links of a field from the last to the first.
func linksKeepOrder(t *trial) {
	data := t.sample(1)
	for i, l := range data.Links {
		turn := func(end *datatransfer.LinkEnd) {
			if n, err := end.Pos.Int64(); err == nil {
				end.Pos = position(int(10 - 3*n))
			}
		}
		turn(&l.Left)
		turn(&l.Right)
		data.Links[i] = l
	}
	t.replace(data)
	t.holds("after a transfer of links in another order than their positions", data)
}

// linksToNothing refers to IDs that are in use in the instance before the transfer, that
// are likely to be given out by it, and that exist in another type.
func linksToNothing(t *trial) {
	t.replace(t.sample(2))
	old := t.read()
	data := t.sample(1)
	if len(data.Links) == 0 {
		t.Skip("the sample has no links")
	}
	taken := make(map[identity]bool)
	for _, e := range data.Entities {
		taken[identity{e.Type, e.ID}] = true
	}
	example := data.Links[0]
	for _, l := range data.Links {
		if taken[identity{l.Left.Type, l.Left.Ref}] && taken[identity{l.Right.Type, l.Right.Ref}] {
			example = l
			break
		}
	}
	dangling := data.clone()
	for _, ref := range danglingRefs(old, data) {
		for _, change := range []func(*datatransfer.Link) *datatransfer.LinkEnd{
			func(l *datatransfer.Link) *datatransfer.LinkEnd { return &l.Left },
			func(l *datatransfer.Link) *datatransfer.LinkEnd { return &l.Right },
		} {
			l := example
			end := change(&l)
			if end.Ref = ref; !taken[identity{end.Type, ref}] {
				dangling.Links = append(dangling.Links, l)
			}
		}
	}
	t.replace(dangling)
	t.holdsOneOf("after a transfer with links to records that did not come", data, dangling)
}

// danglingRefs returns IDs of the old data, of the new data and behind both.
func danglingRefs(old, data *Snapshot) []datatransfer.Ref {
	var refs []datatransfer.Ref
	seen := make(map[datatransfer.Ref]bool)
	add := func(ref datatransfer.Ref) {
		if !seen[ref] {
			seen[ref] = true
			refs = append(refs, ref)
		}
	}
	highest := int64(0)
	for _, s := range []*Snapshot{old, data} {
		for _, e := range s.Entities {
			add(e.ID)
			if n, ok := e.ID.Int(); ok {
				highest = max(highest, n)
			}
		}
	}
	for n := range int64(100) {
		add(datatransfer.IntRef(n + 1))
		add(datatransfer.IntRef(highest + n))
	}
	return refs
}
