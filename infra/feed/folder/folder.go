package folder

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"akin/infra/feed/entry"
	"akin/recommend"
	"akin/recommend/text"
)

// maxFile is the size, in bytes, up to which a file is read; what is behind
// that is left out of its text.
const maxFile = 4 << 20

// What is left out beside the kinds that all readers have.
var (
	noFront   = entry.Kind{One: "file without front matter left out", Many: "files without front matter left out"}
	noFormat  = entry.Kind{One: "file of a format that is not read left out", Many: "files of formats that are not read left out"}
	noSection = entry.Kind{One: "page of a section left out", Many: "pages of sections left out"}
	linkedOut = entry.Kind{One: "link to another place not followed", Many: "links to other places not followed"}
	longFile  = entry.Kind{One: "long file was cut", Many: "long files were cut"}
)

// Tell says whether the file of that name may be one of such a folder.
func Tell(name string) bool { return isMarkdown(strings.ToLower(path.Ext(filepath.ToSlash(name)))) }

// Read hands out the works of the folder, or of the one file, that o.Name
// names. Works in the site's own language come before those in others, so that
// they are the originals of translations. It reads no input.
func Read(ctx context.Context, _ *entry.Input, o entry.Options) iter.Seq[entry.Found] {
	return func(yield func(entry.Found) bool) {
		w, err := open(o)
		if err != nil {
			yield(entry.Found{Err: entry.Wrong("folder", "%v", err), Cut: true})
			return
		}
		defer w.site.root.Close()
		w.ctx, w.yield = ctx, yield
		w.all()
	}
}

// A site is what the configuration says, or nothing of it.
type site struct {
	root   *os.Root
	config fields
	base   string // its address without a slash at the end, or only the path of it; may be empty
	lang   string // of works that say none; may be empty
	zone   *time.Location
}

// A page is one file.
type page struct {
	file  string // below the root, with slashes
	ext   string // in lower case, with its dot
	front fields // never nil
	has   bool   // front matter
	body  []byte
}

// name is the file's name without its extension.
func (p *page) name() string { return strings.TrimSuffix(path.Base(p.file), path.Ext(p.file)) }

// A work is what a generator makes of a page.
type work struct {
	link    string // its path in the site, or a whole address
	lang    string
	group   string // translations of one work share it
	second  bool   // it is none in the site's own language
	kind    string // name of its section or collection
	date    string // that its file's name says
	topics  []string
	status  entry.Status
	shown   bool        // also ahead of its date
	skip    *entry.Kind // it is not a work
	aliases []string
	former  string // what relative aliases are beside
	excerpt string // what parts the summary from the rest
}

// A generator knows what becomes of the files of a site.
type generator interface {
	// folders returns where the works are, below the root; "." is all of it.
	folders() []string
	// enter says whether there may be works in a folder.
	enter(dir string) bool
	// takes says whether a file may be a work, by its name.
	takes(file string) bool
	// place says what becomes of a page. It may add to its front matter.
	place(p *page) (*work, error)
}

// A walker reads the files of a site.
type walker struct {
	ctx   context.Context
	o     entry.Options
	yield func(entry.Found) bool
	site  *site
	gen   generator
	start string // what was named, below the root
	whole bool   // it is a folder
	later []string
	found int // works, also those left out
	named map[string]string
	terms []recommend.Topic
	ended bool
}

// open finds the root of the site and its generator.
func open(o entry.Options) (*walker, error) {
	named, err := filepath.Abs(o.Name)
	if err != nil {
		return nil, err
	}
	if named, err = filepath.EvalSymlinks(named); err != nil {
		return nil, err
	}
	info, err := os.Stat(named)
	if err != nil {
		return nil, err
	}
	dir := named
	if !info.IsDir() {
		dir = filepath.Dir(named)
	}
	s, gen, err := find(dir)
	if err != nil {
		return nil, err
	}
	start, err := filepath.Rel(s.root.Name(), named)
	if err != nil {
		s.root.Close()
		return nil, err
	}
	w := &walker{o: o, site: s, gen: gen, start: filepath.ToSlash(start), whole: info.IsDir(), named: map[string]string{}}
	w.o.Zone = cmp.Or(s.zone, o.Zone)
	return w, nil
}

// all reads the files.
func (w *walker) all() {
	for _, dir := range w.starts() {
		if w.walk(dir); w.ended {
			return
		}
	}
	later := w.later
	w.later = nil
	for _, file := range later {
		if w.ctx.Err() != nil {
			w.stop(w.ctx.Err())
			return
		}
		if !w.file(file, true) {
			return
		}
	}
	for _, t := range w.terms {
		if slug, ok := w.named[hugoPath(t.Slug)]; ok {
			t.Slug = slug
			if t.Validate() == nil && !w.yield(entry.Found{Topic: &t}) {
				return
			}
		}
	}
	if w.found == 0 {
		w.yield(entry.Found{Err: entry.Wrong("folder", "has no pages with front matter; name the folder of a site of Hugo, Jekyll, Eleventy or Astro, or files"), Cut: true})
	}
}

// starts returns where to look: where the generator has works and in what was
// named.
func (w *walker) starts() []string {
	var dirs []string
	for _, dir := range w.gen.folders() {
		switch {
		case within(w.start, dir):
			dirs = append(dirs, w.start)
		case within(dir, w.start):
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	return slices.DeleteFunc(dirs, func(dir string) bool {
		return slices.ContainsFunc(dirs, func(other string) bool { return other != dir && within(dir, other) })
	})
}

// within says whether a path is dir or below it.
func within(p, dir string) bool {
	return dir == "." || p == dir || strings.HasPrefix(p, dir+"/")
}

func (w *walker) stop(err error) {
	w.ended = true
	w.yield(entry.Found{Err: entry.Wrong("folder", "%v", err), Cut: true})
}

func (w *walker) walk(dir string) {
	err := fs.WalkDir(w.site.root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case w.ctx.Err() != nil:
			return w.ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			if !w.fail(name, 0, err) {
				return fs.SkipAll
			}
			return nil
		case d.IsDir():
			if name != dir && (skipped(name) || !w.gen.enter(name)) {
				return fs.SkipDir
			}
			if name == dir {
				w.gen.enter(name)
			}
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			info, err := w.site.root.Stat(name)
			if err != nil || !info.Mode().IsRegular() {
				if Tell(name) || err == nil && info.IsDir() || path.Ext(name) == "" {
					return w.notice(name, linkedOut)
				}
				return nil
			}
		case !d.Type().IsRegular():
			return nil
		}
		if !w.gen.takes(name) {
			if other(name) {
				return w.notice(name, noFormat)
			}
			return nil
		}
		if !w.file(name, false) {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		w.stop(err)
	}
}

// skipped says whether a folder is one that no generator reads works from.
func skipped(dir string) bool {
	name := path.Base(dir)
	return strings.HasPrefix(name, ".") && name != "." || name == "node_modules" || name == "bower_components"
}

// other says whether a file holds texts in a format that is not read here.
func other(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".adoc", ".asciidoc", ".rst", ".org", ".textile", ".pandoc", ".ipynb", ".pug", ".haml":
		return true
	}
	return false
}

func (w *walker) notice(file string, k entry.Kind) error {
	if !w.yield(entry.Found{File: w.shown(file), Line: 1, Notice: &entry.Notice{Kind: k}}) {
		w.ended = true
		return fs.SkipAll
	}
	return nil
}

func (w *walker) fail(file string, line int, err error) bool {
	w.found++
	if !w.yield(entry.Found{File: w.shown(file), Line: line, Err: err}) {
		w.ended = true
	}
	return !w.ended
}

// shown names a file below what was named; "" if that is the file.
func (w *walker) shown(file string) string {
	if file == w.start {
		return ""
	}
	if rest, ok := strings.CutPrefix(file, w.start+"/"); ok {
		return rest
	}
	return file
}

// file hands out the work that a file holds. One in another language than the
// site's is left for later, unless it is.
func (w *walker) file(name string, later bool) bool {
	p, long, err := w.read(name)
	if err != nil {
		var f *faulty
		line := 0
		if errors.As(err, &f) {
			line = f.line
			err = entry.Wrong("front matter", "%s", f.reason)
		}
		return w.fail(name, line, err)
	}
	made, err := w.gen.place(p)
	if err != nil {
		return w.fail(name, 1, err)
	}
	if made.skip != nil {
		if made.skip == &noSection {
			w.found++
			w.term(p, made)
		}
		return w.notice(name, *made.skip) == nil
	}
	w.found++
	if made.second && !later && w.whole {
		w.later = append(w.later, name)
		return true
	}
	if long && w.notice(name, longFile) != nil {
		return false
	}
	e := w.entry(p, made)
	for _, t := range e.Topics {
		if key := hugoPath(t); w.named[key] == "" {
			w.named[key] = entry.Slug(t)
		}
	}
	if !w.yield(entry.Found{File: w.shown(name), Line: 1, Entry: e}) {
		w.ended = true
	}
	return !w.ended
}

// term keeps the title and the text of a taxonomy's page for the topic.
func (w *walker) term(p *page, made *work) {
	if made.kind == "" || made.second {
		return
	}
	t := recommend.Topic{Slug: made.kind, Title: entry.Shorten(entry.PlainText(p.front.text("title")), recommend.MaxTitle)}
	if intro := strings.TrimSpace(text.DropCodes(string(p.body))); len(intro) <= recommend.MaxSummary {
		t.Introduction = intro
	}
	if t.Title != "" {
		w.terms = append(w.terms, t)
	}
}

// read reads a file; long says that it is cut.
func (w *walker) read(name string) (p *page, long bool, err error) {
	f, err := w.site.root.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, false, err
	}
	if long = len(data) > maxFile; long {
		data = data[:maxFile]
	}
	front, body, err := parseFront(data)
	if err != nil {
		return nil, false, err
	}
	p = &page{file: name, ext: strings.ToLower(path.Ext(name)), front: front, has: front != nil, body: bytes.TrimSpace(body)}
	if front == nil {
		p.front = fields{}
	}
	if params := p.front.below("params"); params != nil {
		p.front.fill(params)
	}
	return p, long, nil
}

// entry returns what the front matter and the text of a work say.
func (w *walker) entry(p *page, made *work) *entry.Entry {
	f := p.front
	e := &entry.Entry{
		Title:   f.text("title", "headline", "name"),
		Summary: f.text("description", "summary", "excerpt", "abstract", "standfirst", "lead", "seo.description"),
		Content: content(p.body, p.ext),
		Lang:    cmp.Or(made.lang, f.text("lang", "language", "locale"), w.site.lang),
		Topics:  made.topics,
		Authors: slices.Concat(w.people(f, "author"), w.people(f, "authors")),
		Updated: f.date(w.o, w.site.zone, "lastmod", "updated", "last_modified_at", "modified", "updateddate", "updated_at", "lastupdated"),
		Group:   made.group,
		Status:  cmp.Or(status(f, w.o, w.site.zone), made.status),
	}
	if e.Title == "" {
		e.Title = title(p.body)
	}
	if e.Summary == "" {
		e.Summary = beginning(p.body, made.excerpt, p.ext)
	}
	if kinds := f.list("types"); len(kinds) > 0 {
		e.Types = kinds
	} else if kind := cmp.Or(f.text("type"), made.kind); kind != "" {
		e.Types = []string{kind}
	}
	e.Link, e.ID = w.addresses(made.link)
	w.dates(e, f, made)
	w.images(e, p)
	for _, a := range made.aliases {
		if !strings.Contains(a, "://") && !strings.HasPrefix(a, "/") {
			a = path.Join(made.former, a)
			if !strings.HasPrefix(a, "/") {
				a = "/" + a
			}
		}
		link, _ := w.addresses(a)
		e.Aliases = append(e.Aliases, link)
	}
	return e
}

// addresses returns the address of a path in the site and the name of the work
// there, which does not depend on how the folder is read.
func (w *walker) addresses(link string) (address, id string) {
	if strings.Contains(link, "://") {
		return link, link
	}
	link = escaped("/" + strings.TrimLeft(link, "/"))
	id = w.site.base + link
	base, err := url.Parse(w.site.base)
	at, err2 := url.Parse(w.o.Site)
	if w.o.Site == "" || err != nil || err2 != nil {
		return id, id
	}
	return at.Scheme + "://" + at.Host + cmp.Or(base.EscapedPath(), strings.TrimRight(at.EscapedPath(), "/")) + link, id
}

// escaped returns a path as it stands in addresses; one that is escaped stays.
func escaped(link string) string {
	if plain, err := url.PathUnescape(link); err == nil && plain != link {
		return (&url.URL{Path: plain, RawPath: link}).EscapedPath()
	}
	return marks.Replace((&url.URL{Path: link}).EscapedPath())
}

// marks need no escaping, and generators leave them.
var marks = strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*")

// dates sets when a work was published and from when on it is seen. What the
// front matter dates later is not seen before, unless the generator shows it.
func (w *walker) dates(e *entry.Entry, f fields, made *work) {
	zone := w.site.zone
	published := f.date(w.o, zone, "publishdate", "publish_date", "pubdate", "published", "published_at", "publishedat")
	if _, truth := f.says("published"); truth && f.text("published") == published {
		published = f.date(w.o, zone, "publishdate", "publish_date", "pubdate", "published_at", "publishedat")
	}
	e.Published = cmp.Or(f.date(w.o, zone, "date"), made.date, published, f.date(w.o, zone, "created", "created_at", "createdat"))
	switch {
	case made.shown:
		const long = "2000-01-01" // past for everybody; the same at each reading
		if d, err := entry.ParseDate(e.Published, w.o.Order, w.o.Zone); err == nil && d.Instant().After(w.o.Time()) {
			e.Scheduled = long
		}
	case published != "" && published != e.Published:
		e.Scheduled = published
		if d, err := entry.ParseDate(published, w.o.Order, w.o.Zone); err == nil && !d.Instant().After(w.o.Time()) {
			if d, err := entry.ParseDate(e.Published, w.o.Order, w.o.Zone); err != nil || !d.Instant().After(w.o.Time()) {
				e.Scheduled = "" // both are past
			}
		}
	}
}

// status says whether the front matter keeps a work from visitors.
func status(f fields, o entry.Options, zone *time.Location) entry.Status {
	switch strings.ToLower(f.text("status", "visibility", "state")) {
	case "draft", "pending", "in-review", "review", "unpublished", "scheduled":
		return entry.Draft
	case "private", "hidden", "members":
		return entry.Private
	case "archived", "deleted", "trash":
		return entry.Trashed
	}
	if text := f.date(o, zone, "expirydate", "unpublishdate", "expiry_date"); text != "" {
		if d, err := entry.ParseDate(text, o.Order, cmp.Or(zone, o.Zone)); err == nil && !d.Instant().After(o.Time()) {
			return entry.Expired
		}
	}
	switch {
	case f.is("draft"), f.is("isdraft"), f.not("published"):
		return entry.Draft
	case f.is("private"), f.is("unlisted"), f.is("hidden"):
		return entry.Private
	case f.text("password") != "":
		return entry.Protected
	}
	return entry.Public
}

// people returns the names of authors; those that the site's data has by a key
// are named as there.
func (w *walker) people(f fields, field string) []string {
	list := f.list(field)
	if s, ok := f.at(field).(string); ok && strings.Contains(s, ";") {
		list = strings.Split(s, ";")
	}
	for i, key := range list {
		if name := w.site.config.text("authors:" + strings.ToLower(strings.TrimSpace(key))); name != "" {
			list[i] = name
		}
	}
	return list
}

// images sets the picture that the front matter names, else one of the text.
func (w *walker) images(e *entry.Entry, p *page) {
	f := p.front
	add := func(address, alt, credit string) {
		if address != "" {
			e.Fallback = append(e.Fallback, entry.Image{URL: w.picture(p, address), Alt: alt, Credit: credit})
		}
	}
	alt := f.text("image_alt", "imagealt", "featured_image_alt", "featuredimagealt", "alt", "cover_alt", "heroimagealt", "thumbnail_alt")
	for _, name := range []string{"image", "featured_image", "featuredimage", "featureimage", "cover", "coverimage", "cover_image", "heroimage", "hero_image",
		"hero", "header", "thumbnail", "thumb", "banner", "img", "images", "teaser", "og_image", "ogimage", "preview"} {
		switch v := f.at(name).(type) {
		case fields:
			add(v.text("image", "src", "url", "path", "teaser", "og_image", "relative", "filename"), cmp.Or(v.text("alt", "image_alt", "alttext", "image_description"), alt), v.text("credit", "attribution"))
		case string, []any:
			add(first(v), alt, f.text("image_credit", "imagecredit", "photo_credit"))
		}
	}
	if list, ok := f.at("resources").([]any); ok {
		for _, x := range list {
			if r, ok := x.(fields); ok && featured(r.text("name")+" "+r.text("src")) {
				add(r.text("src"), cmp.Or(r.text("params.alt"), r.text("title")), r.text("params.credit"))
			}
		}
	}
	if p.name() == "index" || strings.HasPrefix(p.name(), "index.") {
		for _, d := range list(w.site.root, path.Dir(p.file)) {
			if !d.IsDir() && featured(d.Name()) && showable(d.Name()) {
				add(d.Name(), alt, "")
			}
		}
	}
	for _, m := range pictures(p.body) {
		add(m.URL, m.Alt, "")
	}
}

// list returns what is in a folder, sorted; nothing if it cannot be read.
func list(root *os.Root, dir string) []fs.DirEntry {
	entries, _ := fs.ReadDir(root.FS(), dir)
	return entries
}

func featured(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "feature") || strings.Contains(name, "cover") || strings.Contains(name, "thumbnail")
}

func showable(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".svg":
		return true
	}
	return false
}

// picture returns the address of a picture that a page names: beside the page
// where its file lies there, else below the root of the site.
func (w *walker) picture(p *page, address string) string {
	if strings.Contains(address, "://") || strings.HasPrefix(address, "//") || strings.HasPrefix(address, "data:") {
		return address
	}
	clean := strings.TrimPrefix(address, "./")
	if !strings.HasPrefix(clean, "/") {
		if _, err := w.site.root.Stat(path.Join(path.Dir(p.file), clean)); err == nil && (p.name() == "index" || strings.HasPrefix(p.name(), "index.")) {
			return clean
		}
	}
	for _, dir := range []string{"static/", "assets/", "public/", "src/"} {
		if rest, ok := strings.CutPrefix(strings.TrimLeft(clean, "/"), dir); ok {
			if _, err := w.site.root.Stat(path.Join(dir, rest)); err == nil && dir != "assets/" {
				clean = rest
			}
		}
	}
	for strings.HasPrefix(clean, "../") {
		clean = clean[3:]
	}
	link, _ := w.addresses(clean)
	return link
}
