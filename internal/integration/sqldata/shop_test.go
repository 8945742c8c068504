package sqldata_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// shopTables are the tables of a small shop, in the order in which they can be made.
var shopTables = []string{"files", "categories", "tags", "articles", "article_tags", "article_pictures", "reviews"}

// shopColumns are their columns. The words in capitals differ between the databases.
var shopColumns = map[string]string{
	"files": `id SERIALKEY, name TEXT, hash VARCHAR(255) NOT NULL, ext VARCHAR(255), mime VARCHAR(255), size DECIMAL(10,2),
		url TEXT, formats JSONTYPE`,
	"categories": `id SERIALKEY, name VARCHAR(500) NOT NULL UNIQUE, parent_id BIGINT NULL,
		FOREIGN KEY (parent_id) REFERENCES {categories} (id)`,
	"tags": `id SERIALKEY, label VARCHAR(500)`,
	"articles": `id SERIALKEY, title TEXT NOT NULL, body TEXT, slug VARCHAR(255), state VARCHAR(20), stars INTEGER,
		views BIGINT, price DECIMAL(20,4), score DOUBLE PRECISION, active BOOLEAN, day DATE, opens TIMETYPE,
		published_at DATETIMETYPE, created BIGINT, meta JSONTYPE, category_id BIGINT NULL, cover_id BIGINT NULL,
		FOREIGN KEY (category_id) REFERENCES {categories} (id), FOREIGN KEY (cover_id) REFERENCES {files} (id)`,
	"article_tags": `article_id BIGINT NOT NULL, tag_id BIGINT NOT NULL, place BIGINT, PRIMARY KEY (article_id, tag_id),
		FOREIGN KEY (article_id) REFERENCES {articles} (id), FOREIGN KEY (tag_id) REFERENCES {tags} (id)`,
	"article_pictures": `article_id BIGINT NOT NULL, file_id BIGINT NOT NULL, place BIGINT,
		PRIMARY KEY (article_id, file_id), FOREIGN KEY (article_id) REFERENCES {articles} (id),
		FOREIGN KEY (file_id) REFERENCES {files} (id)`,
	"reviews": `id SERIALKEY, text TEXT, article_id BIGINT NOT NULL, previous_id BIGINT NULL,
		FOREIGN KEY (article_id) REFERENCES {articles} (id), FOREIGN KEY (previous_id) REFERENCES {reviews} (id)`,
}

var columnTypes = map[sqldata.Dialect]*strings.Replacer{
	sqldata.PostgreSQL: strings.NewReplacer("SERIALKEY", "BIGSERIAL PRIMARY KEY", "JSONTYPE", "JSONB",
		"DATETIMETYPE", "TIMESTAMPTZ", "TIMETYPE", "TIME"),
	sqldata.MySQL: strings.NewReplacer("SERIALKEY", "BIGINT AUTO_INCREMENT PRIMARY KEY", "JSONTYPE", "JSON",
		"DATETIMETYPE", "DATETIME(3)", "TIMETYPE", "TIME(3)", " TEXT", " LONGTEXT",
		"VARCHAR(500)", "VARCHAR(500) COLLATE utf8mb4_bin"),
	sqldata.SQLite: strings.NewReplacer("SERIALKEY", "INTEGER PRIMARY KEY AUTOINCREMENT", "JSONTYPE", "TEXT",
		"DATETIMETYPE", "DATETIME", "TIMETYPE", "TIME"),
}

func (d *database) create(name string) string {
	return "CREATE TABLE {" + name + "} (" + columnTypes[d.dialect].Replace(shopColumns[name]) + ")" + d.tableOptions()
}

// tableOptions ends a CREATE TABLE. A server's default character set may be latin1, which cannot hold every text.
func (d *database) tableOptions() string {
	if d.dialect == sqldata.MySQL {
		return " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
	}
	return ""
}

const (
	typeArticle  = "api::article.article"
	typeCategory = "api::category.category"
	typeTag      = "api::tag.tag"
	typeReview   = "api::review.review"
)

// shopConfig describes the shop, with reviews that cannot be without their article or without them.
func (d *database) shopConfig(dir string) sqldata.Config {
	return sqldata.Config{
		State: d.prefix + "state", Settings: d.prefix + "settings", Files: &sqldata.Files{Dir: dir},
		Tables: []sqldata.Table{
			{Type: typeArticle, Name: d.prefix + "articles", Columns: []sqldata.Column{
				{Attribute: "title", Type: "string", Required: true}, {Attribute: "body", Type: "richtext"},
				{Attribute: "slug", Type: "uid"},
				{Attribute: "state", Type: "enumeration", Schema: json.RawMessage(`{"enum":["draft","sold"]}`)},
				{Attribute: "stars", Type: "integer"}, {Attribute: "views", Type: "biginteger"},
				{Attribute: "price", Type: "decimal"}, {Attribute: "score", Type: "float"},
				{Attribute: "active", Type: "boolean"}, {Attribute: "day", Type: "date"}, {Attribute: "opens", Type: "time"},
				{Attribute: "publishedAt", Name: "published_at", Type: "datetime"},
				{Attribute: "createdAt", Name: "created", Type: "datetime", Millis: true}, {Attribute: "meta", Type: "json"},
			}, Links: []sqldata.Link{
				{Attribute: "category", Target: typeCategory, Inverse: "articles", Column: "category_id"},
				{Attribute: "cover", Target: datatransfer.TypeFile, Column: "cover_id"},
				{Attribute: "tags", Target: typeTag, Inverse: "articles", Join: &sqldata.Join{
					Table: d.prefix + "article_tags", Owner: "article_id", Target: "tag_id", Order: "place",
				}},
				{Attribute: "pictures", Target: datatransfer.TypeFile, Join: &sqldata.Join{
					Table: d.prefix + "article_pictures", Owner: "article_id", Target: "file_id", Order: "place",
				}},
			}},
			{Type: typeCategory, Name: d.prefix + "categories", Columns: []sqldata.Column{
				{Attribute: "name", Type: "string", Required: true, Unique: true},
			}, Links: []sqldata.Link{{Attribute: "parent", Target: typeCategory, Inverse: "children", Column: "parent_id"}}},
			{Type: typeTag, Name: d.prefix + "tags", Columns: []sqldata.Column{{Attribute: "label", Type: "string"}}},
			{Type: datatransfer.TypeFile, Name: d.prefix + "files", Columns: []sqldata.Column{
				{Attribute: "name", Type: "string"}, {Attribute: "hash", Type: "string", Required: true},
				{Attribute: "ext", Type: "string"}, {Attribute: "mime", Type: "string"}, {Attribute: "size", Type: "decimal"},
				{Attribute: "url", Type: "text"}, {Attribute: "formats", Type: "json"},
			}},
		},
	}
}

// withReviews adds the reviews, which cannot be without their article.
func (d *database) withReviews(config sqldata.Config) sqldata.Config {
	config.Tables = append(config.Tables, sqldata.Table{
		Type: typeReview, Name: d.prefix + "reviews",
		Columns: []sqldata.Column{{Attribute: "text", Type: "text"}},
		Links: []sqldata.Link{
			{Attribute: "article", Target: typeArticle, Column: "article_id", Required: true},
			{Attribute: "previous", Target: typeReview, Column: "previous_id"},
		},
	})
	return config
}

// instance returns an Instance that is ready for use.
func (d *database) instance(t testing.TB, config sqldata.Config) *sqldata.Instance {
	t.Helper()
	x, err := sqldata.New(d.DB, d.dialect, config)
	require.NoError(t, err)
	require.NoError(t, x.Migrate(t.Context()))
	return x
}
