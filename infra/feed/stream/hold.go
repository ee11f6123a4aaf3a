package stream

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
)

// holdSize is how many bytes of what is held stay in memory.
const holdSize = 32 << 20

// A Hold keeps values, which JSON can write, until what they refer to has come:
// in memory first, past 32 MiB in a temporary file. The zero value is empty.
type Hold[T any] struct {
	buf  []byte
	file *os.File
}

// Add holds a value.
func (h *Hold[T]) Add(v T) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if h.buf = append(append(h.buf, b...), '\n'); len(h.buf) < holdSize {
		return nil
	}
	if h.file == nil {
		if h.file, err = os.CreateTemp("", "akin-*"); err != nil {
			return err
		}
	}
	_, err = h.file.Write(h.buf)
	h.buf = h.buf[:0]
	return err
}

// Each hands out what is held, in its order, until yield returns false, and
// holds nothing then. It returns false if yield did.
func (h *Hold[T]) Each(yield func(T) bool) (bool, error) {
	defer h.Close()
	read := func(dec *json.Decoder) (bool, error) {
		for {
			var v T
			switch err := dec.Decode(&v); {
			case err == io.EOF:
				return true, nil
			case err != nil:
				return true, err
			case !yield(v):
				return false, nil
			}
		}
	}
	if h.file != nil {
		if _, err := h.file.Seek(0, io.SeekStart); err != nil {
			return true, err
		}
		if ok, err := read(json.NewDecoder(bufio.NewReader(h.file))); !ok || err != nil {
			return ok, err
		}
	}
	buf := h.buf
	h.buf = nil
	return read(json.NewDecoder(bytes.NewReader(buf)))
}

// Close drops what is held, and the file.
func (h *Hold[T]) Close() {
	if h.file != nil {
		h.file.Close()
		os.Remove(h.file.Name())
	}
	*h = Hold[T]{}
}
