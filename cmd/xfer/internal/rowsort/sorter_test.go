package rowsort_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/rowsort"
)

func collect(t *testing.T, s *rowsort.Sorter) []string {
	t.Helper()
	var rows []string
	for row, err := range s.Rows() {
		require.NoError(t, err)
		rows = append(rows, fmt.Sprintf("%s=%s", row.Key, row.Value))
	}
	return rows
}

func TestRowsComeInOrder(t *testing.T) {
	for _, memory := range []int{0, 1, 100, 4096} {
		t.Run(fmt.Sprintf("memory of %d", memory), func(t *testing.T) {
			dir := t.TempDir()
			sorter := &rowsort.Sorter{Memory: memory, Dir: dir}
			random := rand.New(rand.NewPCG(1, 2))
			var want []string
			for range 1000 {
				key, value := fmt.Sprintf("%04d", random.IntN(300)), fmt.Sprint(random.IntN(9))
				require.NoError(t, sorter.Add([]byte(key), []byte(value)))
				want = append(want, key+"="+value)
			}
			slices.Sort(want)
			require.Equal(t, want, collect(t, sorter))
			require.Equal(t, want, collect(t, sorter), "a second time")

			require.NoError(t, sorter.Close())
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestRowsMayBeEmptyOrLargerThanTheMemory(t *testing.T) {
	sorter := &rowsort.Sorter{Memory: 64, Dir: t.TempDir()}
	defer sorter.Close()
	require.Empty(t, collect(t, sorter))
	large := bytes.Repeat([]byte("x"), 1<<16)
	require.NoError(t, sorter.Add([]byte("b"), large))
	require.NoError(t, sorter.Add(nil, nil))
	require.NoError(t, sorter.Add([]byte("a"), nil))
	require.Equal(t, []string{"=", "a=", "b=" + string(large)}, collect(t, sorter))
}

func TestJoinPairsTheValuesOfEachKey(t *testing.T) {
	left := &rowsort.Sorter{Memory: 16, Dir: t.TempDir()}
	defer left.Close()
	right := &rowsort.Sorter{Dir: t.TempDir()}
	defer right.Close()
	for _, row := range []string{"d1", "a2", "a1", "b1"} {
		require.NoError(t, left.Add([]byte(row[:1]), []byte(row[1:])))
	}
	for _, row := range []string{"b2", "c1", "d1", "d1"} {
		require.NoError(t, right.Add([]byte(row[:1]), []byte(row[1:])))
	}
	var got []string
	for pair, err := range rowsort.Join(left, right) {
		require.NoError(t, err)
		got = append(got, fmt.Sprintf("%s %s %s", pair.Key, pair.Left, pair.Right))
	}
	require.Equal(t, []string{"a [1 2] []", "b [1] [2]", "c [] [1]", "d [1] [1 1]"}, got)
	for range rowsort.Join(left, right) {
		break // no goroutine stays
	}
}

func TestLookupFindsTheFirstValueOfEachKey(t *testing.T) {
	index := &rowsort.Sorter{Memory: 16, Dir: t.TempDir()}
	defer index.Close()
	rows := &rowsort.Sorter{}
	for _, row := range []string{"b2", "b1", "d", "a9"} {
		require.NoError(t, index.Add([]byte(row[:1]), []byte(row[1:])))
	}
	for _, row := range []string{"b3", "d4", "b1", "c5", "e6"} {
		require.NoError(t, rows.Add([]byte(row[:1]), []byte(row[1:])))
	}
	var got []string
	for found, err := range rowsort.Lookup(index, rows) {
		require.NoError(t, err)
		got = append(got, fmt.Sprintf("%s%s %s %t", found.Key, found.Value, found.Match, found.Match != nil))
	}
	require.Equal(t, []string{"b1 1 true", "b3 1 true", "c5  false", "d4  true", "e6  false"}, got)
}

func TestAnErrorComesLast(t *testing.T) {
	sorter := &rowsort.Sorter{Memory: 1, Dir: t.TempDir()}
	require.NoError(t, sorter.Add([]byte("a"), nil))
	require.NoError(t, sorter.Add([]byte("b"), nil))
	entries, err := os.ReadDir(sorter.Dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.NoError(t, os.Truncate(sorter.Dir+"/"+entries[0].Name(), 1))
	var last error
	for _, last = range sorter.Rows() {
	}
	require.ErrorIs(t, last, io.ErrUnexpectedEOF)
	for _, last = range rowsort.Join(sorter, &rowsort.Sorter{}) {
	}
	require.ErrorIs(t, last, io.ErrUnexpectedEOF)
	require.NoError(t, sorter.Close())

	nowhere := &rowsort.Sorter{Memory: 1, Dir: sorter.Dir + "/none"}
	require.NoError(t, nowhere.Add([]byte("a"), nil))
	require.ErrorIs(t, nowhere.Add([]byte("b"), nil), os.ErrNotExist)
}

func BenchmarkSort(b *testing.B) {
	for _, memory := range []int{1 << 30, rowsort.DefaultMemory} {
		b.Run(fmt.Sprintf("memory=%d", memory), func(b *testing.B) {
			for b.Loop() {
				sorter := &rowsort.Sorter{Memory: memory, Dir: b.TempDir()}
				var key [24]byte
				for i := range 1_000_000 {
					binary.BigEndian.PutUint64(key[:], uint64(i)*0x9E3779B97F4A7C15)
					if err := sorter.Add(key[:], key[:16]); err != nil {
						b.Fatal(err)
					}
				}
				for range sorter.Rows() {
				}
				sorter.Close()
			}
		})
	}
}
