package akin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"akin/functions/web/pages"
	"akin/recommend"
)

type exportCommand struct {
	Dir    string `arg:"" help:"Folder to write to; made if it does not exist."`
	Limit  int    `help:"Most entries of a related list, 1 to 50." default:"6"`
	Force  bool   `help:"Write into a folder that holds other files too."`
	Data   bool   `help:"Write only the data, for a site generator: items/ID.json and topics/SLUG.json."`
	Single bool   `help:"With --data: write one file, related.json, in their place."`

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

Exported again into the same folder, akin writes what changed, deletes what is gone, and prints the path of each, so that
a site is built or purged just there. It leaves files alone that it did not write.

Examples:
  akin export public/related
  akin export content/data/akin --data --single`
}

// A widgetList is what the widget reads, which resolves relative addresses itself.
type widgetList struct {
	recommend.PublicList
	Site string `json:"site,omitempty"`
}

func (c *exportCommand) Run(ctx context.Context, p *program) error {
	if c.Single && !c.Data {
		return &usageError{"--single goes with --data"}
	}
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
	p.site, p.headAge = c.Site, serveHeadAge // topics are not read again for every page
	return p.withView(ctx, true, func(e *opened) error {
		out, err := openFolder(c.Dir, c.Force)
		if err != nil {
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
		d := &dataWriter{write: out.write, widget: !c.Data}
		if c.Single {
			d.addresses = map[string]string{}
			d.all = &exportedSite{Items: map[string]recommend.PublicList{}, Topics: map[string]recommend.PublicTopic{}}
		}
		if err := c.data(ctx, p, e, d); err != nil {
			return err
		}
		if !c.Data {
			config := pages.Config{
				Reader: e.reader, Name: cmp.Or(c.Name, said.Name), Site: site, Public: public,
				OwnPages: said.OwnPages > 0, Languages: said.Settings.Languages,
			}
			if err := pages.Export(ctx, config, out.write); err != nil {
				return err
			}
		}
		written, deleted, err := out.close()
		if err != nil {
			return err
		}
		if out.again {
			for _, name := range written {
				fmt.Fprintln(p.stdout, "written", name)
			}
			for _, name := range deleted {
				fmt.Fprintln(p.stdout, "deleted", name)
			}
		}
		fmt.Fprintf(p.stdout, "%s: %s, %s\n", c.Dir, count(int(d.items.Load()), "list"), count(d.topics, "topic"))
		return nil
	})
}

// An exportedSite is all data in one file.
type exportedSite struct {
	Pages  map[string]string                `json:"pages"` // the item of each page: by path, or by whole address at another host than most
	Items  map[string]recommend.PublicList  `json:"items"`
	Topics map[string]recommend.PublicTopic `json:"topics"`
}

// pagesOf returns the items by the paths of their addresses, as a site generator knows a
// page. Those at another host than most are by the whole address.
func pagesOf(addresses map[string]string) map[string]string {
	parsed := map[string]*url.URL{}
	hosts := map[string]int{}
	for id, address := range addresses {
		if u, err := url.Parse(address); err == nil {
			parsed[id] = u
			hosts[u.Host]++
		}
	}
	most := ""
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		if most == "" || hosts[host] > hosts[most] {
			most = host
		}
	}
	pages := map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(parsed)) {
		u, page := parsed[id], addresses[id]
		if u.Host == "" || u.Host == most {
			page = (&url.URL{Path: cmp.Or(u.Path, "/"), RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
		}
		pages[page] = id
	}
	return pages
}

// A dataWriter writes lists and topics, each into a file or all into one.
type dataWriter struct {
	write  func(name string, b []byte) error
	widget bool // lists are also where the exported widget asks for them
	items  atomic.Int64
	topics int

	mu  sync.Mutex
	all *exportedSite // nil: a file each

	addresses map[string]string // by id, if all go into one file
}

func (c *exportCommand) data(ctx context.Context, p *program, e *opened, d *dataWriter) error {
	if err := c.items(ctx, p, e, d); err != nil {
		return err
	}
	if err := c.topics(ctx, e, d); err != nil {
		return err
	}
	if d.all == nil {
		return nil
	}
	d.all.Pages = pagesOf(d.addresses)
	return d.file("related.json", d.all)
}

// items writes the lists on all cores.
func (c *exportCommand) items(ctx context.Context, p *program, e *opened, d *dataWriter) error {
	if _, err := e.indexer.CatchUp(ctx); err != nil {
		return err
	}
	status, err := e.reader.Status(ctx)
	if err != nil {
		return err
	}
	bar := p.progress()
	defer bar.end()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	for it, err := range e.reader.All(gctx) {
		if err != nil {
			return errors.Join(g.Wait(), err)
		}
		g.Go(func() error {
			r, err := e.reader.Related(gctx, it.ID, recommend.Query{Limit: c.Limit})
			if errors.Is(err, recommend.ErrNotFound) || errors.Is(err, recommend.ErrWithdrawn) {
				return nil // embargoed, or gone meanwhile
			}
			if err != nil {
				return err
			}
			bar.at("exporting", int(d.items.Add(1)), status.Items)
			l := r.Public()
			if d.widget {
				if err := d.file("v1/items/"+r.Item+"/related", widgetList{l, r.Site}); err != nil {
					return err
				}
			}
			return d.item(l, it.URL)
		})
	}
	return g.Wait()
}

func (c *exportCommand) topics(ctx context.Context, e *opened, d *dataWriter) error {
	topics, err := e.reader.Topics(ctx)
	if err != nil {
		return err
	}
	if topics, err = e.reader.Showable(ctx, topics...); err != nil {
		return err
	}
	for _, t := range topics {
		l, err := listAll(ctx, e.reader, t.Slug, recommend.ListQuery{}, 0)
		if err != nil {
			return err
		}
		if err := d.topic(recommend.PublicTopic{Topic: t, Items: l.Items}); err != nil {
			return err
		}
	}
	d.topics = len(topics)
	return nil
}

func (d *dataWriter) item(l recommend.PublicList, address string) error {
	if d.all == nil {
		return d.file(fileName("items", l.Item), l)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all.Items[l.Item] = l
	if address != "" {
		d.addresses[l.Item] = address
	}
	return nil
}

func (d *dataWriter) topic(t recommend.PublicTopic) error {
	if d.all == nil {
		return d.file(fileName("topics", t.Slug), t)
	}
	d.all.Topics[t.Slug] = t
	return nil
}

// maxName is the longest name of a file, in bytes.
const maxName = 255

// fileName returns the file of an item or topic, whose name is percent-encoded
// unless that is too long.
func fileName(folder, name string) string {
	file := url.PathEscape(name) + ".json"
	if len(file) > maxName {
		file = name + ".json"
	}
	return folder + "/" + file
}

func (d *dataWriter) file(name string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return d.write(name, b.Bytes())
}
