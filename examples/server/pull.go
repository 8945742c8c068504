package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"

	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// send is behind httpauth.Require. A client that was interrupted can ask for the
// rest with a Range.
func (f *files) send(w http.ResponseWriter, r *http.Request) {
	file, err := f.open(r.PathValue("id"))
	if err != nil {
		f.refusePull(w, r, err)
		return
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		f.refusePull(w, r, err)
		return
	}
	grant, _ := httpauth.GrantFrom(r.Context())
	f.logger.Info("pull begins", "file", stat.Name(), "size", stat.Size(), "name", grant.Token.Name, "remote", r.RemoteAddr)

	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("ETag", `"`+stat.Name()+`"`)
	steady, stop := f.steadyWriter(w, r)
	defer stop()
	// An answer that is cut short ends the connection, so that the client notices.
	http.ServeContent(steady, r, "", stat.ModTime(), file)
}

func (f *files) sendList(w http.ResponseWriter, r *http.Request) {
	list, err := f.list()
	if err != nil {
		f.refusePull(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, list)
}

func (f *files) refusePull(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		httpauth.WriteEnvelope(w, r, http.StatusNotFound, err)
		return
	}
	f.logger.Error("pull failed", "error", err)
	httpauth.WriteEnvelope(w, r, http.StatusInternalServerError, err)
}

func writeJSON(w http.ResponseWriter, status int, data any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"data": data})
}
