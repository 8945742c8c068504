package sqldata

import "encoding/json"

// A Config names the tables and the files of a backend. New copies what it needs. Names of tables
// may be qualified with a schema, as in "shop.articles". All names are quoted in statements, and
// each of their parts must match [A-Za-z_][A-Za-z0-9_]{0,62}.
type Config struct {
	Tables []Table

	// Files is the folder of files. nil: there are none, and files that a transfer brings are left out.
	Files *Files

	// Settings names the table that Migrate makes for settings and webhooks. "": there is none, and
	// those that a transfer brings are left out.
	Settings string

	// State names the table that Migrate makes for the state of transfers. "": "transfer_state". Two
	// instances over the same tables must share it.
	State string

	// OnLeftOut is called after a transfer was committed, if it brought something that has no place
	// here. nil: nobody is told.
	OnLeftOut func([]LeftOut)
}

// A Table holds the entities of one content type, one a row.
type Table struct {
	Type string // the UID, such as "api::article.article"
	Name string // of the table

	// Key is the column with the primary key: integers above 0, or texts if TextKey is true. "": "id".
	// Rows keep their keys in a transfer.
	Key     string
	TextKey bool

	Columns []Column
	Links   []Link

	// Sensitive allows a table whose name or type speaks of users, sessions, tokens or passwords. New
	// refuses such a table otherwise, because a token for pulls could read it, and one for pushes
	// could replace it.
	Sensitive bool
}

// A Column holds one attribute of an entity.
type Column struct {
	Attribute string // the name in the data of entities, such as "publishedAt"
	Name      string // of the column; "": the same as Attribute

	// Type is the type of the attribute in Strapi's words:
	//
	//	string, text, richtext, uid, email, password, enumeration   a text
	//	integer, biginteger                                          an integer; biginteger is a string in JSON
	//	decimal                                                      a number
	//	float                                                        a number in a column of floating point
	//	boolean
	//	date, time                                                   "2026-02-28", "23:59:59.999"
	//	datetime, timestamp                                          milliseconds, in UTC
	//	json, blocks                                                 JSON
	Type string

	// Millis says that a datetime or timestamp is kept as an integer of milliseconds since 1970, and
	// not in the type that the database has for it.
	Millis bool

	Required bool // the column is NOT NULL
	Unique   bool

	// Schema holds further members of the attribute's schema, such as {"enum":["a","b"]} for an enumeration. nil: none.
	Schema json.RawMessage
}

// A Link is a relation from the entities of a table to those of another one, or of the same. A relation to the files
// ([datatransfer.TypeFile]) is a media attribute.
type Link struct {
	Attribute string
	Target    string // the type
	Inverse   string // the name of the relation at the other end; "": it has none there

	// Column is a foreign key in the table. "": the relation has a Join.
	Column   string
	Required bool // the Column is NOT NULL

	// Join is a table with a row for each link. nil: the relation has a Column.
	Join *Join

	// OneToOne says that no two entities link to the same one. A relation with a Column is manyToOne
	// otherwise, and one with a Join is manyToMany.
	OneToOne bool
}

// A Join is a table that connects two others. A pair of keys must not be in it twice. Columns
// beside those named here need a default.
type Join struct {
	Table  string
	Owner  string // the column with the key of the entity that has the attribute
	Target string // the column with the key of the other one
	Order  string // an integer column with the place among the links of the owner; "": there is none
}

// Files is where the files of the entities of [datatransfer.TypeFile] are. That table needs a
// column for the attribute hash, usually has one for ext, and may have formats: a file is called
// hash + ext. An archive, and a Strapi, also want the attributes name, mime, size (in kB) and url.
//
// A transfer writes a new folder inside of Dir and never renames one, so that Dir may be a mount.
// Which folder is the current one is in the state table: see [Instance.Folder].
type Files struct {
	Dir string // must exist. No other database may have it: transfers remove folders that are not theirs

	// First is the folder in Dir that has the files before the first transfer. Migrate makes it if it
	// does not exist. "": "files".
	First string
}

// A LeftOut counts records of a transfer that have no place in the tables.
type LeftOut struct {
	Type      string // of the entity that has the attribute, of configuration, or datatransfer.TypeFile for files
	Attribute string // of the links; "": it was no link
	Count     int64
}
