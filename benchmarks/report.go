package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// report is what a run says.
type report struct {
	*bench
	day      time.Time
	versions map[string]string
}

func newReport(b *bench) *report { return &report{b, time.Now().UTC(), moduleVersions()} }

// tables are the goals and all that was measured.
func (r *report) tables() string {
	var text strings.Builder
	text.WriteString("## Goals\n\n" + goalTable(r.goals()))
	for _, s := range r.sections {
		fmt.Fprintf(&text, "\n## %s\n\n%s", s.title, s.render(r.results))
	}
	if r.heap > 0 {
		fmt.Fprintf(&text, "\n## Heap\n\nA MemoryStore with %s tokens takes %.0f bytes for each.\n", count(r.big), r.heap)
	}
	return text.String()
}

// page is the whole of speed.md.
func (r *report) page() string {
	software := []string{"github.com/ory/fosite", "github.com/golang-jwt/jwt/v5"}
	software = append(software, r.software...)
	for i, text := range software {
		software[i] = "- " + withVersions(text, r.versions) + "\n"
	}
	return fmt.Sprintf(`# Speed

<!-- Written by `+"`cd benchmarks && go run .`"+`. Don't edit it. -->

![Bars and lines of the tables below](images/speed.svg)

Measured on %s, on %s, with the database servers on the same machine, in one run of

    cd benchmarks && %s

%s
Times of two runs, or of two machines, can't be compared. Therefore everything that is compared took turns of %s within one
run, so that what else the machine did met all alike, and the ratios were taken in each of %s of %s before their median was.

- The floor is the least that any check of a secret against a keyed digest does: an HMAC-SHA-512 with a reused state, and one
  look-up in a map of all tokens by the digest.
- %s tokens of a kind are presented in turn, or up to %s, in no order, where many are in use.
- "Again" is the same operation a second time. How far the two are apart, in three rounds out of four, is the noise within
  which a refusal may seem to cost more than an acceptance.
- The peers keep nothing: no token of theirs can be revoked, listed or changed. Nothing is looked up by them. fosite checks 32
  random bytes by its default, HMAC-SHA-512/256; golang-jwt checks the signature, the expiry and the scope.
- With a database, Authorize and a prepared SELECT of the same columns alternate call by call, through the same driver and on
  the same connections. LastUsedAt, which is written at most once a minute for each token, is not.
- Create and Regenerate are durable when they return: they wait for the disk as the database is configured.
- SQLite is in WAL mode with a cache of 20 MB.

TRANSFERTOKEN_TEST_POSTGRES and TRANSFERTOKEN_TEST_MYSQL name the servers; one that isn't named, or doesn't answer, is left out.
With `+"`-only memory/fosite`"+` only some groups and series run, `+"`-cpuprofile`"+` profiles them, and `+"`-h`"+` lists the rest.

%s`,
		r.day.Format("2 January 2006"), machine(), r.command, strings.Join(software, ""), min(turnTime, r.time), plural(r.rounds, "round"), r.time,
		count(inUse), count(manyInUse), r.tables())
}

// write makes speed.md and its chart in a folder.
func (r *report) write(folder string, progress io.Writer) error {
	if folder == "" {
		return nil
	}
	images := filepath.Join(folder, "images")
	if err := os.MkdirAll(images, 0o755); err != nil {
		return err
	}
	if err := r.draw(filepath.Join(images, "speed.svg")); err != nil {
		return err
	}
	page := filepath.Join(folder, "speed.md")
	if err := os.WriteFile(page, []byte(r.page()), 0o644); err != nil {
		return err
	}
	fmt.Fprintln(progress, "written:", page, "and its chart")
	return nil
}
