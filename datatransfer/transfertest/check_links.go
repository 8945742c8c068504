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

// linksFollow transfers the same data with other IDs each time. An ID that belonged to one
// record belongs to another record in the next transfer.
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

// moveIDs returns data in which the IDs have moved on to other records of each type.
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

// linksKeepOrder turns the positions around, so that the links of a field come in another
// order than their positions.
func linksKeepOrder(t *trial) {
	data := t.sample(1)
	for i, l := range data.Links {
		reverse := func(end *datatransfer.LinkEnd) {
			if n, err := end.Pos.Int64(); err == nil {
				end.Pos = position(int(10 - 3*n))
			}
		}
		reverse(&l.Left)
		reverse(&l.Right)
		data.Links[i] = l
	}
	t.replace(data)
	t.holds("after a transfer of links in another order than their positions", data)
}

// linksToNothing refers to IDs that the instance had before the transfer, that it is likely to
// give to new records, and that records of another type have.
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
		fromNothing, toNothing := example, example
		fromNothing.Left.Ref, toNothing.Right.Ref = ref, ref
		if !taken[identity{example.Left.Type, ref}] {
			dangling.Links = append(dangling.Links, fromNothing)
		}
		if !taken[identity{example.Right.Type, ref}] {
			dangling.Links = append(dangling.Links, toNothing)
		}
	}
	t.replace(dangling)
	t.holdsOneOf("after a transfer with links to records that did not come", data, dangling)
}

// danglingRefs returns the IDs of the old and of the new data, and integers around them.
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
