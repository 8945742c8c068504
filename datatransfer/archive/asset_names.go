package archive

// assetNames is a set of names of assets, each with a number. It keeps only their hashes.
type assetNames struct {
	table    *hashTable // by name, with a number for each
	miscased *hashTable // the names that have upper case, in lower case
}

func newAssetNames() *assetNames {
	return &assetNames{newHashTable(true), newHashTable(false)}
}

// add adds a name and reports whether neither it nor one that differs from it in case
// only was there.
func (n *assetNames) add(name string) bool {
	if !n.table.add(n.table.hash(name)) {
		return false
	}
	folded := foldCase(name)
	key := n.miscased.hash(folded)
	if folded == name {
		return !n.miscased.has(key)
	}
	return n.miscased.add(key) && !n.has(folded)
}

func (n *assetNames) has(name string) bool { return n.table.has(n.table.hash(name)) }

// number returns the number of a name that was added, for reading and writing. It is valid
// until the next add.
func (n *assetNames) number(name string) *int64 { return n.table.value(n.table.hash(name)) }
