package pages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"akin/recommend"
)

// Export hands every page, feed and the widget to write, as files of a folder,
// from several goroutines at once: index.html, topics.html, topics/SLUG.html, items/ID.html,
// items/ID/related.html for frames, feeds, and the same in the
// other languages of c below es/ and so on.
// Links are relative, so the folder works from anywhere, also from a disk.
// Later pages of a section are topics/SLUG/SECTION-2.html and so on. Slugs are
// percent-encoded. Search and Editors of c do not count; with
// Public the pages name their whole addresses and there is a sitemap.
//
// The same items give the same bytes.
func Export(ctx context.Context, c Config, write func(name string, b []byte) error) error {
	p, err := New(Config{Reader: &exportReader{Reader: c.Reader}, Name: c.Name, Site: c.Site, Public: c.Public, OwnPages: c.OwnPages, Languages: c.Languages, Pictures: c.Pictures, Now: c.Now})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	e := &exporter{Pages: p, writeFile: write}
	if err := e.run(ctx); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// An exportReader reads the topics once for all pages.
type exportReader struct {
	Reader
	mu     sync.Mutex
	topics []recommend.Topic
}

// Topics returns all topics, as they were when it was first called.
func (r *exportReader) Topics(ctx context.Context) ([]recommend.Topic, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.topics == nil {
		topics, err := r.Reader.Topics(ctx)
		if err != nil {
			return nil, err
		}
		r.topics = topics
	}
	return r.topics, nil
}

// A staticPage is a page on its way into a file.
type staticPage struct {
	file    string // of the page, slashes
	origin  string // of the folder, if it is known
	section string // that is not at its first page
	number  int    // of that section's page, from 2
	at      string // its cursor

	first    string    // language by default
	pictures *sync.Map // names of those that the program carries and pages show, of all pages

	mu   sync.Mutex
	next map[string]string // section: cursor of the page after
}

// cursor returns the place of a section on this page.
func (s *staticPage) cursor(section string) string {
	if section == s.section {
		return s.at
	}
	return ""
}

// pager returns the numbers of the pages before and after, as Here takes them,
// and remembers where the one after begins.
func (s *staticPage) pager(section string, l *recommend.Listing) (newer, older string) {
	n := 1
	if section == s.section {
		n = s.number
		newer = strconv.Itoa(n - 1)
	}
	if l.NextCursor != "" {
		s.mu.Lock()
		s.next[section] = l.NextCursor
		s.mu.Unlock()
		older = strconv.Itoa(n + 1)
	}
	return newer, older
}

// link returns the way from this file to the one of an address of the site.
func (s *staticPage) link(href string) string {
	u, err := url.Parse(href)
	if err != nil {
		return href
	}
	up := strings.Repeat("../", strings.Count(s.file, "/"))
	out := up + (&url.URL{Path: fileOf(u, s.first)}).EscapedPath()
	if u.Fragment != "" {
		out += "#" + u.EscapedFragment()
	}
	return out
}

// absolute makes a link whole if it is known where the folder will be.
func (s *staticPage) absolute(link string) string {
	if s.origin == "" {
		return link
	}
	base, err := url.Parse(s.origin + "/" + (&url.URL{Path: s.file}).EscapedPath())
	if err != nil {
		return link
	}
	ref, err := base.Parse(link)
	if err != nil {
		return link
	}
	return ref.String()
}

const maxSegment = 255 - len(".html") // bytes of a file's name without its ending

// fileOf returns the file of an address of the site. Pages in first, the language by
// default, are at the top of the folder.
func fileOf(u *url.URL, first string) string {
	name := strings.TrimPrefix(u.EscapedPath(), "/")
	if parts := strings.Split(name, "/"); len(parts) > 1 && len(parts[1]) > maxSegment {
		parts[1] = unescape(parts[1]) // a slug is short enough as it stands
		name = strings.Join(parts, "/")
	}
	if strings.HasPrefix(name, "assets/") || strings.HasPrefix("/"+name, picturePath) {
		return name
	}
	place, page := "", false
	for k, v := range u.Query() {
		if section, ok := strings.CutPrefix(k, cursorParam); ok && v[0] != "1" {
			place, page = section+"-"+v[0]+".html", true
		}
	}
	switch ext := path.Ext(name); {
	case page && name == "topics": // topics/topics-2.html would be a topic's
		name = place
	case page:
		name = path.Join(name, place)
	case name == "":
		name = "index.html"
	case strings.Count(name, "/") != 1 && (ext == ".xml" || ext == ".json"): // a feed
	default:
		name += ".html"
	}
	if lang := u.Query().Get("lang"); lang != "" && lang != first {
		name = lang + "/" + name
	}
	return name
}

// An exporter writes pages into a folder.
type exporter struct {
	*Pages
	writeFile func(name string, b []byte) error // its name has slashes

	shown sync.Map // as a [staticPage] has it

	mu   sync.Mutex
	urls []sitemapURL // of pages, if it is known where they will be
}

func (e *exporter) run(ctx context.Context) error {
	for name, a := range e.assets {
		if name == "editor.css" || name == "draft.js" { // no page for readers has them
			continue
		}
		if name == "widget.js" {
			if err := e.writeFile(name, a.body); err != nil {
				return err
			}
			continue
		}
		if err := e.writeFile("assets/"+name, a.body); err != nil {
			return err
		}
	}
	topics, err := e.Reader.Topics(ctx)
	if err != nil {
		return err
	}
	var ids []string
	q := recommend.ListQuery{Limit: 100, Ungrouped: true}
	for more := true; more; more = q.Cursor != "" {
		l, err := e.Reader.Listing(ctx, "", q)
		if err != nil {
			return err
		}
		for _, c := range l.Items {
			ids = append(ids, c.ID)
		}
		q.Cursor = l.NextCursor
	}
	for _, lang := range e.offered() {
		if err := e.language(ctx, lang, topics, ids); err != nil {
			return err
		}
	}
	if err := e.pictures(); err != nil || e.Public == nil {
		return err
	}
	slices.SortFunc(e.urls, func(a, b sitemapURL) int { return strings.Compare(a.Loc, b.Loc) })
	urls := slices.CompactFunc(e.urls, func(a, b sitemapURL) bool { return a.Loc == b.Loc })
	parts := partSitemap(urls, sitemapMax, sitemapBytes)
	if len(parts) == 1 {
		return e.sitemap("sitemap.xml", urls)
	}
	name := func(n int) string { return fmt.Sprintf("sitemap-%d.xml", n) }
	for i, part := range parts {
		if err := e.sitemap(name(i+1), part); err != nil {
			return err
		}
	}
	b, err := marshalSitemapIndex(len(parts), func(n int) string { return e.Public.JoinPath(name(n)).String() })
	if err != nil {
		return err
	}
	return e.writeFile("sitemap.xml", b)
}

// sitemap writes one that lists pages.
func (e *exporter) sitemap(name string, urls []sitemapURL) error {
	b, err := marshalSitemap(urls)
	if err != nil {
		return err
	}
	return e.writeFile(name, b)
}

// pictures writes those that the program carries and pages show.
func (e *exporter) pictures() (err error) {
	e.shown.Range(func(name, _ any) bool {
		var b []byte
		if b, err = fs.ReadFile(e.Pictures, name.(string)); errors.Is(err, fs.ErrNotExist) {
			err = nil // pages show a calm field in its place
			return true
		}
		if err == nil {
			err = e.writeFile(strings.TrimPrefix(picturePath, "/")+name.(string), b)
		}
		return err == nil
	})
	return err
}

// language writes all pages of one language.
func (e *exporter) language(ctx context.Context, lang string, topics []recommend.Topic, ids []string) error {
	err := e.walk(lang, "/", "start", func(v *View) error { return e.startView(ctx, v) })
	if err != nil {
		return err
	}
	err = e.walk(lang, "/topics", "topics", func(v *View) error { return e.topicsView(ctx, v) })
	if err != nil {
		return err
	}
	if err := e.feeds(ctx, lang, "", ""); err != nil {
		return err
	}
	for _, t := range topics {
		at := "/topics/" + url.PathEscape(t.Slug)
		if err := e.walk(lang, at, "topic", func(v *View) error { _, err := e.topicView(ctx, v, t.Slug); return err }); err != nil {
			return fmt.Errorf("topic %q: %w", t.Slug, err)
		}
		if t.Kind == recommend.KindAbout {
			continue
		}
		if err := e.feeds(ctx, lang, at, t.Slug); err != nil {
			return fmt.Errorf("topic %q: %w", t.Slug, err)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, id := range ids {
		g.Go(func() error {
			if err := e.item(ctx, lang, id); err != nil {
				return fmt.Errorf("item %q: %w", id, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// item writes the pages of an item. One that went away meanwhile has none.
func (e *exporter) item(ctx context.Context, lang, id string) error {
	at := "/items/" + url.PathEscape(id)
	err := e.walk(lang, at, "item", func(v *View) error { return e.itemView(ctx, v, id) })
	if errors.Is(err, recommend.ErrNotFound) || errors.Is(err, recommend.ErrWithdrawn) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.walk(lang, at+"/related", "frame", func(v *View) error {
		body := relatedBody{Heading: v.T("related"), Level: 1, Layout: "list"}
		return e.relatedView(ctx, v, id, recommend.Query{}, body)
	})
}

// walk writes the page at an address, and the later pages of its sections.
func (e *exporter) walk(lang, at, template string, fill func(*View) error) error {
	first := e.view(lang, at, "", 1, "")
	if err := e.page(first, template, fill); err != nil {
		return err
	}
	for section, cursor := range first.static.next {
		for n := 2; cursor != ""; n++ {
			v := e.view(lang, at, section, n, cursor)
			if err := e.page(v, template, fill); err != nil {
				return err
			}
			cursor = v.static.next[section]
		}
	}
	return nil
}

func (e *exporter) page(v *View, template string, fill func(*View) error) error {
	if err := fill(v); err != nil {
		return err
	}
	v.NoIndex = v.static.number > 1
	if v.static.origin == "" {
		v.Canonical = ""
	} else if !v.NoIndex && template != "frame" && strings.HasPrefix(v.Canonical, v.static.origin+"/") {
		e.mu.Lock()
		e.urls = append(e.urls, sitemapURL{Loc: v.Canonical})
		e.mu.Unlock()
	}
	var b bytes.Buffer
	if err := e.execute(&b, template, v); err != nil {
		return err
	}
	return e.writeFile(v.static.file, b.Bytes())
}

// view begins the page of an address.
func (e *exporter) view(lang, at, section string, number int, cursor string) *View {
	v := &View{Site: e.Name, Kind: "website", Lang: lang, ChoseLang: true, pages: e.Pages, path: at, Params: url.Values{}}
	v.static = &staticPage{section: section, number: number, at: cursor, pictures: &e.shown, first: e.offered()[0], next: map[string]string{}}
	if e.Public != nil {
		v.origin = strings.TrimSuffix(e.Public.String(), "/")
		v.static.origin = v.origin
	}
	q := url.Values{"lang": {lang}}
	if number > 1 {
		q.Set(cursorParam+section, strconv.Itoa(number))
	}
	v.static.file = fileOf(&url.URL{Path: unescape(at), RawPath: at, RawQuery: q.Encode()}, v.static.first)
	v.alternates()
	return v
}

// unescape returns the path that was escaped.
func unescape(escaped string) string {
	s, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped
	}
	return s
}

func (e *exporter) feeds(ctx context.Context, lang, at, slug string) error {
	for _, k := range feedKinds {
		v := e.view(lang, at+"/"+k.file, "", 1, "")
		f, err := e.feed(ctx, v, slug)
		if err != nil {
			return err
		}
		b, err := k.write(f)
		if err != nil {
			return err
		}
		if err := e.writeFile(v.static.file, b); err != nil {
			return err
		}
	}
	return nil
}
