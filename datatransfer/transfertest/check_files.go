package transfertest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"path"
	"runtime"
	"strings"
	"testing/iotest"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var fileChecks = []check{
	{"files-are-exact", filesAreExact, "files come back byte by byte, an empty one too"},
	{"file-names", fileNames, "a file may have any name that datatransfer.CheckAssetName takes"},
	{"files-are-streamed", filesAreStreamed, "a file is written and read in parts, and never held in memory"},
	{
		"body-fails", bodyFails,
		"if the body of a file fails, the transfer fails with that error and the old data stays",
	},
}

// withFiles returns data that has files, or skips the test.
func (t *trial) withFiles(n int) *Snapshot {
	t.Helper()
	data := t.sample(n)
	if len(data.Files) == 0 {
		t.Skip("the sample has no files")
	}
	return data
}

func filesAreExact(t *trial) {
	data := t.withFiles(1)
	for i, content := range [][]byte{nil, {0}, []byte("\r\n"), randomBytes(7, 70_000)} {
		if i < len(data.Files) {
			data.Files[i].Content = content
		}
	}
	t.replace(data)
	t.holds("after a transfer of files of 0, 1, 2 and 70,000 bytes", data)
}

// fileNames renames the files of the sample, some at a time.
func fileNames(t *trial) {
	names := []string{
		"two words.txt", "100% & more+.txt", "it's #1; really.txt", "ümläut.txt", "e\u0301 decomposed.txt",
		"日本語.png", "🎈", "-rf", "~home", "$HOME", "a..b", "no_ext", "UPPER.TXT", "double.tar.gz", "(1) [2] {3}.txt",
		"`date`.txt", "a=b,c@d!^.txt", strings.Repeat("n", 236) + ".txt",
	}
	data := t.withFiles(1)
	var main []int // the files that have an entity of their own, without other formats
	for i, f := range data.Files {
		row, err := decodeObject(f.Metadata)
		t.must(err, "metadata of the sample")
		if row["mainHash"] == nil && row["formats"] == nil {
			main = append(main, i)
		}
	}
	if len(main) == 0 {
		t.Skip("the sample has no files without formats")
	}
	for len(names) > 0 {
		renamed := data.clone()
		for _, i := range main {
			if len(names) > 0 {
				t.must(datatransfer.CheckAssetName(names[0]), "CheckAssetName")
				t.must(renamed.renameFile(i, names[0]), "renaming a file")
				names = names[1:]
			}
		}
		t.replace(renamed)
		t.holds("after a transfer of files with unusual names", renamed)
	}
}

// renameFile gives a file a name, with the hash and extension in its metadata and entity.
func (s *Snapshot) renameFile(i int, name string) error {
	metadata, err := decodeObject(s.Files[i].Metadata)
	if err != nil {
		return err
	}
	ext := path.Ext(name)
	rename := func(row map[string]any) {
		for member, value := range map[string]string{
			"hash": strings.TrimSuffix(name, ext), "ext": ext, "url": "/uploads/" + name,
		} {
			if _, ok := row[member]; ok {
				row[member] = value
			}
		}
	}
	ref, _ := refOf(metadata["id"])
	for k, e := range s.Entities {
		if e.Type != datatransfer.TypeFile || e.ID != ref {
			continue
		}
		data, err := decodeObject(e.Data)
		if err != nil {
			return err
		}
		rename(data)
		s.Entities[k].Data = encode(data)
	}
	rename(metadata)
	s.Files[i].Name, s.Files[i].Metadata = name, encode(metadata)
	return nil
}

const (
	bigFile     = 64 << 20
	maxHeldFile = bigFile / 2
)

// filesAreStreamed looks at the heap while a generated file is written and while it is read.
func filesAreStreamed(t *trial) {
	if h, ok := t.instance.(MemoryHolder); ok && h.HoldsFilesInMemory() {
		t.Skip("the instance holds files in memory")
	}
	data := t.withFiles(1)
	written, name := newHeapMeter(), data.Files[0].Name
	f := feed{data: data, asset: func(a datatransfer.Asset) datatransfer.Asset {
		if a.Name == name {
			body := &sparseBody{random: rand.NewChaCha8([32]byte{1})}
			a.Size, a.Body = bigFile, io.TeeReader(io.LimitReader(body, bigFile), written)
		}
		return a
	}}
	t.must(f.transfer(t.ctx, t.destination()), "a transfer with a file of 64 MiB")
	if written.growth() > maxHeldFile {
		t.Fatalf("while 64 MiB were written, the heap grew by %d MiB", written.growth()>>20)
	}
	src, found := t.source(), false
	for asset, err := range src.Assets(t.ctx) {
		t.must(err, "reading the files")
		if asset.Name != name {
			continue
		}
		found = true
		read := newHeapMeter()
		_, err := io.Copy(read, asset.Body)
		t.must(err, "reading the file of 64 MiB")
		if read.growth() > maxHeldFile {
			t.Fatalf("while 64 MiB were read, the heap grew by %d MiB", read.growth()>>20)
		}
		if read.sum() != written.sum() {
			t.Fatalf("the file of 64 MiB came back with other bytes")
		}
	}
	if !found {
		t.Fatalf("the file of 64 MiB did not come back")
	}
}

// sparseBody is endless. Of each read only the beginning is random, so that an instance that
// compresses files is not slow.
type sparseBody struct{ random *rand.ChaCha8 }

func (b *sparseBody) Read(p []byte) (int, error) {
	const most = 4096
	p = p[:min(len(p), most)]
	clear(p)
	_, err := b.random.Read(p[:len(p)/16])
	return len(p), err
}

// heapMeter hashes what is written to it and now and then measures the live heap.
type heapMeter struct {
	hash   hash.Hash
	start  uint64
	most   uint64
	unseen int
}

func newHeapMeter() *heapMeter {
	start := liveHeap()
	return &heapMeter{hash: sha256.New(), start: start, most: start}
}

func (m *heapMeter) Write(p []byte) (int, error) {
	const interval = bigFile / 16
	if m.unseen += len(p); m.unseen >= interval {
		m.unseen = 0
		m.most = max(m.most, liveHeap())
	}
	return m.hash.Write(p)
}

func (m *heapMeter) growth() uint64 { return m.most - m.start }

func (m *heapMeter) sum() string { return fmt.Sprintf("%x", m.hash.Sum(nil)) }

// liveHeap returns the bytes that are still in use after a garbage collection.
func liveHeap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func bodyFails(t *trial) {
	old, data := t.sample(1), t.withFiles(2)
	t.replace(old)
	for at, f := range data.Files {
		name := f.Name
		disturbed := feed{data: data, asset: func(a datatransfer.Asset) datatransfer.Asset {
			if a.Name == name {
				half := io.LimitReader(a.Body, a.Size/2)
				a.Body = io.MultiReader(half, iotest.ErrReader(errPlanted))
			}
			return a
		}}
		err := disturbed.transfer(t.ctx, t.destination())
		if !errors.Is(err, errPlanted) {
			t.Fatalf("the body of file %d failed: the error is %v, want that of the body", at+1, err)
		}
		t.holds(fmt.Sprintf("after the body of file %d failed", at+1), old)
	}
}
