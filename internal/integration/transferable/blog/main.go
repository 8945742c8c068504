// Blog is a backend with articles in PostgreSQL and their covers in a folder. docs/transferable.md shows it.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"log"
	"net/http"
	"os"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

const schema = `
CREATE TABLE IF NOT EXISTS authors (id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, ext TEXT NOT NULL,
	mime TEXT NOT NULL, size NUMERIC NOT NULL, url TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS articles (id BIGSERIAL PRIMARY KEY, title TEXT NOT NULL, published_at TIMESTAMPTZ,
	author_id BIGINT NOT NULL REFERENCES authors, cover_id BIGINT REFERENCES files);`

func main() {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec(schema); err != nil {
		log.Fatal(err)
	}
	root, mux := &cobra.Command{Use: "blog"}, http.NewServeMux()
	data, err := makeTransferable(db, mux, root)
	if err != nil {
		log.Fatal(err)
	}
	mux.HandleFunc("GET /uploads/{name}", func(w http.ResponseWriter, r *http.Request) { serveUpload(data, w, r) })
	root.AddCommand(&cobra.Command{Use: "serve", RunE: func(*cobra.Command, []string) error {
		return http.ListenAndServe(cmp.Or(os.Getenv("ADDR"), "127.0.0.1:8080"), mux)
	}})
	root.AddCommand(&cobra.Command{Use: "add TITLE AUTHOR COVER", Args: cobra.ExactArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			return addArticle(c.Context(), db, data, args[0], args[1], args[2])
		}})
	os.Exit(hostcmd.Run(context.Background(), root))
}

// serveUpload serves a file that anybody may have pushed.
func serveUpload(data *sqldata.Instance, w http.ResponseWriter, r *http.Request) {
	file, err := data.OpenFile(r.Context(), r.PathValue("name"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Disposition", "attachment")
	http.ServeContent(w, r, r.PathValue("name"), info.ModTime(), file)
}

// addArticle keeps an article and its cover. The row of a file is inserted before data is asked for the folder, and
// committed after the file was written: a transfer waits meanwhile.
func addArticle(ctx context.Context, db *sql.DB, data *sqldata.Instance, title, author, cover string) error {
	content, err := os.ReadFile(cover)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	hash, ext := rand.Text(), filepath.Ext(cover)
	_, err = tx.ExecContext(ctx, `WITH
		author AS (INSERT INTO authors (name) VALUES ($1) RETURNING id),
		cover AS (INSERT INTO files (name, hash, ext, mime, size, url) VALUES ($2, $3, $4, $5, $6, $7) RETURNING id)
		INSERT INTO articles (title, published_at, author_id, cover_id) SELECT $8, now(), author.id, cover.id FROM author, cover`,
		author, filepath.Base(cover), hash, ext, http.DetectContentType(content), float64(len(content))/1000,
		"/uploads/"+hash+ext, title)
	if err != nil {
		return err
	}
	folder, err := data.Folder(ctx, tx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, hash+ext), content, 0o644); err != nil {
		return err
	}
	return tx.Commit()
}
