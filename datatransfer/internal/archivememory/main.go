// Command archivememory writes an archive of generated data, verifies it and reads it,
// each in a process of its own, and prints how much memory each process needed at most.
//
//	go run ./internal/archivememory -files 10GiB             # files of 2 MiB
//	go run ./internal/archivememory -records 1000000         # entities of 1 kB and links, half of each
//	go run ./internal/archivememory -files 1GiB -kind tar.gz # or dir, tar.age, tar.gz.age, tar.enc
//
// It needs Linux. "above start" is the largest resident memory (VmHWM) of the process minus
// that before it opened the archive. Key derivation counts too.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

const passphrase = "the data is generated"

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("archivememory", flag.ContinueOnError)
	files := flags.String("files", "0", "bytes of all files, with a unit such as GiB")
	records := flags.Int64("records", 0, "number of records")
	kind := flags.String("kind", "tar", "kind of archive: tar, tar.gz, dir, tar.age, tar.gz.age, tar.enc")
	folder := flags.String("folder", "", "folder for the archive; empty: a temporary one")
	phase := flags.String("phase", "", "what this process does; empty: start a process for each phase")
	if err := flags.Parse(args); err != nil {
		return err
	}
	size, err := parseSize(*files)
	if err != nil {
		return err
	}
	opts, err := options(*kind)
	if err != nil {
		return err
	}
	src := &source{files: size / fileSize, records: *records}
	if *phase != "" {
		return runPhase(*phase, filepath.Join(*folder, "archive"), opts, src, out)
	}
	if *folder, err = os.MkdirTemp(*folder, "archivememory-"); err != nil {
		return err
	}
	defer os.RemoveAll(*folder)
	fmt.Fprintf(out, "%s, files of %s in all, %d records\n", *kind, *files, *records)
	for _, phase := range []string{"write", "verify", "read"} {
		cmd := exec.Command(os.Args[0], append(args, "-folder", *folder, "-phase", phase)...)
		cmd.Stdout, cmd.Stderr = out, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", phase, err)
		}
	}
	return nil
}

// runPhase does one phase and prints what it took.
func runPhase(phase, name string, opts *archive.WriteOptions, src *source, out io.Writer) error {
	start, err := memory("VmRSS")
	if err != nil {
		return err
	}
	began := time.Now()
	switch phase {
	case "write":
		err = write(name, opts, src)
	case "verify":
		err = read(name, opts, func(*archive.Reader) error { return nil })
	case "read":
		err = read(name, opts, readAll)
	default:
		err = errors.New("unknown phase")
	}
	if err != nil {
		return err
	}
	peak, err := memory("VmHWM")
	if err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	fmt.Fprintf(out, "%-6s %5.1f MiB above start, %6.1f s, %4.0f MB of files and %6.0f records a second\n", phase,
		float64(peak-start)/(1<<20), took, float64(src.files*fileSize)/1e6/took, float64(src.records)/took)
	return nil
}

func write(name string, opts *archive.WriteOptions, src *source) error {
	w, err := archive.Create(name, opts)
	if err != nil {
		return err
	}
	_, err = datatransfer.Run(context.Background(), src, w, nil)
	return err
}

func read(name string, opts *archive.WriteOptions, use func(*archive.Reader) error) error {
	w, err := archive.Create(name+"-name", opts)
	if err != nil {
		return err
	}
	r, err := archive.Open(context.Background(), strings.Replace(w.Name(), "-name", "", 1),
		&archive.ReadOptions{Passphrase: func() (string, error) { return passphrase, nil }})
	if err != nil {
		return err
	}
	if n := r.Info().Problems(); n > 0 {
		return fmt.Errorf("%d problems: %v", n, r.Info().Findings[0])
	}
	return errors.Join(use(r), r.Close())
}

// readAll reads all records and files.
func readAll(r *archive.Reader) error {
	ctx := context.Background()
	for _, err := range r.Entities(ctx) {
		if err != nil {
			return err
		}
	}
	for asset, err := range r.Assets(ctx) {
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, asset.Body); err != nil {
			return err
		}
	}
	for _, err := range r.Links(ctx) {
		if err != nil {
			return err
		}
	}
	for _, err := range r.Configuration(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

// options returns the options for a kind of archive.
func options(kind string) (*archive.WriteOptions, error) {
	opts := &archive.WriteOptions{Encryption: archive.None, NoCompress: !strings.HasPrefix(kind, "tar.gz")}
	switch kind {
	case "tar", "tar.gz":
	case "dir":
		opts.Format = archive.FormatDir
	case "tar.age", "tar.gz.age":
		opts.Encryption, opts.Passphrase = archive.Age, passphrase
	case "tar.enc", "tar.gz.enc":
		opts.Encryption, opts.Passphrase = archive.Strapi, passphrase
	default:
		return nil, fmt.Errorf("unknown kind %q", kind)
	}
	return opts, nil
}

// parseSize returns the bytes of a text such as 256MiB.
func parseSize(text string) (int64, error) {
	for i, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.ParseInt(number, 10, 64)
			return n << (10 * (i + 1)), err
		}
	}
	return strconv.ParseInt(text, 10, 64)
}

// memory returns a number of bytes from what Linux says of this process.
func memory(field string) (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		fields := strings.Fields(string(line))
		if len(fields) == 3 && fields[0] == field+":" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("the system does not tell %s", field)
}

// randomBytes are bytes that cannot be compressed.
func randomBytes(n int) []byte {
	random := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	random.Read(b)
	return b
}
