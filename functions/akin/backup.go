package akin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"akin/infra/bolt"
)

type backupCommand struct {
	File string `arg:"" help:"File to write; it must not exist yet."`
}

func (backupCommand) Help() string {
	return `The copy shows the store as it is at one moment, and can itself be used as --store. A store that is being served
stays open to reads and writes meanwhile: the server makes the copy, through the socket beside the store.

Example:
  akin backup akin-$(date +%F).db`
}

// A backuper is a store that can copy itself.
type backuper interface {
	Backup(w io.Writer) (int64, error)
}

func (c *backupCommand) Run(ctx context.Context, p *program) error {
	if _, err := os.Lstat(c.File); err == nil {
		return fmt.Errorf("%s: exists already; name another file", c.File)
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

// backup copies the store to w.
func (p *program) backup(ctx context.Context, w io.Writer) (int64, error) {
	s, err := p.openStore(ctx, false)
	if bolt.Unwritable(err) {
		s, err = p.openReadOnly(ctx, err)
	}
	if err != nil {
		return 0, err
	}
	b, ok := s.(backuper)
	if !ok {
		return 0, errors.Join(fmt.Errorf("%s: is backed up by AWS; see on-demand backups and point-in-time recovery of DynamoDB", p.storeName), s.Close())
	}
	end := context.AfterFunc(ctx, func() { _ = s.Close() }) // which cuts the copy off
	n, err := b.Backup(w)
	if !end() {
		return n, ctx.Err()
	}
	return n, errors.Join(err, s.Close())
}
