package folder

import (
	"cmp"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// A hugo is a site of Hugo.
type hugo struct {
	*site
	contents   []hugoContent
	languages  []string // the default one first
	codes      map[string]string
	prefix     map[string]string // of the paths of a language: "", "/es"
	taxonomies []string
	permalinks fields
	sections   map[string]fields // front matter of _index, by folder
	bundles    map[string]bool   // folders whose index is the page
	ugly       bool
	keepCase   bool
	future     bool
	fileDates  bool
	zoneOf     *time.Location
}

// A hugoContent is a folder of works, in one language if it says so.
type hugoContent struct{ dir, lang string }

func newHugo(s *site, config fields) (generator, error) {
	for _, dir := range []string{"config/production", "config/_default"} {
		more, err := s.configDir(dir)
		if err != nil {
			return nil, err
		}
		if dir == "config/production" {
			more.fill(config)
			config = more
		} else {
			config.fill(more)
		}
	}
	s.config = config
	s.base = strings.TrimRight(config.text("baseurl"), "/")
	if u, err := url.Parse(s.base); err != nil || u.Host == "" {
		s.base = ""
	}
	s.location(config.text("timezone"))
	h := &hugo{
		site: s, codes: map[string]string{}, prefix: map[string]string{}, sections: map[string]fields{}, bundles: map[string]bool{},
		ugly: config.is("uglyurls"), keepCase: config.is("disablepathtolower"), future: config.is("buildfuture"),
		permalinks: config.below("permalinks"), zoneOf: cmp.Or(s.zone, time.UTC),
	}
	for _, v := range config.list("frontmatter.date") {
		if v == ":filename" {
			h.fileDates = true
		}
		if v == ":default" {
			break
		}
	}
	h.taxonomies = []string{"tags", "categories"}
	if t := config.below("taxonomies"); t != nil {
		h.taxonomies = nil
		for _, plural := range t {
			if name, ok := plural.(string); ok && !slices.Contains([]string{"authors", "author"}, strings.ToLower(name)) {
				h.taxonomies = append(h.taxonomies, strings.ToLower(name))
			}
		}
		slices.Sort(h.taxonomies)
	}
	if !slices.Contains(h.taxonomies, "series") {
		h.taxonomies = append(h.taxonomies, "series") // most themes show it
	}
	h.findLanguages(cmp.Or(strings.Trim(config.text("contentdir"), "/"), "content"))
	for _, c := range h.contents {
		h.findSections(c.dir)
	}
	return h, nil
}

// configDir reads the files of a configuration in parts: config.toml and
// hugo.toml are the whole, any other is the table that it is called like.
func (s *site) configDir(dir string) (fields, error) {
	all := fields{}
	for _, d := range list(s.root, dir) {
		ext := path.Ext(d.Name())
		if ext != ".toml" && ext != ".yaml" && ext != ".yml" && ext != ".json" {
			continue
		}
		part, err := s.load(path.Join(dir, d.Name()))
		if err != nil {
			return nil, err
		}
		name, lang, _ := strings.Cut(strings.ToLower(strings.TrimSuffix(d.Name(), ext)), ".")
		switch {
		case name == "config" || name == "hugo":
			all.fill(part)
		case lang == "":
			all.fill(fields{name: part})
		}
	}
	return all, nil
}

func (h *hugo) findLanguages(content string) {
	config := h.config
	first := cmp.Or(strings.ToLower(config.text("defaultcontentlanguage")), "en")
	table := config.below("languages")
	type weighed struct {
		key    string
		weight int
	}
	var keys []weighed
	disabled := config.list("disablelanguages")
	for key, v := range table {
		l, ok := v.(fields)
		if !ok || l.is("disabled") || slices.Contains(disabled, key) {
			continue
		}
		weight, _ := strconv.Atoi(l.text("weight"))
		keys = append(keys, weighed{key, weight})
	}
	slices.SortFunc(keys, func(a, b weighed) int { return cmp.Or(cmp.Compare(a.weight, b.weight), cmp.Compare(a.key, b.key)) })
	if len(keys) == 0 {
		code := config.text("languagecode", "locale")
		if config.text("defaultcontentlanguage") != "" && !strings.HasPrefix(strings.ToLower(code), first) {
			code = first
		}
		h.languages, h.lang = []string{first}, entry.Lang(code)
		h.codes[first], h.prefix[first] = h.lang, ""
		h.contents = []hugoContent{{content, ""}}
		return
	}
	for _, k := range keys {
		l := table.below(k.key)
		code := entry.Lang(cmp.Or(l.text("languagecode", "locale"), k.key))
		h.codes[k.key] = cmp.Or(code, entry.Lang(k.key))
		h.prefix[k.key] = "/" + k.key
		if k.key == first && !config.is("defaultcontentlanguageinsubdir") {
			h.prefix[k.key] = ""
		}
		if base := strings.TrimRight(l.text("baseurl"), "/"); base != "" {
			h.prefix[k.key] = base // a whole address
		}
		if dir := strings.Trim(l.text("contentdir"), "/"); dir != "" {
			h.contents = append(h.contents, hugoContent{path.Clean(dir), k.key})
		}
		if k.key == first {
			h.languages = slices.Insert(h.languages, 0, k.key)
		} else {
			h.languages = append(h.languages, k.key)
		}
	}
	if len(h.contents) < len(keys) {
		h.contents = append(h.contents, hugoContent{content, ""})
	}
	h.lang = h.codes[h.languages[0]]
	// The deepest first, so that content/es is not taken for a folder of content.
	slices.SortStableFunc(h.contents, func(a, b hugoContent) int { return cmp.Compare(len(b.dir), len(a.dir)) })
}

// findSections reads the front matter of the pages of sections, which rules over
// what is below them.
func (h *hugo) findSections(dir string) {
	fs.WalkDir(h.root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read is said when the works are read
		}
		if d.IsDir() {
			if name != dir && skipped(name) {
				return fs.SkipDir
			}
			return nil
		}
		base := path.Base(name)
		if !strings.HasPrefix(base, "_index.") || !d.Type().IsRegular() {
			return nil
		}
		data, err := h.bytes(name)
		if err != nil {
			return nil
		}
		front, _, _ := parseFront(data)
		if front == nil {
			front = fields{}
		}
		if had, ok := h.sections[path.Dir(name)]; !ok || strings.Count(base, ".") == 1 || had == nil {
			h.sections[path.Dir(name)] = front
		}
		return nil
	})
}

func (h *hugo) folders() []string {
	var dirs []string
	for _, c := range h.contents {
		dirs = append(dirs, c.dir)
	}
	return dirs
}

func (h *hugo) enter(dir string) bool {
	for up := path.Dir(dir); up != "."; up = path.Dir(up) {
		if h.bundles[up] && !slices.Contains(h.folders(), up) {
			return false // belongs to the page above
		}
	}
	for _, d := range list(h.root, dir) {
		if strings.HasPrefix(d.Name(), "index.") && hugoPage(d.Name()) && !slices.Contains(h.folders(), dir) {
			h.bundles[dir] = true
		}
	}
	return true
}

func hugoPage(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return isMarkdown(ext) && ext != ".mdx" || ext == ".html" || ext == ".htm"
}

func (h *hugo) takes(file string) bool {
	return hugoPage(file) && (!h.bundles[path.Dir(file)] || strings.HasPrefix(path.Base(file), "index."))
}

func (h *hugo) place(p *page) (*work, error) {
	at := slices.IndexFunc(h.contents, func(c hugoContent) bool { return within(p.file, c.dir) })
	if at < 0 {
		return &work{skip: &noFront}, nil
	}
	content := h.contents[at]
	name, lang := p.name(), cmp.Or(content.lang, h.languages[0])
	if ext := path.Ext(name); ext != "" && slices.Contains(h.languages, strings.ToLower(ext[1:])) {
		name, lang = strings.TrimSuffix(name, ext), strings.ToLower(ext[1:])
	}
	dir := strings.TrimPrefix(strings.TrimPrefix(path.Dir(p.file), content.dir), "/")
	var segments []string
	if dir != "" {
		segments = strings.Split(dir, "/")
	}
	if name == "_index" {
		w := &work{skip: &noSection, second: lang != h.languages[0]}
		if len(segments) == 2 && slices.Contains(h.taxonomies, strings.ToLower(segments[0])) {
			w.kind = segments[1]
		}
		return w, nil
	}
	h.cascade(p, content.dir, lang)
	f := p.front
	if !p.has && title(p.body) == "" {
		return &work{skip: &noFront}, nil
	}
	for _, list := range []string{"build", "_build"} {
		if b := f.below(list); b != nil && (b.text("render") == "never" || b.not("render") || b.text("list") == "never" || b.not("list")) {
			return &work{status: entry.NoPage, link: "/" + path.Join(dir, name)}, nil
		}
	}
	w := &work{
		lang: h.codes[lang], second: lang != h.languages[0], topics: topics(f, false, h.taxonomies...),
		group: path.Join(dir, name), shown: h.future, aliases: aliases(f),
	}
	if key := f.text("translationkey"); key != "" {
		w.group = "key:" + key
	}
	if f.is("headless") {
		w.status = entry.NoPage
	}
	file := name
	if name == "index" && len(segments) > 0 {
		file = segments[len(segments)-1]
		segments = segments[:len(segments)-1]
	}
	if h.fileDates {
		if m := dated().FindStringSubmatch(file); m != nil {
			if w.date = m[1]; f.text("date") != "" && f.text("slug") == "" {
				f["date"] = m[1]
			}
			if f.text("slug") == "" {
				f["slug"] = m[2]
			}
		}
	}
	if len(segments) > 0 {
		top := h.sections[path.Join(content.dir, segments[0])]
		w.kind = cmp.Or(top.text("title"), humanize(segments[0]))
	}
	w.former = path.Join("/", h.prefixPath(lang), path.Join(segments...))
	link := h.link(p, content.dir, segments, file, w.date)
	if !strings.Contains(link, "://") {
		link = h.address(lang, link, strings.HasPrefix(f.text("url"), "/") && f.text("url") != "")
	}
	w.link = link
	for i, a := range w.aliases {
		if !strings.Contains(a, "://") && strings.HasPrefix(a, "/") {
			w.aliases[i] = h.address(lang, a, true)
		}
	}
	return w, nil
}

// prefixPath is what the paths of a language begin with.
func (h *hugo) prefixPath(lang string) string {
	if strings.Contains(h.prefix[lang], "://") {
		return ""
	}
	return h.prefix[lang]
}

// address puts the language before a path. A path that begins at the root has
// its language already, unless the language has a host of its own.
func (h *hugo) address(lang, link string, rooted bool) string {
	prefix := h.prefix[lang]
	if rooted && !strings.Contains(prefix, "://") {
		return link
	}
	return prefix + link
}

// cascade adds to a page what the sections above it hand down.
func (h *hugo) cascade(p *page, content, lang string) {
	for dir := path.Dir(p.file); within(dir, content); dir = path.Dir(dir) {
		switch c := h.sections[dir].at("cascade").(type) {
		case fields:
			h.hand(p, c, content, lang)
		case []any:
			for _, x := range c {
				if one, ok := x.(fields); ok {
					h.hand(p, one, content, lang)
				}
			}
		}
		if dir == "." {
			break
		}
	}
	switch c := h.config.at("cascade").(type) {
	case fields:
		h.hand(p, c, content, lang)
	case []any:
		for _, x := range c {
			if one, ok := x.(fields); ok {
				h.hand(p, one, content, lang)
			}
		}
	}
}

func (h *hugo) hand(p *page, from fields, content, lang string) {
	target := from.below("_target")
	if target == nil {
		target = from.below("target")
	}
	if pattern := target.text("path"); pattern != "" && !glob(pattern).MatchString("/"+strings.TrimPrefix(p.file, content+"/")) &&
		!glob(pattern).MatchString(strings.TrimSuffix("/"+strings.TrimPrefix(p.file, content+"/"), path.Ext(p.file))) {
		return
	}
	if l := target.text("lang"); l != "" && l != lang {
		return
	}
	if k := target.text("kind"); k != "" && k != "page" {
		return
	}
	values := fields{}
	values.fill(from)
	delete(values, "_target")
	delete(values, "target")
	p.front.fill(values)
	if params := values.below("params"); params != nil {
		p.front.fill(params)
	}
}

// glob returns what a pattern with * and ** matches.
func glob(pattern string) *regexp.Regexp {
	s := regexp.QuoteMeta(pattern)
	s = strings.NewReplacer(`\{`, `(?:`, `\}`, `)`, `,`, `|`).Replace(s)
	s = strings.ReplaceAll(s, `\*\*`, `.*`)
	s = strings.ReplaceAll(s, `\*`, `[^/]*`)
	s = strings.ReplaceAll(s, `\?`, `[^/]`)
	re, err := regexp.Compile("^" + s + "$")
	if err != nil {
		return regexp.MustCompile("^" + regexp.QuoteMeta(pattern) + "$")
	}
	return re
}

// link returns the path of a page.
func (h *hugo) link(p *page, content string, segments []string, file, date string) string {
	f := p.front
	slug := f.text("slug")
	if address := f.text("url"); address != "" {
		if strings.Contains(address, "://") {
			return address
		}
		return ended(h.expand(address, p, content, segments, file, date))
	}
	if pattern := h.pattern(segments); pattern != "" {
		return ended(h.path(h.expand(pattern, p, content, segments, file, date)))
	}
	if file == "index" && len(segments) == 0 {
		return "/"
	}
	whole := "/" + path.Join(append(slices.Clone(segments), cmp.Or(slug, file))...)
	if h.ugly {
		return h.path(whole) + ".html"
	}
	return h.path(whole) + "/"
}

// ended ends the path of a page as Hugo does: with a slash, unless it names a
// file.
func ended(s string) string {
	s = "/" + strings.TrimLeft(s, "/")
	if strings.HasSuffix(s, "/index.html") {
		return strings.TrimSuffix(s, "index.html")
	}
	if strings.HasSuffix(s, "/") || strings.Contains(path.Base(s), ".") {
		return s
	}
	return s + "/"
}

// pattern returns what the configuration has for the pages of a section.
func (h *hugo) pattern(segments []string) string {
	if len(segments) == 0 {
		return h.permalinks.text("/", "page./")
	}
	top := strings.ToLower(segments[0])
	if s, ok := h.permalinks[top].(string); ok {
		return s
	}
	return first(h.permalinks.below("page")[top])
}

var permalinkToken = entry.Pattern(`:[a-z_]+(?:\[[0-9:last]*\])?`)

// expand fills in what a pattern of addresses names.
func (h *hugo) expand(pattern string, p *page, content string, segments []string, file, date string) string {
	f := p.front
	var at time.Time
	if d, err := entry.ParseDate(cmp.Or(f.text("date"), date, f.text("publishdate", "pubdate", "published", "lastmod", "modified")), entry.NoOrder, h.zoneOf); err == nil {
		at = recommend.Item{Date: d.Day}.SortTime()
	}
	name := cmp.Or(f.text("title"), title(p.body), file)
	slug := f.text("slug")
	var nested []string // the sections: folders with a page of their own, and the first
	for i := range segments {
		if _, ok := h.sections[path.Join(content, path.Join(segments[:i+1]...))]; ok || i == 0 {
			nested = append(nested, segments[i])
		}
	}
	return permalinkToken().ReplaceAllStringFunc(pattern, func(token string) string {
		word, slice, sliced := strings.Cut(token[1:], "[")
		switch word {
		case "year":
			return at.Format("2006")
		case "month":
			return at.Format("01")
		case "monthname":
			return strings.ToLower(at.Month().String())
		case "day":
			return at.Format("02")
		case "weekday":
			return strconv.Itoa(int(at.Weekday()))
		case "weekdayname":
			return strings.ToLower(at.Weekday().String())
		case "yearday":
			return strconv.Itoa(at.YearDay())
		case "section":
			return first(anyOf(segments))
		case "sections":
			if sliced {
				return strings.Join(cut(nested, strings.TrimSuffix(slice, "]")), "/")
			}
			return strings.Join(nested, "/")
		case "title":
			return flat(name)
		case "slug":
			return flat(cmp.Or(slug, name))
		case "filename", "contentbasename":
			return flat(file)
		case "slugorfilename", "slugorcontentbasename":
			return flat(cmp.Or(slug, file))
		}
		return token
	})
}

func anyOf(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// cut returns the part of a list that "1:", ":2", "0" or "last" names.
func cut(list []string, slice string) []string {
	number := func(s string, otherwise int) int {
		if s == "last" {
			return len(list) - 1
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return otherwise
		}
		return min(max(n, 0), len(list))
	}
	from, to, ranged := strings.Cut(slice, ":")
	a := number(from, 0)
	b := a + 1
	if ranged {
		b = number(to, len(list))
	}
	if a >= len(list) || b <= a {
		return nil
	}
	return list[a:min(b, len(list))]
}

// flat returns a title as Hugo fills it into a pattern.
func flat(s string) string { return hugoPath(strings.NewReplacer("#", "", "+", "").Replace(s)) }

func (h *hugo) path(s string) string {
	if h.keepCase {
		return sanitize(s)
	}
	return hugoPath(s)
}

// hugoPath returns a name or a path as Hugo writes it in addresses.
func hugoPath(s string) string { return strings.ToLower(sanitize(s)) }

func sanitize(s string) string {
	var out []rune
	pending, hyphen := false, false
	for _, r := range s {
		switch {
		case strings.ContainsRune(`./\_#+~-@`, r), unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			hyphen = r == '-'
			if pending && !hyphen {
				out = append(out, '-')
			}
			pending = false
			out = append(out, r)
		case unicode.IsSpace(r) && len(out) > 0 && !hyphen:
			pending = true
		}
	}
	return string(out)
}

// humanize returns the name of a folder as a title.
func humanize(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' })
	if len(words) == 0 {
		return s
	}
	out := []rune(strings.Join(words, " "))
	out[0] = unicode.ToUpper(out[0])
	return string(out)
}
