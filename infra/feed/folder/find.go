package folder

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"akin/infra/feed/entry"
)

// climb is how many folders above the one that is named a configuration is
// looked for; the root of a repository ends it.
const climb = 6

// Generators are the names of the generators whose folders are known.
var Generators = []string{"Hugo", "Jekyll", "Eleventy", "Astro"}

// find returns the site that a folder belongs to, and what generates it.
func find(dir string) (*site, generator, error) {
	at := dir
	for range climb {
		root, err := os.OpenRoot(at)
		if err != nil {
			break
		}
		s := &site{root: root}
		gen, err := s.tell()
		if gen != nil || err != nil {
			if err != nil {
				root.Close()
				return nil, nil, err
			}
			below, err := filepath.Rel(at, dir)
			if err == nil && slices.ContainsFunc(gen.folders(), func(f string) bool {
				return within(filepath.ToSlash(below), f) || within(f, filepath.ToSlash(below))
			}) {
				return s, gen, nil
			}
		}
		root.Close()
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil || filepath.Dir(at) == at {
			break
		}
		at = filepath.Dir(at)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	s := &site{root: root, config: fields{}}
	return s, &plainSite{}, nil
}

// tell says what generates the site in the root, nil if there is none.
func (s *site) tell() (generator, error) {
	for _, name := range []string{"hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config.yml", "config.json"} {
		config, err := s.load(name)
		if err != nil {
			return nil, err
		}
		if config != nil && (strings.HasPrefix(name, "hugo.") || hugoLike(config)) {
			return newHugo(s, config)
		}
	}
	if s.has("config/_default") {
		return newHugo(s, fields{})
	}
	for _, name := range []string{"_config.yml", "_config.yaml", "_config.toml"} {
		config, err := s.load(name)
		if err != nil {
			return nil, err
		}
		if config != nil {
			return newJekyll(s, config), nil
		}
	}
	for _, name := range []string{".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts"} {
		if text, ok := s.source(name); ok {
			return newEleventy(s, text), nil
		}
	}
	for _, name := range []string{"astro.config.mjs", "astro.config.js", "astro.config.ts", "astro.config.mts", "astro.config.cjs"} {
		if text, ok := s.source(name); ok {
			return newAstro(s, text), nil
		}
	}
	return nil, nil
}

func hugoLike(config fields) bool {
	for _, name := range []string{"baseurl", "languagecode", "theme", "permalinks", "contentdir", "taxonomies", "defaultcontentlanguage", "markup"} {
		if _, ok := config[name]; ok {
			return true
		}
	}
	return false
}

func (s *site) has(name string) bool {
	_, err := s.root.Stat(name)
	return err == nil
}

// source returns the text of a configuration that is a program, without its
// comments.
func (s *site) source(name string) (string, bool) {
	data, err := s.bytes(name)
	if err != nil {
		return "", false
	}
	return comment().ReplaceAllString(string(data), ""), true
}

var comment = entry.Pattern(`(?s)/\*.*?\*/|(?m:^\s*//[^\n]*$)`)

func (s *site) bytes(name string) ([]byte, error) {
	f, err := s.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<20))
}

// load reads a configuration, or data; nil if there is no such file. What is in
// it stays as it is written but for names, which are in lower case.
func (s *site) load(name string) (fields, error) {
	data, err := s.bytes(name)
	if err != nil {
		return nil, nil
	}
	var f fields
	switch path.Ext(name) {
	case ".toml":
		f, err = parseTOML(data)
	case ".json":
		f, _, err = cutJSON(data)
	default:
		f, err = parseYAML(data)
	}
	if err != nil {
		var line int
		if bad, ok := err.(*faulty); ok {
			line = bad.line
		}
		return nil, fmt.Errorf("%s:%d: %v; correct the configuration", name, line, err)
	}
	return f, nil
}

// location sets the zone that the configuration names.
func (s *site) location(name string) {
	if zone, err := time.LoadLocation(name); name != "" && err == nil {
		s.zone = zone
	}
}

var dated = entry.Pattern(`^(\d{4}-\d{1,2}-\d{1,2})[-_ ](.+)$`)

// A plainSite is a folder without any configuration: a file with front matter
// is a work.
type plainSite struct{}

func (*plainSite) folders() []string { return []string{"."} }

func (*plainSite) enter(dir string) bool {
	switch dir {
	case "public", "_site", "dist", "build", "themes", "vendor", "resources", "_layouts", "_includes", "_data":
		return false
	}
	return true
}

func (*plainSite) takes(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return isMarkdown(ext)
}

func (*plainSite) place(p *page) (*work, error) {
	if !p.has {
		return &work{skip: &noFront}, nil
	}
	name, dir := p.name(), path.Dir(p.file)
	w := &work{group: p.front.text("translationkey", "translation_key"), topics: topics(p.front, false), aliases: aliases(p.front), former: "/" + dir}
	if base, lang, ok := cutLang(name); ok {
		name, w.lang = base, lang
		if w.group == "" {
			w.group = path.Join(dir, base)
		}
		w.second = true
	} else if w.group == "" {
		w.group = path.Join(dir, name)
	}
	if name == "_index" {
		return &work{skip: &noSection}, nil
	}
	if m := dated().FindStringSubmatch(name); m != nil {
		w.date, name = m[1], m[2]
	}
	if draftFolder(p.file) {
		w.status = entry.Draft
	}
	switch link := p.front.text("url", "permalink", "link", "canonical"); {
	case link != "":
		w.link = link
	default:
		if slug := p.front.text("slug"); slug != "" {
			name = strings.Trim(slug, "/")
		}
		w.link = "/" + strings.TrimPrefix(path.Join(dir, name), "/") + "/"
		if name == "index" || name == "README" {
			w.link = "/" + strings.TrimPrefix(path.Clean(dir), ".") + "/"
		}
		w.link = strings.ReplaceAll(strings.ReplaceAll(w.link, "//", "/"), "/_posts/", "/")
	}
	return w, nil
}

func draftFolder(file string) bool {
	return slices.ContainsFunc(strings.Split(path.Dir(file), "/"), func(s string) bool { return s == "_drafts" || s == "drafts" })
}

// cutLang takes the language off a name like post.es.
func cutLang(name string) (base, lang string, ok bool) {
	ext := path.Ext(name)
	if l := len(ext); l != 3 && l != 6 || !langName().MatchString(ext[1:]) {
		return name, "", false
	}
	return strings.TrimSuffix(name, ext), ext[1:], true
}

var langName = entry.Pattern(`^[a-z]{2}(?:[-_][A-Za-z]{2})?$`)

// topics returns what the usual taxonomies of a page hold. Spaced: a text parts
// at white space, as Jekyll reads it, else at commas.
func topics(f fields, spaced bool, taxonomies ...string) []string {
	if len(taxonomies) == 0 {
		taxonomies = []string{"tags", "tag", "categories", "category", "topics", "series"}
	}
	var all []string
	for _, name := range taxonomies {
		value, isText := f.at(name).(string)
		list := f.list(name)
		switch {
		case isText && spaced && (name == "tags" || name == "categories"):
			list = strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' })
		case isText && strings.Contains(value, ","):
			list = strings.Split(value, ",")
		}
		for _, s := range list {
			if s = strings.TrimSpace(s); s != "" && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func aliases(f fields) []string {
	return slices.Concat(f.list("aliases"), f.list("redirect_from"), f.list("redirectfrom"))
}

// exists says whether one of some files is there.
func (s *site) exists(dir fs.FileMode, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		info, err := s.root.Stat(n)
		return err == nil && info.Mode()&fs.ModeDir == dir
	})
}
