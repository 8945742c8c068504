package blog_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/examples/internal/blog"
)

func open(t *testing.T) *blog.Blog {
	t.Helper()
	b, err := blog.Open(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

func seeded(t *testing.T) *blog.Blog {
	t.Helper()
	b := open(t)
	require.NoError(t, b.Seed(t.Context()))
	return b
}

func serve(t *testing.T, b *blog.Blog) (get func(path string) (int, http.Header, string)) {
	t.Helper()
	mux := http.NewServeMux()
	b.Mount(mux, slog.New(slog.DiscardHandler))
	return func(path string) (int, http.Header, string) {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		body, err := io.ReadAll(answer.Result().Body)
		require.NoError(t, err)
		return answer.Code, answer.Header(), string(body)
	}
}

func contents(t *testing.T, b *blog.Blog) blog.Contents {
	t.Helper()
	c, err := b.Contents(t.Context())
	require.NoError(t, err)
	return c
}

func TestSeedIsTheSameEachTimeAndReplacesNothing(t *testing.T) {
	first, second := seeded(t), seeded(t)
	have := contents(t, first)
	require.Equal(t, have, contents(t, second))
	require.Equal(t, blog.Contents{Articles: 24, Authors: 3, Categories: 4, Pictures: 12, SHA256: have.SHA256}, have)

	require.ErrorIs(t, first.Seed(t.Context()), blog.ErrNotEmpty)
	require.Equal(t, have, contents(t, first))
	require.NotEqual(t, have.SHA256, contents(t, open(t)).SHA256)
}

func TestPagesShowWhatThereIs(t *testing.T) {
	empty := serve(t, open(t))
	_, _, body := empty("/")
	require.Contains(t, body, "There is nothing here yet.")

	get := serve(t, seeded(t))
	status, header, body := get("/")
	require.Equal(t, 200, status)
	require.Contains(t, body, "<title>Walks</title>")
	require.Len(t, regexp.MustCompile(`<h2>`).FindAllString(body, -1), 24)
	require.Len(t, regexp.MustCompile(`<img src="uploads/hills_\d\d.png"`).FindAllString(body, -1), 12)
	require.Equal(t, "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "+
		"frame-ancestors 'none'", header.Get("Content-Security-Policy"))
	require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))

	status, _, body = get("/articles/a-morning-on-saint-marys-gate")
	require.Equal(t, 200, status)
	require.Contains(t, body, "<h1>A morning on Saint Mary&#39;s gate</h1>")
	require.Contains(t, body, "Take water with you")
	require.Contains(t, body, `src="../uploads/hills_10.png"`)

	status, _, body = get("/categories/rivers")
	require.Equal(t, 200, status)
	require.Contains(t, body, "<h1>Rivers</h1>")

	for _, path := range []string{"/articles/none", "/categories/none", "/uploads/none.png", "/uploads/..%2fblog.db"} {
		status, _, body = get(path)
		require.Equal(t, 404, status, path)
		require.Contains(t, body, "<h1>There is no such page</h1>", path)
		require.Contains(t, body, `<a href="../">See all articles</a>`, path)
	}
	status, header, _ = get("/uploads/hills_01.png")
	require.Equal(t, 200, status)
	require.Equal(t, "image/png", header.Get("Content-Type"))
}

// Whoever has a token for pushes chooses the files and what is said of them.
func TestUploadsThatOthersPushedCannotActAsPages(t *testing.T) {
	b := open(t)
	const script = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	push(t, b, map[string]string{
		"page.html": script, "page.xhtml": script, "page.HTM": script, "page.xml": script, "page": script, "page.js": script,
		"page.pdf": script, "drawing.svg": script, "other.SVG": script, "picture.png": script,
	})
	get := serve(t, b)
	for name, want := range map[string]struct{ contentType, disposition string }{
		"page.html":   {"application/octet-stream", "attachment"},
		"page.xhtml":  {"application/octet-stream", "attachment"},
		"page.HTM":    {"application/octet-stream", "attachment"},
		"page.xml":    {"application/octet-stream", "attachment"},
		"page":        {"application/octet-stream", "attachment"},
		"page.js":     {"application/octet-stream", "attachment"},
		"page.pdf":    {"application/octet-stream", "attachment"},
		"drawing.svg": {"image/svg+xml", "attachment"},
		"other.SVG":   {"image/svg+xml", "attachment"},
		"picture.png": {"image/png", ""},
	} {
		status, header, body := get("/uploads/" + name)
		require.Equal(t, 200, status, name)
		require.Equal(t, script, body)
		require.Equal(t, want.contentType, header.Get("Content-Type"), name)
		require.Equal(t, want.disposition, header.Get("Content-Disposition"), name)
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "default-src 'none'; sandbox", header.Get("Content-Security-Policy"))
	}
}

// push replaces the files of the blog, as a transfer does.
func push(t *testing.T, b *blog.Blog, files map[string]string) {
	t.Helper()
	dst, err := b.Data.Destination(t.Context())
	require.NoError(t, err)
	data := &transfertest.Snapshot{}
	data.Schemas, err = dst.Schemas(t.Context())
	require.NoError(t, err)
	for name, content := range files {
		id := int64(len(data.Files) + 1)
		ext := filepath.Ext(name)
		row, err := json.Marshal(map[string]any{
			"name": name, "hash": strings.TrimSuffix(name, ext), "ext": ext, "mime": "text/html",
		})
		require.NoError(t, err)
		data.Entities = append(data.Entities, datatransfer.Entity{
			Type: datatransfer.TypeFile, ID: datatransfer.IntRef(id), Data: row,
		})
		data.Files = append(data.Files, transfertest.File{Name: name, Metadata: row, Content: []byte(content)})
	}
	_, err = datatransfer.Run(t.Context(), data.Source(), dst, nil)
	require.NoError(t, err)
}
