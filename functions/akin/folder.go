package akin

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// listName is the file that says which files of a folder akin wrote, one a line.
const listName = ".akin-export"

const listHead = "files that akin export wrote; it changes and deletes no others"

// A folder is one that is exported to, again and again: what did not change is
// not written, and what an export before wrote and this one does not is deleted.
// Its methods but close are safe for concurrent use.
type folder struct {
	dir    string
	before map[string]bool // files that exports before wrote
	again  bool            // one did

	mu      sync.Mutex
	list    *os.File
	now     map[string]bool // files of this export
	written []string        // those of them that are new or changed
}

// openFolder makes the folder if need be. One that holds anything but what akin
// export wrote is an error, unless forced.
func openFolder(dir string, force bool) (*folder, error) {
	f := &folder{dir: dir, before: map[string]bool{}, now: map[string]bool{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := f.readList(); err != nil {
		return nil, err
	}
	if len(entries) > 0 && !f.again && !force {
		return nil, fmt.Errorf("%s: is not empty; name another folder, or give --force to write over what is there", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	// A file is on the list before it is written, so that none is forgotten
	// whenever an export ends.
	f.list, err = os.OpenFile(filepath.Join(dir, listName), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	if !f.again {
		_, err = fmt.Fprintln(f.list, listHead)
	}
	return f, err
}

// readList reads which files were written before. A line that names no file of
// the folder is left out, since files are deleted by it.
func (f *folder) readList() error {
	b, err := os.ReadFile(filepath.Join(f.dir, listName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	if !lines.Scan() || lines.Text() != listHead {
		return fmt.Errorf("%s: was not written by akin export; delete it if nobody needs it", filepath.Join(f.dir, listName))
	}
	f.again = true
	for lines.Scan() {
		if name := lines.Text(); filepath.IsLocal(filepath.FromSlash(name)) && name != listName {
			f.before[name] = true
		}
	}
	return lines.Err()
}

// write writes a file, unless it is there with these bytes. Whoever reads it
// meanwhile sees the old or the new one whole.
func (f *folder) write(name string, b []byte) error {
	file := filepath.Join(f.dir, filepath.FromSlash(name))
	was, err := os.ReadFile(file)
	same := err == nil && bytes.Equal(was, b)
	if err := f.note(name, same); err != nil || same {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	t, err := os.CreateTemp(filepath.Dir(file), ".akin-*")
	if err != nil {
		return err
	}
	_, err = t.Write(b)
	if err = errors.Join(err, t.Chmod(0o644), t.Close()); err == nil {
		err = os.Rename(t.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(t.Name()))
	}
	return nil
}

func (f *folder) note(name string, same bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !same {
		f.written = append(f.written, name)
	}
	var err error
	if !f.now[name] && !f.before[name] {
		_, err = fmt.Fprintln(f.list, name)
	}
	f.now[name] = true
	return err
}

// close deletes what is gone, and returns the files that were written and those
// that were deleted, each in order.
func (f *folder) close() (written, deleted []string, err error) {
	for name := range f.before {
		if f.now[name] {
			continue
		}
		err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		deleted = append(deleted, name)
		for up := path.Dir(name); up != "." && os.Remove(filepath.Join(f.dir, filepath.FromSlash(up))) == nil; {
			up = path.Dir(up) // folders that are empty now
		}
	}
	names := []string{listHead}
	for name := range f.now {
		names = append(names, name)
	}
	slices.Sort(names[1:])
	slices.Sort(f.written)
	slices.Sort(deleted)
	err = f.list.Close()
	if err == nil {
		err = f.replaceList(strings.Join(names, "\n") + "\n")
	}
	return f.written, deleted, err
}

// replaceList writes the list anew, in order and without what is gone.
func (f *folder) replaceList(text string) error {
	next := filepath.Join(f.dir, listName+".new")
	if err := os.WriteFile(next, []byte(text), 0o666); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(f.dir, listName))
}
