package akin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"akin/recommend/store"
)

type backupCommand struct {
	File string `arg:"" help:"File to write; it must not be there yet."`
}

func (backupCommand) Help() string {
	return `The copy is consistent, as the store is at one moment, and can be used as --store. A store that is being served
goes on being read and written meanwhile: the server makes the copy, by way of the socket beside the store.

Example:
  akin backup akin-$(date +%F).db`
}

// A backuper is a store that can copy itself.
type backuper interface {
	Backup(w io.Writer) (int64, error)
}

func (c *backupCommand) Run(ctx context.Context, p *program) error {
	if _, err := os.Lstat(c.File); err == nil {
		return fmt.Errorf("%s: is there already; name another file", c.File)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	n, err := c.write(func(w io.Writer) (int64, error) { return p.backup(ctx, w) })
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: %d bytes\n", c.File, n)
	return nil
}

// write gives the file its name once all of it is on the disk.
func (c *backupCommand) write(f func(io.Writer) (int64, error)) (n int64, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(c.File), ".akin-backup-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	n, err = f(tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(tmp.Name(), c.File)
}

// backup copies the store to w: from a server that has it open, or else from
// the file.
func (p *program) backup(ctx context.Context, w io.Writer) (int64, error) {
	if n, err := p.fetchBackup(ctx, w); !errors.Is(err, errNotServed) {
		return n, err
	}
	s, err := p.openStore(ctx, false)
	if err != nil {
		return 0, err
	}
	b, ok := s.(backuper)
	if !ok {
		return 0, errors.Join(fmt.Errorf("%s: is backed up by AWS; see on-demand backups and point-in-time recovery of DynamoDB", p.storeName), s.Close())
	}
	n, err := b.Backup(w)
	return n, errors.Join(err, s.Close())
}

var errNotServed = errors.New("not being served")

// socket is where a server of a store takes orders for copies.
func (p *program) socket() string { return p.storeName + ".sock" }

// fetchBackup copies the store to w from the server that has it open; if there
// is none the error is errNotServed.
func (p *program) fetchBackup(ctx context.Context, w io.Writer) (int64, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", p.socket())
	}
	probe, err := dial(ctx, "", "")
	if err != nil {
		return 0, errNotServed
	}
	_ = probe.Close() // it was only to see whether somebody answers
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://akin/backup", nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.socket(), err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: the server answers %s", p.socket(), resp.Status)
	}
	n, err := io.Copy(w, resp.Body) // an answer that is cut off is an error
	if err != nil {
		return n, fmt.Errorf("%s: the copy was cut off: %w", p.socket(), err)
	}
	return n, nil
}

// offerBackup makes copies of the store for akin backup, on a socket beside the
// store that only its owner may open, until the function that it returns is
// called. Where there can be no socket, the log says so and the rest works.
func (p *program) offerBackup(s store.Store) (end func()) {
	b, ok := s.(backuper)
	if !ok {
		return func() {}
	}
	// Whoever has the store open may remove the socket of one that had it.
	if err := os.Remove(p.socket()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.log.Warn("no backups while serving", "err", err)
		return func() {}
	}
	listener, err := net.Listen("unix", p.socket())
	if err != nil {
		p.log.Warn("no backups while serving", "err", err)
		return func() {}
	}
	if err := os.Chmod(p.socket(), 0o600); err != nil {
		p.log.Warn("no backups while serving", "err", errors.Join(err, listener.Close()))
		return func() {}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /backup", func(w http.ResponseWriter, _ *http.Request) {
		if n, err := b.Backup(w); err != nil {
			p.log.Error("backup failed", "bytes", n, "err", err)
			panic(http.ErrAbortHandler) // so that the other side sees that it is not whole
		}
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }() // ends with Close
	return func() { _ = server.Close() }
}
