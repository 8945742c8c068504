package sqlstore

import "strings"

// maxPreparedDigests is how many digests FindByDigest may be given for the
// statement to be kept. It is given one for each configured salt.
const maxPreparedDigests = 16

// queries are the statements of a Store.
type queries struct {
	create         statement
	get            statement
	find           [maxPreparedDigests]statement // by one digest, by two, …
	list           statement
	update         statement
	rekey          statement
	touch          statement
	delete         statement
	deleteRevision statement

	nameTaken   statement // by another ID
	digestTaken statement // by another ID
	idTaken     statement
}

const columns = "id, name, description, permissions, lifespan, created_by, hint, " +
	"created_at, updated_at, expires_at, last_used_at, revision, digest, salt_id"

func newQueries(dialect Dialect, table string) *queries {
	q := new(queries)
	text := func(s *statement, query string) { s.text = dialect.query(query, table) }
	create := "INSERT INTO {table} (" + columns + ") VALUES (?" + strings.Repeat(", ?", strings.Count(columns, ",")) + ")"
	if dialect != MySQL {
		// Without an error there is none that the server could write into its
		// log, digest and all. MySQL could only ignore every error.
		create += " ON CONFLICT DO NOTHING"
	}
	text(&q.create, create)
	text(&q.get, "SELECT "+columns+" FROM {table} WHERE id = ?")
	for i := range q.find {
		text(&q.find[i], findQuery(i+1))
	}
	text(&q.list, "SELECT "+columns+" FROM {table} WHERE id > ? ORDER BY id LIMIT ?")
	text(&q.update, "UPDATE {table} SET name = ?, description = ?, permissions = ?, lifespan = ?, created_by = ?, hint = ?, "+
		"updated_at = ?, expires_at = ?, revision = ?, digest = ?, salt_id = ? WHERE id = ? AND revision = ?")
	text(&q.rekey, "UPDATE {table} SET digest = ?, salt_id = ? WHERE id = ? AND digest = ?")
	text(&q.touch, "UPDATE {table} SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)")
	text(&q.delete, "DELETE FROM {table} WHERE id = ?")
	text(&q.deleteRevision, "DELETE FROM {table} WHERE id = ? AND revision = ?")
	text(&q.nameTaken, "SELECT 1 FROM {table} WHERE name = ? AND id <> ?")
	text(&q.digestTaken, "SELECT 1 FROM {table} WHERE digest = ? AND id <> ?")
	text(&q.idTaken, "SELECT 1 FROM {table} WHERE id = ?")
	return q
}

// findQuery looks for n digests.
func findQuery(n int) string {
	if n == 1 {
		return "SELECT " + columns + " FROM {table} WHERE digest = ?"
	}
	return "SELECT " + columns + " FROM {table} WHERE digest IN (?" + strings.Repeat(", ?", n-1) + ")"
}

func (s *Store) findQuery(n int) *statement {
	if n <= maxPreparedDigests {
		return &s.query.find[n-1]
	}
	return &statement{text: s.dialect.query(findQuery(n), s.table), once: true}
}
