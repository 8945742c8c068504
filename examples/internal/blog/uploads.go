package blog

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
)

// shownTypes are the files that browsers may show. The ending of the name decides, and
// neither the content nor what a transfer says of it.
var shownTypes = map[string]string{
	".avif": "image/avif",
	".gif":  "image/gif",
	".jpeg": "image/jpeg",
	".jpg":  "image/jpeg",
	".png":  "image/png",
	".webp": "image/webp",
}

// serveUpload serves a file that anybody with a token for pushes may have chosen. So
// that no file can act as a page of this site, those that could hold a script are only
// offered to be saved, browsers must not guess another type, and a page that is shown
// nevertheless would be in a sandbox.
func (b *Blog) serveUpload(logger *slog.Logger) http.Handler {
	missing := b.show(logger, "../", func(context.Context, *sql.Tx, *http.Request, *page) error { return sql.ErrNoRows })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		file, err := b.Data.OpenFile(r.Context(), name)
		if errors.Is(err, fs.ErrNotExist) {
			missing.ServeHTTP(w, r)
			return
		}
		if err != nil {
			fail(w, r, logger, err)
			return
		}
		defer file.Close()
		stat, err := file.Stat()
		if err != nil {
			fail(w, r, logger, err)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache") // a transfer may bring another file of this name
		switch ext := strings.ToLower(filepath.Ext(name)); {
		case shownTypes[ext] != "":
			h.Set("Content-Type", shownTypes[ext])
		case ext == ".svg": // an <img> shows it without its scripts
			h.Set("Content-Type", "image/svg+xml")
			h.Set("Content-Disposition", "attachment")
		default:
			h.Set("Content-Type", "application/octet-stream")
			h.Set("Content-Disposition", "attachment")
		}
		http.ServeContent(w, r, "", stat.ModTime(), file)
	})
}
