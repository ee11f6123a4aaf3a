package remote

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// maxAddress is how long the name of a socket may be, in bytes: macOS takes 103,
// Linux four more.
const maxAddress = 103

// recordPrefix begins the file that stands beside a store whose path is too long
// for a socket, and says where that is.
const recordPrefix = "akin serves at "

// beside returns the name of the socket, or of the record of where it is, of the
// store in the file path. Links to the file lead to the same one.
func beside(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		real, err = path, nil
	}
	if err != nil {
		return "", err
	}
	real, err = filepath.Abs(real)
	return real + ".sock", err
}

// address returns where the store in the file path is served, if it is.
func address(path string) (string, error) {
	name, err := beside(path)
	if err != nil {
		return "", err
	}
	recorded, err := readRecord(name)
	if err == nil && recorded != "" {
		return recorded, nil
	}
	return name, err
}

// readRecord returns what the record of that name says; empty if it is a socket
// or nothing. Any other file is an error.
func readRecord(name string) (string, error) {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > 4096 {
		if info.Mode().IsDir() || info.Mode().IsRegular() {
			return "", fmt.Errorf("%s: is where akin's socket must be; rename it", name)
		}
		return "", nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	at, ok := strings.CutPrefix(string(b), recordPrefix)
	if !ok {
		return "", fmt.Errorf("%s: is where akin's socket must be; rename it", name)
	}
	return strings.TrimSpace(at), nil
}

// listen opens the socket of the store in the file path, in place of one that a
// killed process left: only who holds the lock of the file may call it. Nobody
// but the user can connect at any moment. The function that it returns removes
// what was made.
func listen(path string) (l *net.UnixListener, remove func() error, err error) {
	name, err := beside(path)
	if err != nil {
		return nil, nil, err
	}
	old, err := readRecord(name)
	if err != nil {
		return nil, nil, err
	}
	if old != "" {
		forget(old)
	}
	near, err := os.MkdirTemp(filepath.Dir(name), ".akin-")
	if err != nil {
		return nil, nil, err
	}
	defer os.Remove(near) // it is empty again
	made := filepath.Join(near, "s")
	if len(name) <= maxAddress && len(made) <= maxAddress {
		if l, err = bind(made); err != nil {
			return nil, nil, err
		}
		if err := os.Rename(made, name); err != nil {
			return nil, nil, errors.Join(err, l.Close(), os.Remove(made))
		}
		return l, func() error { return os.Remove(name) }, nil
	}
	dir, err := os.MkdirTemp(shortDir(), "akin-")
	if err != nil {
		return nil, nil, err
	}
	at := filepath.Join(dir, "s")
	if l, err = bind(at); err != nil {
		return nil, nil, errors.Join(err, os.Remove(dir))
	}
	err = os.WriteFile(made, []byte(recordPrefix+at+"\n"), 0o600)
	if err == nil {
		err = os.Rename(made, name)
	}
	if err != nil {
		_ = os.Remove(made) // it may not be there
		return nil, nil, errors.Join(err, l.Close(), os.Remove(at), os.Remove(dir))
	}
	return l, func() error { return errors.Join(os.Remove(name), os.Remove(at), os.Remove(dir)) }, nil
}

func bind(name string) (*net.UnixListener, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it is renamed
	if err := os.Chmod(name, 0o600); err != nil && runtime.GOOS != "windows" {
		return nil, errors.Join(err, l.Close(), os.Remove(name))
	}
	return l, nil
}

// forget removes a socket in a folder of its own that a killed process left.
func forget(at string) {
	if filepath.Base(at) != "s" || !strings.HasPrefix(filepath.Base(filepath.Dir(at)), "akin-") {
		return
	}
	if info, err := os.Lstat(at); err == nil && info.Mode()&fs.ModeSocket != 0 {
		_ = os.Remove(at)               // others may have
		_ = os.Remove(filepath.Dir(at)) // unless something else is in it
	}
}

// shortDir returns a folder for temporary files whose name leaves room for that
// of a socket.
func shortDir() string {
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()} {
		if info, err := os.Stat(dir); dir != "" && len(dir) < maxAddress-32 && err == nil && info.IsDir() {
			return dir
		}
	}
	if runtime.GOOS == "windows" {
		return os.TempDir()
	}
	return "/tmp"
}
