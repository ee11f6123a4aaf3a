package engine

import (
	"bytes"
	"context"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"akin/recommend"
	"akin/recommend/store"
	"akin/recommend/text"
)

// An address row holds the ids of the items that have an address, or had it, or
// had it as their id. Of format 1 it is one id, as it is; of format 2, which
// begins with the byte 2, it is up to maxHolders ids with a space between them,
// the one that is found first. One id is written in format 1.
const (
	holdersFormat = 2
	maxHolders    = 16
)

func unpackHolders(data []byte) []string {
	switch {
	case len(data) == 0:
		return nil
	case data[0] == holdersFormat:
		return strings.Fields(string(data[1:]))
	}
	return []string{string(data)}
}

func packHolders(ids []string) []byte {
	if len(ids) == 1 {
		return []byte(ids[0])
	}
	return append([]byte{holdersFormat}, strings.Join(ids, " ")...)
}

// pageOf brings the addresses that mean one page to one form, whatever the
// site is: no scheme, default port, fragment, tracking parameters or slash at
// the end, no file that a server shows for a folder ("index.html"), no dots or
// slashes that lead nowhere, letters composed (NFC), the host in ASCII, in lower
// case and without "www.". It is "//HOST/PATH", or "/PATH" of an address from
// the root of the site. A former id stays as it is.
func pageOf(address string) string {
	return formOf(withHost(address), shownPath, tracks, false)
}

// exactPage is pageOf with the fragment and all parameters.
func exactPage(address string) string {
	return formOf(withHost(address), shownPath, func(string) bool { return false }, true)
}

// PageOf returns the form that addresses of one page share, with the fragment, by which
// some sites tell pages apart.
func PageOf(address string) string { return formOf(withHost(address), shownPath, tracks, true) }

// samePage reports whether two addresses mean one page. Of most that do not, it looks at
// their last parts only.
func samePage(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	last := func(s string) string {
		if i := strings.IndexAny(s, "?#"); i >= 0 {
			s = s[:i]
		}
		s = strings.TrimRight(s, "/")
		return s[strings.LastIndexByte(s, '/')+1:]
	}
	x, y := last(a), last(b)
	plain := func(s string) bool { return !strings.Contains(s, "%") && ascii(s) }
	return (x == y || namesFolder(x) || namesFolder(y) || !plain(x) || !plain(y)) && PageOf(a) == PageOf(b)
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// withHost returns an address without a scheme, as people write it, with the
// slashes before its host.
func withHost(address string) string {
	if first, _, ok := strings.Cut(address, "/"); ok && strings.Contains(first, ".") && !strings.Contains(first, ":") {
		return "//" + address
	}
	return address
}

// formerPage is what pageOf was before it knew files of folders, dots, composed
// letters and all of tracks: where older versions of akin kept an address.
func formerPage(address string) string {
	return formOf(address, func(p string) string { return strings.TrimRight(p, "/") }, tracksCampaign, false)
}

func formOf(address string, pathOf func(string) string, drop func(parameter string) bool, fragment bool) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" && !strings.HasPrefix(u.Path, "/") {
		return address
	}
	page := pathOf(u.Path)
	if q := u.Query(); len(q) > 0 {
		for name := range q {
			if drop(strings.ToLower(name)) {
				q.Del(name)
			}
		}
		if len(q) > 0 {
			page += "?" + q.Encode()
		}
	}
	if fragment && u.Fragment != "" {
		page += "#" + text.Line(u.Fragment)
	}
	if host := hostOf(u); host != "" {
		return "//" + host + page
	}
	return "/" + strings.TrimLeft(page, "/")
}

// shownPath returns the path that a server shows for p, without a slash at the
// end: "" of the root.
func shownPath(p string) string {
	if p == "" {
		return ""
	}
	p = path.Clean("/" + text.Line(p))
	if namesFolder(p) {
		p, _ = path.Split(p)
	}
	return strings.TrimRight(p, "/")
}

// namesFolder reports whether p is of a file that a server shows for its folder.
func namesFolder(p string) bool {
	switch strings.ToLower(path.Base(p)) {
	case "index.html", "index.htm", "index.xhtml", "index.shtml", "index.php", "index.asp", "index.aspx", "index.jsp", "default.htm", "default.html", "default.asp", "default.aspx":
		return true
	}
	return false
}

// hostOf returns the host of an address in the form that equal hosts share.
func hostOf(u *url.URL) string {
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		name = ascii
	}
	name = strings.TrimPrefix(name, "www.")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		name += ":" + port
	}
	return name
}

// tracks says whether a parameter of that name, in lower case, tells where a
// reader came from or which visit it is, and nothing of the page.
func tracks(name string) bool {
	switch name {
	case "srsltid", "phpsessid", "jsessionid", "fb_action_ids", "fb_action_types", "fb_source", "fb_ref", "epik", "_kx", "_gac", "amp", "outputtype",
		"at_medium", "at_campaign", "wt_mc", "wt.mc_id", "wtmc", "xtor", "spm":
		return true
	}
	return tracksCampaign(name) || strings.HasPrefix(name, "matomo_") || strings.HasPrefix(name, "piwik_")
}

func tracksCampaign(name string) bool {
	switch name {
	case "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "li_fat_id",
		"igshid", "igsh", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "vero_conv", "oly_anon_id", "oly_enc_id", "ref_src":
		return true
	}
	return strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "mc_") || strings.HasPrefix(name, "hsa_") || strings.HasPrefix(name, "pk_") ||
		strings.HasPrefix(name, "mtm_")
}

// pageKeys returns the keys of the rows that an address is looked up in, best
// first: that of its own form; those of the other one, absolute or from the root
// of the site, so that it does not matter whether the site was known when the
// item was stored; those of stores made before the form was what it is.
func pageKeys(site, address string) []store.Key {
	page, former := pageOf(address), formerPage(address)
	forms := otherForm(site, page)
	if former != page {
		forms = append(forms, otherForm(site, former)...)
	}
	if oldest := normalAddress(site, address); !slices.Contains(forms, oldest) {
		forms = append(forms, oldest)
	}
	keys := make([]store.Key, len(forms))
	for i, form := range forms {
		keys[i] = aliasKey(form)
	}
	return keys
}

// otherForm returns the form of a page and, if it is the site's, the other one.
func otherForm(site, page string) []string {
	s, err := url.Parse(site)
	if err != nil || s.Host == "" {
		return []string{page}
	}
	own := "//" + hostOf(s)
	rest, isOwn := strings.CutPrefix(page, own)
	switch {
	case isOwn && (rest == "" || strings.ContainsRune("/?#", rune(rest[0]))):
		return []string{page, "/" + strings.TrimLeft(rest, "/")}
	case strings.HasPrefix(page, "/") && !strings.HasPrefix(page, "//"):
		if rest := page[1:]; rest == "" || strings.ContainsRune("?#", rune(rest[0])) { // the home page has no path
			return []string{page, own + rest}
		}
		return []string{page, own + page}
	}
	return []string{page}
}

// addressKeys returns the keys that a record's address and aliases are stored
// under; main is how many of them, at the front, are of its address.
func addressKeys(r *record) (keys []store.Key, main int) {
	if r == nil || r.Status == recommend.Withdrawn {
		return nil, 0
	}
	if r.URL != "" {
		keys = rowsOf(r.URL)
		main = len(keys)
	}
	for _, a := range r.Aliases {
		if k := aliasKey(pageOf(a)); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys, main
}

// rowsOf returns the keys of the rows that keep the address of an item: that of
// the page which it means on most sites, and where a site may say that it means
// another, one of its own, since there may be any number of them.
func rowsOf(address string) []store.Key {
	page, exact := pageOf(address), exactPage(address)
	if exact == page {
		return []store.Key{aliasKey(page)}
	}
	return []store.Key{aliasKey(page), aliasKey(exact)}
}

// addresses makes the item found by its address and former ids and addresses.
// Others that have one of them, or had it, stay: where one lets go of an
// address, the next is found by it. The address of an item counts before a
// former one of another, and a new address before an old one.
func (p *Publisher) addresses(ctx context.Context, u *unit, old, next *record) error {
	kept, main := addressKeys(next)
	before, mainBefore := addressKeys(old)
	if err := u.load(ctx, slices.Concat(kept, before)...); err != nil {
		return err
	}
	for i, k := range kept {
		row, err := u.get(ctx, k)
		if err != nil {
			return err
		}
		ids := unpackHolders(row.Data)
		at := slices.Index(before, k)
		if slices.Contains(ids, next.ID) && at >= 0 && (i < main) == (at < mainBefore) {
			continue // as it was
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == next.ID })
		if i < main {
			ids = slices.Insert(ids, 0, next.ID)
		} else {
			ids = append(ids[:min(len(ids), maxHolders-1)], next.ID)
		}
		if data := packHolders(ids[:min(len(ids), maxHolders)]); !bytes.Equal(data, row.Data) {
			u.put(k, data)
		}
	}
	// What the item no longer has, and what older versions of akin stored it
	// under besides.
	var left []store.Key
	if old != nil && old.Status != recommend.Withdrawn {
		site, err := p.chosen.address(ctx, p.site)
		if err != nil {
			return err
		}
		if k := aliasKey(exactPage(old.URL)); old.URL != "" && !slices.Contains(kept, k) {
			left = append(left, k)
		}
		for _, a := range append([]string{old.URL}, old.Aliases...) {
			for _, k := range []store.Key{aliasKey(pageOf(a)), aliasKey(formerPage(a)), aliasKey(normalAddress(site, a))} {
				if a != "" && !slices.Contains(kept, k) && !slices.Contains(left, k) && p.gone(next, a) {
					left = append(left, k)
				}
			}
		}
	}
	if len(left) == 0 {
		return nil
	}
	if err := u.load(ctx, left...); err != nil {
		return err
	}
	for _, k := range left {
		row, err := u.get(ctx, k)
		if err != nil {
			return err
		}
		ids := unpackHolders(row.Data)
		rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == next.ID })
		switch {
		case len(rest) == len(ids):
		case len(rest) > 0:
			u.put(k, packHolders(rest))
		default:
			u.deleteRead(k)
		}
	}
	return nil
}

// gone says whether an item has neither as its address nor as a former one what
// means the page of address.
func (p *Publisher) gone(next *record, address string) bool {
	if next.Status == recommend.Withdrawn {
		return true
	}
	page := pageOf(address)
	for _, a := range append([]string{next.URL}, next.Aliases...) {
		if a != "" && pageOf(a) == page {
			return false
		}
	}
	return true
}

// deleteRead removes a row that was read; the commit holds only while nobody
// else writes it.
func (u *unit) deleteRead(k store.Key) {
	op := store.Op{Act: store.Delete, Row: store.Row{Key: k}}
	if row := u.read[k]; row.Rev > 0 {
		op.Cond, op.Want = store.RevIs, row.Rev
	}
	u.set(op)
}
