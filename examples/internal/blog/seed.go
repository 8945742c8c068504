package blog

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrNotEmpty means that Seed found articles.
var ErrNotEmpty = errors.New("the blog has articles already")

var (
	authors    = []string{"Ada Ford", "Ben Okafor", "Chloé Martin"}
	categories = []string{"Hills", "Rivers", "Coast", "Towns"}
	walks      = []string{"A morning on", "Around", "Up and over", "The long way to", "Rain on", "What grows near"}
	places     = []string{"the old pass", "Mill Creek", "the north shore", "Saint Mary's gate"}
)

// Seed fills an empty blog with 24 articles and 12 pictures, the same each time. It
// fails with ErrNotEmpty if there are articles.
func (b *Blog) Seed(ctx context.Context) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var articles int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM articles`).Scan(&articles); err != nil {
		return err
	}
	if articles > 0 {
		return ErrNotEmpty
	}
	s := &seeding{ctx: ctx, tx: tx}
	if s.folder, err = b.Data.Folder(ctx, tx); err != nil {
		return err
	}
	for i, name := range authors {
		s.exec(`INSERT INTO authors (id, name) VALUES (?, ?)`, i+1, name)
	}
	for i, name := range categories {
		s.exec(`INSERT INTO categories (id, name, slug) VALUES (?, ?, ?)`, i+1, name, slug(name))
	}
	for i := range len(walks) * len(places) / 2 {
		s.addPicture(i + 1)
	}
	for i := range len(walks) * len(places) {
		s.addArticle(i + 1)
	}
	s.setSite(Site{Title: "Walks", About: "Notes from the hills, for whoever walks there next."})
	if s.err != nil {
		return s.err
	}
	return tx.Commit()
}

// seeding remembers the first error, and does nothing after it.
type seeding struct {
	ctx    context.Context
	tx     *sql.Tx
	folder string // of the pictures
	err    error
}

func (s *seeding) exec(statement string, args ...any) {
	if s.err == nil {
		_, s.err = s.tx.ExecContext(s.ctx, statement, args...)
	}
}

func (s *seeding) addPicture(n int) {
	const width, height = 320, 180
	content, err := drawHills(width, height, n)
	name := fmt.Sprintf("hills_%02d", n)
	if s.err == nil {
		s.err = err
	}
	if s.err == nil {
		s.err = os.WriteFile(filepath.Join(s.folder, name+".png"), content, 0o600)
	}
	s.exec(`INSERT INTO files (id, name, alternative_text, hash, ext, mime, size, width, height, url, provider)
		VALUES (?, ?, ?, ?, '.png', 'image/png', ?, ?, ?, ?, 'local')`, n, name+".png", "Hills in the evening", name,
		float64(len(content)/10)/100, width, height, "/uploads/"+name+".png")
}

func (s *seeding) addArticle(n int) {
	i := n - 1
	title := walks[i%len(walks)] + " " + places[i/len(walks)]
	body := fmt.Sprintf("This walk takes %d hours and climbs %d metres.\n\nTake water with you, and start before %d o'clock.",
		2+i%5, 150+35*i, 7+i%3)
	var cover any
	if i%2 == 0 {
		cover = 1 + i/2
	}
	day := time.Date(2026, time.March, n, 8, 30, 0, 0, time.UTC)
	s.exec(`INSERT INTO articles (id, title, slug, body, published_at, author_id, cover_id) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		n, title, slug(title), body, day.Format("2006-01-02T15:04:05.000Z"), 1+i%len(authors), cover)
	for position, category := range []int{i % len(categories), (i + 1 + i%2) % len(categories)} {
		s.exec(`INSERT INTO article_categories (article_id, category_id, position) VALUES (?, ?, ?)`,
			n, 1+category, 1+position)
	}
}

// setSite keeps the site as a setting of Strapi's shape, so that transfers carry it.
func (s *seeding) setSite(site Site) {
	inner, err := json.Marshal(site)
	if err != nil {
		s.err = err
		return
	}
	value, err := json.Marshal(map[string]any{"key": siteKey, "value": string(inner), "type": "object"})
	if err != nil {
		s.err = err
		return
	}
	s.exec(`INSERT INTO settings (position, kind, name, value) VALUES (1, 'core-store', ?, ?)`, siteKey, string(value))
}

func slug(title string) string {
	return strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(title, "'", "")), " ", "-")
}

// drawHills returns a PNG. It is not compressed, so that every version of Go writes
// the same bytes.
func drawHills(width, height, n int) ([]byte, error) {
	palette := make(color.Palette, 256)
	for i := range palette {
		shade := uint8(i)
		palette[i] = color.RGBA{R: 255 - shade/2, G: 200 - shade/2, B: 90 + uint8(n*13) + shade/4, A: 255}
	}
	picture := image.NewPaletted(image.Rect(0, 0, width, height), palette)
	for y := range height {
		for x := range width {
			shade := y * 96 / height
			for hill := range 3 {
				distance := (x+n*37*(hill+1))%160 - 80
				if y > height/3+hill*30+distance*distance/(60+20*hill) {
					shade = 110 + 60*hill
				}
			}
			picture.SetColorIndex(x, y, uint8(shade))
		}
	}
	var content bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.NoCompression}
	err := encoder.Encode(&content, picture)
	return content.Bytes(), err
}
