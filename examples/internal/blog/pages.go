package blog

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
)

// Mount puts the pages on mux: the articles at /, each at /articles/{slug}, those of a
// category at /categories/{slug}, and the files at /uploads/{name}.
func (b *Blog) Mount(mux *http.ServeMux, logger *slog.Logger) {
	mux.Handle("GET /{$}", b.show(logger, "", b.frontPage))
	mux.Handle("GET /articles/{slug}", b.show(logger, "../", b.articlePage))
	mux.Handle("GET /categories/{slug}", b.show(logger, "../", b.categoryPage))
	mux.Handle("GET /uploads/{name}", b.serveUpload(logger))
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFileFS(w, r, static, "style.css")
	})
}

//go:embed style.css pages.html
var static embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"paragraphs": func(text string) []string { return strings.Split(text, "\n\n") },
}).ParseFS(static, "pages.html"))

// WritePage writes the page that a template has made. It may load style sheets and
// pictures of this site, and nothing else.
func WritePage(w http.ResponseWriter, status int, t *template.Template, name string, data any) error {
	var page bytes.Buffer
	if err := t.ExecuteTemplate(&page, name, data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // fails only if the client has gone
	return nil
}

// A page holds the values that a template shows. Root is the relative address of the front page.
type page struct {
	Root     string
	Site     Site
	Heading  string
	Missing  bool     // there is nothing at the address
	Article  *article // nil: the page is a list
	Articles []article
}

// Site describes the blog on every page.
type Site struct{ Title, About string }

type article struct {
	Title, Slug, Day, Author string
	Body                     string
	Cover, CoverText         string // name of the file; "": none
	Categories               []category
}

type category struct{ Name, Slug string }

// show shows the page that a function fills, or says for sql.ErrNoRows that there is
// none. Everything on it is of one moment.
func (b *Blog) show(
	logger *slog.Logger, root string, fill func(context.Context, *sql.Tx, *http.Request, *page) error,
) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := page{Root: root}
		err := b.read(r.Context(), func(tx *sql.Tx) (err error) {
			if p.Site, err = readSite(r.Context(), tx); err != nil {
				return err
			}
			return fill(r.Context(), tx, r, &p)
		})
		status := http.StatusOK
		if errors.Is(err, sql.ErrNoRows) {
			status, err = http.StatusNotFound, nil
			p.Heading, p.Missing = "There is no such page", true
		}
		if err == nil {
			err = WritePage(w, status, pages, "page", p)
		}
		if err != nil {
			fail(w, r, logger, err)
		}
	})
}

func (b *Blog) read(ctx context.Context, use func(*sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return use(tx)
}

func fail(w http.ResponseWriter, r *http.Request, logger *slog.Logger, err error) {
	if r.Context().Err() == nil {
		logger.Error("a page failed", "path", r.URL.Path, "error", err)
	}
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

func (b *Blog) frontPage(ctx context.Context, tx *sql.Tx, _ *http.Request, p *page) (err error) {
	p.Articles, err = readArticles(ctx, tx, "")
	return err
}

func (b *Blog) categoryPage(ctx context.Context, tx *sql.Tx, r *http.Request, p *page) error {
	slug := r.PathValue("slug")
	if err := tx.QueryRowContext(ctx, `SELECT name FROM categories WHERE slug = ?`, slug).Scan(&p.Heading); err != nil {
		return err
	}
	var err error
	p.Articles, err = readArticles(ctx, tx, `WHERE a.id IN (SELECT article_id FROM article_categories
		JOIN categories c ON c.id = category_id WHERE c.slug = ?)`, slug)
	return err
}

func (b *Blog) articlePage(ctx context.Context, tx *sql.Tx, r *http.Request, p *page) error {
	slug := r.PathValue("slug")
	found, err := readArticles(ctx, tx, `WHERE a.slug = ?`, slug)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return sql.ErrNoRows
	}
	p.Article, p.Heading = &found[0], found[0].Title
	p.Article.Categories, err = readRows(ctx, tx, func(rows *sql.Rows, c *category) error {
		return rows.Scan(&c.Name, &c.Slug)
	}, `SELECT c.name, c.slug FROM categories c JOIN article_categories ON c.id = category_id
		JOIN articles a ON a.id = article_id WHERE a.slug = ? ORDER BY position`, slug)
	if err != nil {
		return err
	}
	return tx.QueryRowContext(ctx, `SELECT COALESCE(body, '') FROM articles WHERE slug = ?`, slug).Scan(&p.Article.Body)
}

// readArticles reads what lists show of the articles, the latest first.
func readArticles(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]article, error) {
	return readRows(ctx, tx, func(rows *sql.Rows, a *article) error {
		return rows.Scan(&a.Title, &a.Slug, &a.Day, &a.Author, &a.Cover, &a.CoverText)
	}, `SELECT a.title, a.slug, COALESCE(substr(a.published_at, 1, 10), ''), authors.name,
			COALESCE(f.hash || COALESCE(f.ext, ''), ''), COALESCE(f.alternative_text, '')
		FROM articles a JOIN authors ON authors.id = a.author_id LEFT JOIN files f ON f.id = a.cover_id `+
		where+` ORDER BY a.published_at DESC, a.id DESC`, args...)
}

func readRows[T any](
	ctx context.Context, tx *sql.Tx, scan func(*sql.Rows, *T) error, query string, args ...any,
) (list []T, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row T
		if err := scan(rows, &row); err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// siteKey is the key of the setting that holds the Site.
const siteKey = "plugin_blog_site"

// readSite returns the zero Site with a title if none is set.
func readSite(ctx context.Context, tx *sql.Tx) (Site, error) {
	site := Site{Title: "Blog"}
	var text string
	err := tx.QueryRowContext(ctx, `SELECT value FROM settings WHERE kind = 'core-store' AND name = ?`, siteKey).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return site, nil
	}
	if err != nil {
		return Site{}, err
	}
	var setting struct{ Value string }
	err = json.Unmarshal([]byte(text), &setting)
	if err == nil {
		err = json.Unmarshal([]byte(setting.Value), &site)
	}
	return site, err
}
