package akin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"akin/functions/web/pages"
	"akin/recommend"
)

type exportCommand struct {
	Dir   string `arg:"" help:"Folder to write to; made if it does not exist."`
	Limit int    `help:"Most entries of a related list, 1 to 50." default:"6"`
	Force bool   `help:"Write into a folder that is not empty."`

	Site   string `help:"Address of the website, to which the relative addresses of items belong, in place of the one in the settings." placeholder:"URL"`
	Name   string `help:"Name of the website, shown on the pages, in place of the one in the settings; akin unless either gives it." placeholder:"NAME"`
	Words  string `help:"Folder of words of your own for the pages, LANG.json each." placeholder:"DIR" type:"existingdir"`
	Public string `help:"Address at which the folder will be published, for canonical addresses and the sitemap." placeholder:"URL"`
}

func (exportCommand) Help() string {
	return `Writes the whole site as files with relative links: index.html, a page for each topic and item in English and
Spanish, feeds and the widget. Beside the pages are items/ID.json, the related list of each item that may be shown,
and topics/SLUG.json, each topic with all of its items. Names are percent-encoded as in addresses; a slug too long for
that stays as it is. The same items and settings give the same bytes, whatever the time or the order of imports.

Example:
  akin export public/related`
}

// An exportedList is a related answer without what changes though the list does
// not.
type exportedList struct {
	Item         string                  `json:"item"`
	Translations []recommend.Translation `json:"translations,omitempty"`
	Related      []recommend.Entry       `json:"related"`
}

type exportedTopic struct {
	recommend.Topic
	Items []recommend.Card `json:"items"`
}

func (c *exportCommand) Run(ctx context.Context, p *program) error {
	if c.Limit < 1 || c.Limit > 50 {
		return &usageError{fmt.Sprintf("--limit %d: want 1 to 50", c.Limit)}
	}
	if err := ownWords(c.Words); err != nil {
		return err
	}
	site, err := siteAddress("--site", c.Site)
	if err != nil {
		return err
	}
	public, err := siteAddress("--public", c.Public)
	if err != nil {
		return err
	}
	p.site = c.Site
	return p.withView(ctx, true, func(e *opened) error {
		if err := c.prepare(); err != nil {
			return err
		}
		said, err := e.chosen.Site(ctx)
		if err != nil {
			return err
		}
		if site == nil {
			if site, err = siteAddress("address", said.Address); err != nil {
				return err
			}
		}
		items, err := c.items(ctx, p, e)
		if err != nil {
			return err
		}
		topics, err := c.topics(ctx, e)
		if err != nil {
			return err
		}
		config := pages.Config{
			Reader: e.reader, Name: cmp.Or(c.Name, said.Name), Site: site, Public: public,
			OwnPages: said.OwnPages > 0, Languages: said.Settings.Languages,
		}
		if err := pages.Export(ctx, config, c.Dir); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%s: %s, %s\n", c.Dir, count(items, "list"), count(topics, "topic"))
		return nil
	})
}

// prepare makes the folders. One that holds something is an error.
func (c *exportCommand) prepare() error {
	entries, err := os.ReadDir(c.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case len(entries) > 0 && !c.Force:
		return fmt.Errorf("%s: is not empty; name another folder, or give --force to write over what is there", c.Dir)
	}
	for _, sub := range []string{"items", "topics"} {
		if err := os.MkdirAll(filepath.Join(c.Dir, sub), 0o777); err != nil {
			return err
		}
	}
	return nil
}

// items writes the lists on all cores and returns how many there are.
func (c *exportCommand) items(ctx context.Context, p *program, e *opened) (int, error) {
	if _, err := e.indexer.CatchUp(ctx); err != nil {
		return 0, err
	}
	status, err := e.reader.Status(ctx)
	if err != nil {
		return 0, err
	}
	bar := p.progress()
	defer bar.end()
	var written atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	for it, err := range e.reader.All(gctx) {
		if err != nil {
			return 0, errors.Join(g.Wait(), err)
		}
		g.Go(func() error {
			r, err := e.reader.Related(gctx, it.ID, recommend.Query{Limit: c.Limit})
			if errors.Is(err, recommend.ErrNotFound) || errors.Is(err, recommend.ErrWithdrawn) {
				return nil // embargoed, or gone meanwhile
			}
			if err != nil {
				return err
			}
			bar.at("exporting", int(written.Add(1)), status.Items)
			return c.write("items", r.Item, exportedList{r.Item, r.Translations, r.Related})
		})
	}
	err = g.Wait()
	return int(written.Load()), err
}

func (c *exportCommand) topics(ctx context.Context, e *opened) (int, error) {
	topics, err := e.reader.Topics(ctx)
	if err != nil {
		return 0, err
	}
	if topics, err = e.reader.Showable(ctx, topics...); err != nil {
		return 0, err
	}
	for _, t := range topics {
		l, err := listAll(ctx, e.reader, t.Slug, recommend.ListQuery{}, 0)
		if err != nil {
			return 0, err
		}
		if err := c.write("topics", t.Slug, exportedTopic{t, l.Items}); err != nil {
			return 0, err
		}
	}
	return len(topics), nil
}

// maxName is the longest name of a file, in bytes.
const maxName = 255

func (c *exportCommand) write(folder, name string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("%s %q: %w", folder, name, err)
	}
	file := url.PathEscape(name) + ".json"
	if len(file) > maxName {
		file = name + ".json"
	}
	return os.WriteFile(filepath.Join(c.Dir, folder, file), b.Bytes(), 0o666)
}
