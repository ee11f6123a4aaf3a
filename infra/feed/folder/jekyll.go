package folder

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// A jekyll is a site of Jekyll.
type jekyll struct {
	*site
	source      string // folder of the site's files
	style       string
	collections fields
	home        string // folder that collections are in
	exclude     []string
	include     []string
	defaults    []fields
	languages   []string // of the plugin polyglot
	separator   string
}

func newJekyll(s *site, config fields) generator {
	s.config = config
	s.base = strings.TrimRight(strings.TrimRight(config.text("url"), "/")+"/"+strings.Trim(config.text("baseurl"), "/"), "/")
	s.lang = entry.Lang(config.text("lang", "locale", "language", "default_lang"))
	s.location(config.text("timezone"))
	j := &jekyll{
		site: s, source: path.Clean(cmp.Or(strings.Trim(config.text("source"), "/"), ".")), style: cmp.Or(config.text("permalink"), "date"),
		collections: config.below("collections"), home: path.Clean(strings.Trim(config.text("collections_dir"), "/")),
		exclude: append(config.list("exclude"), "node_modules", "vendor", "Gemfile", "Gemfile.lock"), include: config.list("include"),
		languages: config.list("languages"), separator: config.text("excerpt_separator"),
	}
	if list, ok := config.at("collections").([]any); ok {
		j.collections = fields{}
		for _, x := range list {
			if name, ok := x.(string); ok {
				j.collections[strings.ToLower(name)] = fields{}
			}
		}
	}
	if list, ok := config.at("defaults").([]any); ok {
		for _, x := range list {
			if d, ok := x.(fields); ok {
				j.defaults = append(j.defaults, d)
			}
		}
	}
	for _, name := range []string{"_data/authors.yml", "_data/authors.yaml", "_data/authors.json"} {
		if people, err := s.load(path.Join(j.source, name)); err == nil {
			for key, v := range people {
				if who, ok := v.(fields); ok && who.text("name") != "" {
					config["authors:"+key] = who.text("name")
				}
			}
		}
	}
	return j
}

func (j *jekyll) folders() []string { return []string{j.source} }

// below returns a path relative to the site's files.
func (j *jekyll) below(file string) string {
	if j.source == "." {
		return file
	}
	return strings.TrimPrefix(strings.TrimPrefix(file, j.source), "/")
}

func (j *jekyll) enter(dir string) bool {
	rel, name := j.below(dir), path.Base(dir)
	if rel == "" || rel == "." {
		return true
	}
	if rel == cmp.Or(strings.Trim(j.config.text("destination"), "./"), "_site") || j.excluded(rel) {
		return false
	}
	if !strings.HasPrefix(name, "_") || name == "_posts" || name == "_drafts" || slices.Contains(j.include, name) {
		return true
	}
	_, _, ok := j.collection(rel)
	return ok
}

func (j *jekyll) excluded(rel string) bool {
	return slices.ContainsFunc(j.exclude, func(e string) bool {
		e = strings.Trim(e, "/")
		return e != "" && (within(rel, e) || glob(e).MatchString(rel))
	})
}

func (j *jekyll) takes(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	name := path.Base(file)
	hidden := strings.HasPrefix(name, "_") || strings.HasPrefix(name, "#") || strings.HasPrefix(name, "~") || strings.HasPrefix(name, ".")
	return (isMarkdown(ext) && ext != ".mdx" || ext == ".html" || ext == ".htm") && !j.excluded(j.below(file)) && (!hidden || slices.Contains(j.include, name))
}

// collection returns the collection that a file is in, and its path there.
func (j *jekyll) collection(rel string) (name, rest string, ok bool) {
	rel = strings.TrimPrefix(rel, strings.TrimPrefix(j.home, ".")+"/")
	top, rest, _ := strings.Cut(rel, "/")
	name, ok = strings.CutPrefix(top, "_")
	if !ok || name == "posts" || name == "drafts" {
		return "", "", false
	}
	_, ok = j.collections[strings.ToLower(name)]
	return name, rest, ok
}

func (j *jekyll) place(p *page) (*work, error) {
	rel := j.below(p.file)
	if !p.has && !strings.Contains("/"+rel, "/_posts/") { // posts need none
		return &work{skip: &noFront}, nil
	}
	w := &work{shown: j.config.is("future"), former: "/", excerpt: j.separator}
	dirs := strings.Split(path.Dir(rel), "/")
	posts := slices.IndexFunc(dirs, func(d string) bool { return d == "_posts" || d == "_drafts" })
	label, inside, isDocument := j.collection(rel)
	kind := "pages"
	switch {
	case posts >= 0:
		kind = "posts"
	case isDocument:
		kind = label
	}
	j.fill(p, rel, kind)
	f := p.front
	w.topics, w.aliases = topics(f, true), aliases(f)
	name := p.name()
	slugged := name
	if m := dated().FindStringSubmatch(name); m != nil && kind != "pages" {
		w.date, slugged = m[1], m[2]
	}
	w.group = f.text("ref", "translation_key", "translationkey", "translation_id", "page_id", "lang-ref", "i18n_key")
	if lang := entry.Lang(f.text("lang", "language", "locale")); lang != "" {
		w.lang, w.second = lang, j.lang != "" && !sameLang(lang, j.lang)
	}
	values := map[string]string{"output_ext": ".html", "name": slugify(name, true, false), "basename": name}
	var template string
	switch kind {
	case "posts":
		var parts []string
		if folder := strings.Join(dirs[:posts], "/"); folder != "" && folder != j.home {
			parts = strings.Split(strings.TrimPrefix(folder, j.home+"/"), "/")
		}
		if dirs[posts] == "_drafts" {
			w.status = entry.Draft
		} else if w.date == "" {
			return &work{skip: &noFront}, nil // Jekyll takes none without a date
		}
		if f.is("draft") {
			w.status = entry.Draft
		}
		for i, s := range append(f.list("category"), topics(f, true, "categories")...) {
			if _, isText := f.at("category").(string); isText && i == 0 {
				parts = append(parts, strings.Fields(s)...)
				continue
			}
			parts = append(parts, s)
		}
		var lowered, slugs []string
		for _, s := range parts {
			if s = strings.ToLower(s); !slices.Contains(lowered, s) {
				lowered = append(lowered, s)
				slugs = append(slugs, slugify(s, true, false))
			}
		}
		for _, s := range parts[:min(len(parts), posts)] {
			if !slices.ContainsFunc(w.topics, func(t string) bool { return strings.EqualFold(t, s) }) {
				w.topics = append(w.topics, s)
			}
		}
		values["categories"], values["slugified_categories"] = strings.Join(lowered, "/"), strings.Join(slugs, "/")
		template = postTemplate(j.style)
		if f.text("title") == "" && title(p.body) == "" {
			f["title"] = titled(slugged)
		}
		values["collection"] = "posts"
	case "pages":
		values["path"] = strings.TrimPrefix(path.Dir(rel), ".")
		template = "/:path/" + suffixed(":basename", j.style)
		if name == "index" {
			template = "/:path/"
		}
	default:
		conf := j.collections.below(strings.ToLower(label))
		if !conf.is("output") {
			w.status = entry.NoPage
		}
		w.kind = humanize(label)
		values["collection"], values["path"] = label, strings.TrimSuffix(inside, path.Ext(inside))
		template = cmp.Or(conf.text("permalink"), suffixed("/:collection/:path", j.style))
		if t, ok := styles[template]; ok {
			template = t
		}
	}
	if own := f.text("permalink"); own != "" {
		template = own
		if t, ok := styles[own]; ok && kind == "posts" {
			template = t
		}
	}
	values["title"] = cmp.Or(slugKeep(f.text("slug")), slugify(slugged, false, true))
	values["slug"] = slugify(cmp.Or(f.text("slug"), slugged), true, false)
	link, err := j.expand(template, values, cmp.Or(f.text("date"), w.date))
	if err != nil {
		return nil, err
	}
	if len(j.languages) > 0 && w.lang != "" && w.second {
		link = "/" + f.text("lang") + link
	}
	w.link = link
	return w, nil
}

func sameLang(a, b string) bool {
	a, _, _ = strings.Cut(strings.ToLower(a), "-")
	b, _, _ = strings.Cut(strings.ToLower(b), "-")
	return a == b
}

// fill adds what the configuration hands down to a file. The narrower scope, and
// of equals the later, goes first.
func (j *jekyll) fill(p *page, rel, kind string) {
	type scoped struct {
		values fields
		depth  int
	}
	var found []scoped
	for _, d := range j.defaults {
		at := strings.Trim(d.text("scope.path"), "/")
		if t := d.text("scope.type"); t != "" && t != kind {
			continue
		}
		if at != "" && !within(rel, at) && !strings.HasPrefix(rel, at) && !(strings.Contains(at, "*") && glob(at+"**").MatchString(rel)) {
			continue
		}
		found = append(found, scoped{d.below("values"), len(at)})
	}
	slices.Reverse(found)
	slices.SortStableFunc(found, func(a, b scoped) int { return cmp.Compare(b.depth, a.depth) })
	for _, s := range found {
		p.front.fill(s.values)
	}
}

var styles = map[string]string{
	"date":     "/:categories/:year/:month/:day/:title:output_ext",
	"pretty":   "/:categories/:year/:month/:day/:title/",
	"ordinal":  "/:categories/:year/:y_day/:title:output_ext",
	"weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
	"none":     "/:categories/:title:output_ext",
}

func postTemplate(style string) string { return cmp.Or(styles[style], style) }

// suffixed ends the address of a page or a document as the style of posts does.
func suffixed(s, style string) string {
	switch {
	case style == "pretty", styles[style] == "" && strings.HasSuffix(style, "/"):
		return s + "/"
	case styles[style] != "", strings.HasSuffix(style, ":output_ext"):
		return s + ":output_ext"
	}
	return s
}

var (
	jekyllToken = entry.Pattern(`:[a-z_]+`)
	slashes     = entry.Pattern(`/{2,}`)
)

func (j *jekyll) expand(template string, values map[string]string, date string) (string, error) {
	var day, local time.Time
	if d, err := entry.ParseDate(date, entry.NoOrder, j.zone); err == nil {
		day, local = recommend.Item{Date: d.Day}.SortTime(), d.Time
		if !local.IsZero() && j.zone != nil {
			local = local.In(j.zone)
			day = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
		}
	}
	year, week := day.ISOWeek()
	weekday := (int(day.Weekday()) + 6) % 7
	for name, format := range map[string]string{"year": "2006", "short_year": "06", "month": "01", "i_month": "1", "day": "02", "i_day": "2",
		"short_month": "Jan", "long_month": "January", "short_day": "Mon", "long_day": "Monday", "y_day": "002"} {
		values[name] = day.Format(format)
	}
	for name, format := range map[string]string{"hour": "15", "minute": "04", "second": "05"} {
		values[name] = local.Format(format)
	}
	values["week"], values["w_year"], values["w_day"] = fmt.Sprintf("%02d", week), fmt.Sprint(year), fmt.Sprint(weekday+1)
	var unknown string
	link := jekyllToken().ReplaceAllStringFunc(template, func(token string) string {
		// The longest name that there is: ":title-x" and ":yearly" are no others.
		for name := token[1:]; name != ""; name = name[:len(name)-1] {
			if v, ok := values[name]; ok {
				return v + token[1+len(name):]
			}
		}
		unknown = token
		return token
	})
	if unknown != "" && strings.Contains(template, "{") {
		return "", entry.Wrong("permalink", "%q is a program; give the address itself", template)
	}
	link = slashes().ReplaceAllString("/"+link, "/")
	if rest, ok := strings.CutSuffix(link, "/index.html"); ok {
		link = rest + "/"
	}
	return link, nil
}

// slugify returns a name as Jekyll writes it in addresses. Pretty keeps some
// marks.
func slugify(s string, lowered, pretty bool) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || pretty && strings.ContainsRune(`._~!$&'()+,;=@`, r) {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	out := strings.Trim(b.String(), "-")
	if lowered {
		out = strings.ToLower(out)
	}
	return out
}

// slugKeep is a slug of front matter in :title, which keeps its case.
func slugKeep(s string) string { return slugify(s, false, true) }

// titled returns the title of a post that has none.
func titled(slug string) string {
	words := strings.Split(strings.ReplaceAll(slug, "_", "-"), "-")
	for i, w := range words {
		r := []rune(strings.ToLower(w))
		if len(r) > 0 {
			r[0] = unicode.ToUpper(r[0])
		}
		words[i] = string(r)
	}
	return strings.Join(words, " ")
}
