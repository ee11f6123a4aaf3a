package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
)

// What bbolt writes at the start of its first two pages: a page header, then a
// header of the file. The one with the higher transaction number counts.
const (
	metaOffset  = 16 // of the file's header in its page
	metaBytes   = 64
	metaMagic   = 0xED0CDAED
	metaVersion = 2
	maxPageSize = 64 << 10
)

// checkFile returns an error if path names something that is there and is no
// whole bbolt file. bbolt itself maps a file without looking at its length, and a
// page that is not there is a fault.
func checkFile(path string) error {
	f, err := openRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, maxPageSize+metaOffset+metaBytes)
	n, err := io.ReadFull(f, head)
	if n == 0 && errors.Is(err, io.EOF) {
		return nil // an empty file is as good as none
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	need, ok := neededBytes(head[:n])
	if !ok {
		return fmt.Errorf("%s: not an akin store: no bbolt header", path)
	}
	// After the header was read: a store in use grows before its header says so.
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if uint64(info.Size()) < need {
		return fmt.Errorf("%s: truncated store: %d bytes of %d", path, info.Size(), need)
	}
	return nil
}

// openRegular opens a file to read. It refuses what is no regular file before it
// opens it: a pipe would wait there for a writer.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	return os.Open(path)
}

// neededBytes returns the length that a bbolt file has at least, by its valid
// header, and whether head, its start, holds one.
func neededBytes(head []byte) (need uint64, ok bool) {
	m, sound := newestHeader(head)
	return m.pageSize * m.pages, sound > 0
}

// A header is what one of the first two pages says of the file.
type header struct {
	pageSize uint64
	root     uint64 // page
	freelist uint64 // page
	pages    uint64 // in use
	tx       uint64 // number of the commit
}

// newestHeader returns the valid header that counts, and how many are
// valid: two, of different commits.
func newestHeader(head []byte) (newest header, sound int) {
	look := func(offset int) {
		if len(head) < offset+metaOffset+metaBytes {
			return
		}
		m := head[offset+metaOffset:][:metaBytes]
		u32, u64 := binary.NativeEndian.Uint32, binary.NativeEndian.Uint64
		sum := fnv.New64a()
		sum.Write(m[:56])
		if u32(m) != metaMagic || u32(m[4:]) != metaVersion || u64(m[56:]) != sum.Sum64() {
			return
		}
		h := header{uint64(u32(m[8:])), u64(m[16:]), u64(m[32:]), u64(m[40:]), u64(m[48:])}
		if sound > 0 && h.tx == newest.tx {
			return // a copy in the place of the other
		}
		if sound == 0 || h.tx > newest.tx {
			newest = h
		}
		sound++
	}
	look(0)
	for size := 1 << 10; size <= maxPageSize; size <<= 1 {
		look(size)
	}
	return newest, sound
}
