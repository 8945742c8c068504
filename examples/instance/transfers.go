package main

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/seed-39e76d91/transfertoken/examples/internal/blog"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
)

// mostRemembered is the number of transfers that the page shows.
const mostRemembered = 50

// history remembers the last transfers, until the program ends, and writes each to the
// audit log, which stays.
type history struct {
	audit *slog.Logger

	mu   sync.Mutex
	last []*transfer // the latest first
}

// transfer describes one transfer.
type transfer struct {
	id        uuid.UUID
	Token     string
	From      string // the address of the client
	Direction string
	Started   time.Time
	Ended     time.Time // zero: it is running
	Outcome   remote.EventKind
	Err       error
	Progress  datatransfer.Progress // of the stage that is running
	stages    map[datatransfer.Stage]count
}

// count says how much a transfer has moved in a stage.
type count struct{ records, bytes int64 }

func (h *history) onEvent(ctx context.Context, e remote.Event) {
	h.log(ctx, e)
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.find(e.ID)
	if t == nil {
		t = &transfer{id: e.ID, Token: e.Token.Name, From: backend.RemoteHost(ctx), Direction: e.Direction.String(),
			Started: e.At, stages: map[datatransfer.Stage]count{}}
		h.last = slices.Insert(h.last, 0, t)
		h.last = h.last[:min(len(h.last), mostRemembered)]
	}
	t.Outcome = e.Kind
	if e.Kind == remote.EventStarted {
		return
	}
	t.Ended, t.Err = e.At, e.Err
	for _, s := range e.Report.Stages {
		if !s.Skipped {
			t.stages[s.Stage] = count{s.Records, s.Bytes}
		}
	}
}

func (h *history) onProgress(id uuid.UUID, p datatransfer.Progress) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.find(id); t != nil {
		t.Progress = p
		t.stages[p.Stage] = count{p.Records, p.Bytes}
	}
}

// find returns nil for a transfer that is not remembered, or not any more.
func (h *history) find(id uuid.UUID) *transfer {
	i := slices.IndexFunc(h.last, func(t *transfer) bool { return t.id == id })
	if i < 0 {
		return nil
	}
	return h.last[i]
}

func (h *history) log(ctx context.Context, e remote.Event) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("transfer", e.ID.String()),
		slog.String("name", e.Token.Name),
		slog.String("direction", e.Direction.String()),
	}
	for _, stage := range e.Report.Stages {
		attrs = append(attrs, slog.Int64(string(stage.Stage), stage.Records))
	}
	if e.Err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Any("error", e.Err))
	}
	h.audit.LogAttrs(ctx, level, "transfer "+string(e.Kind), append(attrs, backend.CallerAttrs(ctx)...)...)
}

var (
	//go:embed transfers.html
	transfersHTML string
	//go:embed transfers.css
	transfersCSS []byte
)

var transfersPage = template.Must(template.New("transfers").Parse(transfersHTML))

func serveTransfersCSS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(transfersCSS)
}

// page shows the last transfers to who is logged in.
func (h *history) page(door *login.Login, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		admin := door.Admin(r)
		if admin == "" {
			login.Redirect(w, "login")
			return
		}
		h.mu.Lock()
		last := make([]transfer, len(h.last))
		for i, t := range h.last {
			last[i] = *t
			last[i].stages = maps.Clone(t.stages)
		}
		h.mu.Unlock()
		if slices.ContainsFunc(last, transfer.Running) {
			w.Header().Set("Refresh", "5")
		}
		page := struct {
			Admin     string
			Transfers []transfer
		}{admin, last}
		if err := blog.WritePage(w, http.StatusOK, transfersPage, "transfers", page); err != nil {
			logger.Error("a page failed", "path", r.URL.Path, "error", err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	})
}

// Running reports whether the transfer has not ended.
func (t transfer) Running() bool { return t.Ended.IsZero() }

// Count returns how much a stage had, or has so far.
func (t transfer) Count(stage datatransfer.Stage) string {
	if c, known := t.stages[stage]; known {
		return strconv.FormatInt(c.records, 10)
	}
	return "–"
}

// Bytes returns the bytes of all stages so far.
func (t transfer) Bytes() string {
	var sum int64
	for _, c := range t.stages {
		sum += c.bytes
	}
	return humanize.IBytes(uint64(sum))
}

// Duration returns how long it took, or has taken so far.
func (t transfer) Duration() time.Duration {
	ended := t.Ended
	if t.Running() {
		ended = time.Now()
	}
	return ended.Sub(t.Started).Round(time.Millisecond)
}

// Status says in a word how it ended, or that it runs.
func (t transfer) Status() string {
	if t.Running() {
		return "running"
	}
	return string(t.Outcome)
}

// Detail says how far it is, or why it was aborted. Who pushes does not tell how much
// there is.
func (t transfer) Detail() string {
	switch {
	case t.Running() && t.Progress.TotalRecords > 0:
		return fmt.Sprintf("%s, %d of about %d", t.Progress.Stage, t.Progress.Records, t.Progress.TotalRecords)
	case t.Running():
		return fmt.Sprintf("%s, %d so far", t.Progress.Stage, t.Progress.Records)
	case t.Err != nil:
		return t.Err.Error()
	}
	return ""
}
