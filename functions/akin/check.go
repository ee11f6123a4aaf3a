package akin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"akin/infra/bolt"
	"akin/infra/remote"
)

type checkCommand struct {
	Repair bool `help:"Make anew what other rows tell, and withdraw items whose record is lost, so that they can be published again."`
}

func (checkCommand) Help() string {
	return `Reads every page of the file, and all rows of items, topics, decisions and lists, and says what is damaged and what does not
fit: what is lost, and what can be made anew. Applies waiting changes, compares each item with every other, and checks every
stored list against the result. Prints exact: N lists, or each difference. The time grows with the square of the number of items.

A damaged file is read as far as it is sound. With --repair, what is sound is written into a new file in its place, and the
damaged one is kept beside it under another name. End akin serve before that.

Examples:
  akin check
  akin check --repair && akin reindex`
}

func (c *checkCommand) Run(ctx context.Context, p *program) error {
	damaged, done, err := c.file(ctx, p)
	if err != nil {
		return err
	}
	defer done()
	if c.Repair {
		return p.withStore(ctx, false, func(e *opened) error { return c.repair(ctx, p, e) })
	}
	return p.withView(ctx, true, func(e *opened) error {
		bar := p.progress()
		// What is damaged is told even where the lists cannot be compared for it.
		differences, n, err := e.indexer.Check(ctx, bar.at)
		bar.end()
		damage, walked := e.indexer.Walk(ctx)
		if walked != nil {
			return errors.Join(err, walked)
		}
		for _, d := range differences {
			fmt.Fprintln(p.stdout, d)
		}
		for _, d := range damage {
			fmt.Fprintln(p.stdout, d)
		}
		switch {
		case damaged+len(damage) > 0:
			found := count(damaged+len(damage), "place") + " of damage"
			if len(differences) > 0 {
				found += " and " + count(len(differences), "difference") + " in " + count(n, "list")
			}
			return errors.Join(fmt.Errorf("check: %s; akin check --repair and akin reindex make anew what can be", found), err)
		case err != nil:
			return err
		case len(differences) > 0:
			return fmt.Errorf("check: %s in %s; akin reindex makes them anew", count(len(differences), "difference"), count(n, "list"))
		}
		fmt.Fprintf(p.stdout, "exact: %d lists\n", n)
		return nil
	})
}

// file looks through the file of the store, prints what is wrong with it, and
// returns how much that is. If it is anything, p then works on what is sound of
// it: in the place of the file with --repair, otherwise in a file of its own,
// until done is called.
func (c *checkCommand) file(ctx context.Context, p *program) (damaged int, done func(), err error) {
	if strings.Contains(p.storeName, "://") {
		return 0, func() {}, nil
	}
	path, served, drop, err := p.still(ctx)
	if err != nil {
		return 0, drop, err
	}
	bar := p.progress()
	problems, err := bolt.Verify(ctx, path, func(done, total int) { bar.at("reading pages", done, total) })
	bar.end()
	if err != nil || len(problems) == 0 {
		drop()
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: %w", p.storeName, errNoStore)
		}
		return 0, func() {}, err
	}
	for _, what := range problems {
		fmt.Fprintf(p.stdout, "%s: %s\n", p.storeName, what)
	}
	if c.Repair && served {
		drop()
		return 0, func() {}, fmt.Errorf("check: %s of damage in the file; end akin serve, and repair it then", count(len(problems), "place"))
	}
	folder, err := os.MkdirTemp(filepath.Dir(p.storeName), ".akin-check-*")
	if err != nil {
		drop()
		return 0, func() {}, err
	}
	end := func() {
		drop()
		_ = os.RemoveAll(folder) // which nobody needs
	}
	if err := c.salvage(ctx, p, path, folder); err != nil {
		end()
		return 0, func() {}, err
	}
	return len(problems), end, nil
}

// salvage puts what is sound of a file into another one, in folder or in its
// place, which p then works on.
func (c *checkCommand) salvage(ctx context.Context, p *program, path, folder string) error {
	sound := filepath.Join(folder, filepath.Base(p.storeName))
	rows, err := bolt.Salvage(ctx, path, sound)
	switch {
	case err != nil:
		return err
	case rows == 0:
		return fmt.Errorf("%s: nothing can be read; restore a backup", p.storeName)
	case !c.Repair:
		p.storeName = sound
		return nil
	}
	kept, err := bolt.Replace(p.storeName, sound)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "repaired: %s is written anew with %s; what was there is %s\n", p.storeName, count(rows, "row"), kept)
	return nil
}

// still returns the path of the store's file, or of a copy of it if another
// process serves it, until done is called.
func (p *program) still(ctx context.Context) (path string, served bool, done func(), err error) {
	done = func() {}
	s, err := p.dial(ctx)
	if errors.Is(err, remote.ErrNotServed) {
		return p.storeName, false, done, nil
	}
	if err != nil {
		return "", false, done, err
	}
	if err := s.Close(); err != nil {
		return "", true, done, err
	}
	f, err := os.CreateTemp(filepath.Dir(p.storeName), ".akin-check-*")
	if err != nil {
		return "", true, done, err
	}
	done = func() { _ = os.Remove(f.Name()) }
	_, err = p.backup(ctx, io.Writer(f))
	if err = errors.Join(err, f.Close()); err != nil {
		done()
		return "", true, func() {}, err
	}
	return f.Name(), true, done, nil
}

// repair makes anew what is damaged, and says what it did and what is left.
func (c *checkCommand) repair(ctx context.Context, p *program, e *opened) error {
	repaired, left, err := e.indexer.Repair(ctx)
	for _, d := range repaired {
		fmt.Fprintf(p.stdout, "repaired: %s\n", d.What)
	}
	if err != nil {
		return err
	}
	for _, d := range left {
		fmt.Fprintln(p.stdout, d)
	}
	fmt.Fprintf(p.stdout, "%s repaired, %d left; akin check compares the lists\n", count(len(repaired), "place"), len(left))
	if len(left) > 0 {
		return errReported
	}
	return nil
}
