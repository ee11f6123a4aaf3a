package engine

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"akin/recommend"
	"akin/recommend/store"
)

// An addressing is what a site says of its addresses: which parts of them name a
// page, beyond those that do on every site.
type addressing struct {
	slashes   bool     // a slash at the end
	fragments bool     // what follows #
	kept      []string // parameters that pageOf drops; a * at the end stands for any rest
	ignored   []string // parameters that pageOf keeps, and that name none
}

// addressing returns what the site says.
func (c *Chosen) addressing(ctx context.Context) (addressing, error) {
	if c == nil {
		return addressing{}, nil
	}
	site, err := c.Site(ctx)
	if err != nil {
		return addressing{}, err
	}
	a := addressing{slashes: site.Slashes > 0, fragments: site.Fragments > 0}
	for _, name := range site.Parameters {
		if name, kept := strings.CutPrefix(name, "-"); kept {
			a.kept = append(a.kept, name)
		} else {
			a.ignored = append(a.ignored, name)
		}
	}
	return a, nil
}

// parts reports whether addresses with one pageOf may be those of several pages.
func (a *addressing) parts() bool { return a.slashes || a.fragments || len(a.kept) > 0 }

// page is pageOf with what the site says.
func (a *addressing) page(address string) string {
	path := shownPath
	if a.slashes {
		path = func(p string) string {
			shown := shownPath(p)
			if shown != "" && (strings.HasSuffix(p, "/") || namesFolder(p)) {
				shown += "/"
			}
			return shown
		}
	}
	drop := func(name string) bool { return tracks(name) && !hasParameter(a.kept, name) }
	return formOf(withHost(address), path, drop, a.fragments)
}

// asked returns the addresses to look up for one, best first: itself, and
// without the parameters that name no page.
func (a *addressing) asked(address string) []string {
	if plain := a.withoutIgnored(address); plain != address {
		return []string{address, plain}
	}
	return []string{address}
}

// withoutIgnored returns address without parameters that name no page. What has
// none of them comes back as it is.
func (a *addressing) withoutIgnored(address string) string {
	if len(a.ignored) == 0 || !strings.Contains(address, "?") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	all := len(q)
	for name := range q {
		if hasParameter(a.ignored, name) && !hasParameter(a.kept, name) {
			q.Del(name)
		}
	}
	if len(q) == all {
		return address
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// hasParameter reports whether names, in lower case, have one.
func hasParameter(names []string, parameter string) bool {
	parameter = strings.ToLower(parameter)
	return slices.ContainsFunc(names, func(name string) bool {
		start, any := strings.CutSuffix(name, "*")
		return parameter == name || any && strings.HasPrefix(parameter, start)
	})
}

// keys returns the keys of the rows that addresses are looked up in, best first.
func (a *addressing) keys(site string, addresses []string) []store.Key {
	var keys []store.Key
	for _, address := range addresses {
		if a.parts() {
			for _, form := range []string{a.page(address), exactPage(address)} {
				for _, form := range otherForm(site, form) {
					keys = append(keys, aliasKey(form))
				}
			}
		}
		keys = append(keys, pageKeys(site, address)...)
	}
	var once []store.Key
	for _, k := range keys {
		if !slices.Contains(once, k) {
			once = append(once, k)
		}
	}
	return once
}

// choose returns the one of the items that has, or had, the page of one of the
// addresses, where a row may hold those of several pages; "" if none has.
func (a *addressing) choose(site string, addresses []string, items []*record) string {
	for _, address := range addresses {
		forms := otherForm(site, a.page(address))
		means := func(other string) bool {
			return other != "" && slices.ContainsFunc(otherForm(site, a.page(other)), func(f string) bool { return slices.Contains(forms, f) })
		}
		for _, r := range items {
			if r != nil && means(r.URL) {
				return r.ID
			}
		}
		for _, r := range items {
			if r != nil && slices.ContainsFunc(r.Aliases, means) {
				return r.ID
			}
		}
	}
	return ""
}

// find returns the id of the item that rows of an address lead to, "" for none.
func (r *Reader) find(ctx context.Context, a *addressing, site string, addresses []string) (string, error) {
	rows, err := r.store.Get(ctx, store.Strong, a.keys(site, addresses)...)
	if err != nil {
		return "", err
	}
	var ids []string
	for _, row := range rows {
		for _, id := range unpackHolders(row.Data) {
			if row.Rev != 0 && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 || !a.parts() {
		return strings.Join(ids[:min(len(ids), 1)], ""), nil
	}
	items, err := r.byID(ctx, ids)
	if err != nil {
		return "", err
	}
	items = slices.DeleteFunc(items, func(rec *record) bool { return rec == nil || rec.Status == recommend.Withdrawn })
	return a.choose(site, addresses, items), nil
}
