package folder

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"akin/infra/feed/entry"
)

// setting returns the text that a program sets a name to, like site: "…".
func setting(source, name string) string {
	m := regexp.MustCompile(`(?:^|[\s{,(])` + name + `\s*:\s*["'` + "`" + `]([^"'` + "`" + `\n]*)["'` + "`" + `]`).FindStringSubmatch(source)
	if m == nil {
		return ""
	}
	return m[1]
}

// An eleventy is a site of Eleventy.
type eleventy struct {
	*site
	input, output string
	layouts       []string
	data          map[string]fields // of folders
}

func newEleventy(s *site, source string) generator {
	s.config = fields{}
	e := &eleventy{site: s, input: path.Clean(cmp.Or(setting(source, "input"), ".")), data: map[string]fields{}}
	if m := regexp.MustCompile(`setInputDirectory\(\s*["']([^"']+)["']`).FindStringSubmatch(source); m != nil {
		e.input = path.Clean(m[1])
	}
	e.output = path.Clean(cmp.Or(setting(source, "output"), "_site"))
	if m := regexp.MustCompile(`setOutputDirectory\(\s*["']([^"']+)["']`).FindStringSubmatch(source); m != nil {
		e.output = path.Clean(m[1])
	}
	for _, name := range []string{"includes", "layouts", "data"} {
		e.layouts = append(e.layouts, path.Join(e.input, cmp.Or(setting(source, name), "_"+name)))
	}
	s.base = strings.TrimRight(setting(source, "pathPrefix"), "/")
	for _, name := range []string{"metadata", "site", "meta"} {
		data, err := s.load(path.Join(e.input, cmp.Or(setting(source, "data"), "_data"), name+".json"))
		if err != nil || data == nil {
			continue
		}
		s.lang = cmp.Or(s.lang, entry.Lang(data.text("language", "lang", "locale")))
		if address := strings.TrimRight(data.text("url", "siteurl", "base"), "/"); strings.Contains(address, "://") && !strings.Contains(s.base, "://") {
			s.base = strings.TrimSuffix(address, s.base) + s.base
		}
	}
	return e
}

func (e *eleventy) folders() []string { return []string{e.input} }

func (e *eleventy) enter(dir string) bool {
	if within(dir, e.output) && e.output != e.input || slices.Contains(e.layouts, dir) {
		return false
	}
	front := fields{}
	for _, name := range []string{path.Base(dir) + ".json", path.Base(dir) + ".11tydata.json"} {
		if data, err := e.load(path.Join(dir, name)); err == nil && data != nil {
			front.fill(data)
		}
	}
	if len(front) > 0 {
		e.data[dir] = front
	}
	return true
}

func (e *eleventy) takes(file string) bool {
	switch ext := strings.ToLower(path.Ext(file)); ext {
	case ".njk", ".liquid", ".html", ".hbs", ".webc":
		return true
	default:
		return isMarkdown(ext)
	}
}

func (e *eleventy) place(p *page) (*work, error) {
	dir, name := path.Dir(p.file), p.name()
	if !isMarkdown(p.ext) && !p.has || strings.EqualFold(path.Base(p.file), "README.md") && !p.has {
		return &work{skip: &noFront}, nil
	}
	f := p.front
	if data, err := e.load(path.Join(dir, name+".json")); err == nil && data != nil {
		f.fill(data)
	}
	var tags []string
	for at := dir; ; at = path.Dir(at) {
		if data := e.data[at]; data != nil {
			tags = append(tags, topics(data, false, "tags")...)
			f.fill(data)
		}
		if at == "." || at == e.input {
			break
		}
	}
	if f.at("pagination") != nil || f.is("eleventyexcludefromcollections") || f.not("permalink") {
		return &work{status: entry.NoPage, link: "/" + p.file}, nil
	}
	w := &work{former: "/", aliases: aliases(f)}
	for _, t := range append(topics(f, false), tags...) {
		switch strings.ToLower(t) { // names of collections
		case "all", "nav", "post", "posts", "page", "pages", "articles", "blog":
		default:
			if !slices.Contains(w.topics, t) {
				w.topics = append(w.topics, t)
			}
		}
	}
	slug := name
	if m := dated().FindStringSubmatch(name); m != nil {
		w.date, slug = m[1], m[2]
	}
	rel := strings.TrimPrefix(strings.TrimPrefix(path.Join("/", dir), path.Join("/", e.input)), "/")
	if lang, rest, _ := strings.Cut(rel, "/"); langName().MatchString(lang) && len(lang) == 2 {
		w.lang, w.group = entry.Lang(lang), path.Join(rest, slug)
		w.second = e.lang != "" && !sameLang(w.lang, e.lang)
	} else if rel != "" {
		w.kind = humanize(path.Base(rel))
	}
	if key := f.text("translationkey", "translation_key"); key != "" {
		w.group = "key:" + key
	}
	stem := path.Join("/", rel, name) // the date stays
	if name == "index" || name == path.Base(rel) {
		stem = path.Join("/", rel)
	}
	switch link := f.text("permalink"); {
	case link == "":
		w.link = strings.TrimRight(stem, "/") + "/"
	default:
		filled, ok := template(link, f, slug, path.Join("/", rel, slug))
		if !ok {
			return nil, entry.Wrong("permalink", "%q is a program that is not run here; give the address itself, or import the site by its feed or sitemap", link)
		}
		w.link = "/" + strings.TrimLeft(filled, "/")
		if rest, ok := strings.CutSuffix(w.link, "/index.html"); ok {
			w.link = rest + "/"
		}
	}
	return w, nil
}

var (
	moustache = entry.Pattern(`\{\{-?\s*([A-Za-z_.]+)((?:\s*\|\s*[a-z]+)*)\s*-?\}\}`)
	filter    = entry.Pattern(`[a-z]+`)
)

// template fills in the values that addresses are mostly made of; ok is false
// where there are others.
func template(s string, f fields, slug, stem string) (filled string, ok bool) {
	ok = true
	filled = moustache().ReplaceAllStringFunc(s, func(m string) string {
		parts := moustache().FindStringSubmatch(m)
		value := ""
		switch name := strings.ToLower(parts[1]); name {
		case "page.fileslug":
			value = slug
		case "page.filepathstem":
			value = stem
		default:
			value = f.text(name)
		}
		for _, by := range filter().FindAllString(parts[2], -1) {
			switch by {
			case "slugify", "slug":
				value = asciiSlug(value)
			case "lower", "downcase":
				value = strings.ToLower(value)
			case "safe", "url":
			default:
				ok = false
			}
		}
		ok = ok && value != ""
		return value
	})
	return filled, ok && !strings.Contains(filled, "{{") && !strings.Contains(filled, "{%")
}

// asciiSlug returns a title as @sindresorhus/slugify does for plain letters.
func asciiSlug(s string) string {
	return slugify(strings.NewReplacer("&", " and ", "'", "", "’", "").Replace(fold(s)), true, false)
}

// An astro is a site of Astro.
type astro struct {
	*site
	never, file bool              // addresses end without a slash, with .html
	routes      map[string]string // folder in addresses of a collection
}

func newAstro(s *site, source string) generator {
	s.config = fields{}
	a := &astro{site: s, routes: map[string]string{}}
	s.base = strings.TrimRight(strings.TrimRight(setting(source, "site"), "/")+"/"+strings.Trim(setting(source, "base"), "/"), "/")
	s.lang = entry.Lang(setting(source, "defaultLocale"))
	a.never = setting(source, "trailingSlash") == "never"
	a.file = setting(source, "format") == "file"
	for _, d := range list(s.root, "src/content") {
		name := d.Name()
		a.routes[name] = "/" + name
		for _, route := range []string{"", name, "posts", "blog", "articles"} {
			for _, page := range []string{"[...slug]", "[slug]", "[id]", "[...id]", "[...path]", "[post]"} {
				if !s.exists(0, path.Join("src/pages", route, page+".astro"), path.Join("src/pages", route, page, "index.astro")) {
					continue
				}
				text, _ := s.bytes(path.Join("src/pages", route, page+".astro"))
				if route == name || strings.Contains(string(text), `"`+name+`"`) || strings.Contains(string(text), `'`+name+`'`) {
					a.routes[name] = strings.TrimRight("/"+route, "/")
				}
			}
		}
	}
	return a
}

func (a *astro) folders() []string { return []string{"src/content", "src/pages", "src/data"} }

func (a *astro) enter(string) bool { return true }

func (a *astro) takes(file string) bool {
	return isMarkdown(strings.ToLower(path.Ext(file)))
}

func (a *astro) place(p *page) (*work, error) {
	rel := strings.TrimPrefix(p.file, "src/")
	top, rest, _ := strings.Cut(rel, "/")
	w := &work{topics: topics(p.front, false), aliases: aliases(p.front), former: "/"}
	if slices.ContainsFunc(strings.Split(rest, "/"), func(s string) bool { return strings.HasPrefix(s, "_") }) {
		return &work{status: entry.NoPage, link: "/" + rest}, nil
	}
	if !p.has && title(p.body) == "" {
		return &work{skip: &noFront}, nil
	}
	stem := strings.TrimSuffix(rest, path.Ext(rest))
	base := ""
	if top != "pages" {
		collection, inside, below := strings.Cut(stem, "/")
		if !below {
			return &work{skip: &noFront}, nil
		}
		w.kind, stem = humanize(collection), inside
		var ok bool
		if base, ok = a.routes[collection]; !ok {
			base = "/" + collection
		}
	}
	if first, inside, ok := strings.Cut(stem, "/"); ok && len(first) == 2 && langName().MatchString(first) {
		w.lang, w.group = entry.Lang(first), path.Join(base, inside)
		w.second = a.lang != "" && !sameLang(w.lang, a.lang)
	}
	if key := p.front.text("translationkey"); key != "" {
		w.group = "key:" + key
	}
	if top != "pages" {
		parts := strings.Split(stem, "/")
		for i, s := range parts {
			parts[i] = githubSlug(s)
		}
		stem = strings.Join(parts, "/")
		if slug := p.front.text("slug"); slug != "" {
			stem = strings.Trim(slug, "/")
		}
	}
	if stem == "index" {
		stem = ""
	}
	stem = strings.TrimSuffix(stem, "/index")
	w.link = path.Join("/", base, stem)
	switch {
	case w.link == "/":
	case a.file:
		w.link += ".html"
	case !a.never:
		w.link += "/"
	}
	return w, nil
}

// githubSlug returns a name as github-slugger writes it.
func githubSlug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '_', r == '-':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}
