package cms

import (
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"akin/infra/feed/entry"
)

// isNext are paths to what says where the next page is, or how much there is.
var isNext = map[string]bool{
	"links": true, "_links": true, "next": true, "next_url": true, "nextPage": true, "nextPageUrl": true, "meta": true, "pagination": true, "paging": true, "info": true,
	"response.currentPage": true, "response.pages": true, "response.total": true, "nextPageToken": true, "pager": true,
	"skip": true, "offset": true, "start": true, "limit": true,
	"total": true, "totalCount": true, "total_count": true, "first": true, "totalResults": true, "numFound": true,
}

// maxPages is how many answers are asked for at most.
const maxPages = 20_000

// pages reads a document and, of an answer, the next ones; false: no more is
// wanted, or the last one was cut off.
func (l *list) pages(first *entry.Input, read func(io.Reader) (object, bool)) bool {
	at, header := first.URL, first.Header
	next, ok := read(first.Reader)
	seen := map[string]bool{at: true}
	for n := 1; ok; n++ {
		if l.objects > 0 {
			delete(next, "first")
		}
		address := nextPage(at, next, header)
		switch {
		case address == "" || seen[address]:
			return l.whole(totalOf(next, header))
		case at == "" || n == maxPages:
			return l.yield(entry.Found{Notice: &entry.Notice{Kind: entry.Further,
				Err: entry.Wrong("next", "%s was not read; import the address instead of a file to have all", address)}})
		}
		seen[address] = true
		resp, err := entry.Get(l.ctx, l.o.Client, address, "application/json")
		if err != nil {
			l.yield(entry.Found{File: address, Err: entry.Wrong("next", "%v; what follows was not read", err), Cut: true})
			return false
		}
		at, header, l.file = address, resp.Header, address
		next, ok = read(resp.Body)
		resp.Body.Close()
	}
	return false
}

// whole says so where a list has more works than were read.
func (l *list) whole(total int) bool {
	if l.objects == 0 || total <= l.objects {
		return true
	}
	return l.yield(entry.Found{Notice: &entry.Notice{Kind: entry.Further,
		Err: entry.Wrong("total", "%d works are said to be there, %d were read; the rest may have addresses of its own", total, l.objects)}})
}

// totalOf returns how many works an answer says that there are; 0: it does not.
func totalOf(says object, header http.Header) int {
	for _, v := range []any{says["total"], says["totalCount"], says["total_count"], says["totalResults"], says["numFound"],
		says["response.total"], in(says, "meta", "total"), in(says, "pagination", "total"), in(says, "meta", "pagination", "total"), in(says, "pager", "total_items")} {
		if n, ok := number(v); ok {
			return n
		}
	}
	for _, name := range []string{"Total", "X-Total-Count", "X-Total"} {
		if n, err := strconv.Atoi(header.Get(name)); err == nil {
			return n
		}
	}
	return 0
}

// number returns a count, which some write as a text.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case float64:
		return int(v), v == math.Trunc(v) && v >= 0 && v < 1<<31
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil && n >= 0
	}
	return 0, false
}

// nextPage returns the address of the page behind at; "" if there is none, or
// if it is on another host. Where at is not known, any text says that there is
// one.
func nextPage(at string, says object, header http.Header) string {
	if to := nextLink(at, says, header); to != "" {
		return to
	}
	name, value := nextNumber(says)
	if name == "" {
		name, value = nextOffset(says)
	}
	if name == "" {
		name, value = nextToken(says)
	}
	if name == "" {
		name, value = nextCounted(at, header)
	}
	switch {
	case name == "":
		return ""
	case at == "":
		return name + " " + value
	}
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// nextLink returns the address that an answer names, also in its header (RFC
// 8288).
func nextLink(at string, says object, header http.Header) string {
	named := []any{in(says, "links", "next"), says["next"], says["next_url"], says["nextPage"], says["nextPageUrl"], in(says, "_links", "next"),
		in(says, "meta", "next"), in(says, "info", "next"), in(says, "pagination", "next"), in(says, "paging", "next"), in(says, "pagination", "next_url"),
		says["first"]} // where an ActivityPub collection has its works
	for _, link := range header.Values("Link") {
		for part := range strings.SplitSeq(link, ",") {
			part, isLink := strings.CutPrefix(strings.TrimSpace(part), "<")
			address, rest, _ := strings.Cut(part, ">")
			if rel := strings.ReplaceAll(strings.ToLower(rest), `"`, ""); isLink && strings.Contains(rel, "rel=next") {
				named = append(named, address)
			}
		}
	}
	for _, v := range named {
		address, _ := v.(string)
		if o, ok := v.(object); ok {
			address, _ = o["href"].(string)
		}
		if address == "" || !strings.ContainsAny(address, "/?") {
			continue
		}
		to := entry.Absolute(at, address)
		from, err := url.Parse(at)
		u, err2 := url.Parse(to)
		if at != "" && (err != nil || err2 != nil || u.Host != from.Host) {
			continue
		}
		return to
	}
	return ""
}

// nextNumber returns the parameter that asks for the next page where an answer
// says how many there are and which this one is; "" if it is the last one.
func nextNumber(says object) (name, value string) {
	for _, p := range []any{in(says, "meta", "pagination"), says["pagination"], says["meta"],
		object{"page": says["response.currentPage"], "pages": says["response.pages"]}} {
		o, _ := p.(object)
		page, isPage := number(o["page"])
		if !isPage {
			page, isPage = number(o["current_page"])
		}
		pages := 0
		for _, name := range []string{"pages", "pageCount", "total_pages", "totalPages", "last_page"} {
			if n, ok := number(o[name]); ok {
				pages = n
				break
			}
		}
		switch {
		case !isPage || page >= pages:
		case o["pageCount"] != nil:
			return "pagination[page]", strconv.Itoa(page + 1)
		default:
			return "page", strconv.Itoa(page + 1)
		}
	}
	// Drupal counts from 0.
	page, isPage := number(in(says, "pager", "current_page"))
	if pages, ok := number(in(says, "pager", "total_pages")); ok && isPage && page+1 < pages {
		return "page", strconv.Itoa(page + 1)
	}
	return "", ""
}

// nextOffset is nextNumber where an answer says how many works there are, and
// how many of them stand before it and in it.
func nextOffset(says object) (name, value string) {
	for _, p := range []any{says, says["meta"], says["pagination"], says["paging"], in(says, "meta", "pagination")} {
		o, _ := p.(object)
		total, isTotal := number(o["total"])
		limit, isLimit := number(o["limit"])
		for _, name := range []string{"skip", "offset", "start"} {
			before, ok := number(o[name])
			if ok && isTotal && isLimit && limit > 0 && before+limit < total {
				return name, strconv.Itoa(before + limit)
			}
		}
	}
	return "", ""
}

// nextToken is nextNumber where an answer names the next page by a word: of
// interfaces of Google, and of WordPress.com.
func nextToken(says object) (name, value string) {
	if token, _ := says["nextPageToken"].(string); token != "" {
		return "pageToken", token
	}
	if token, _ := in(says, "meta", "next_page").(string); token != "" {
		return "page_handle", token
	}
	return "", ""
}

// nextCounted is nextNumber where the header says how many works there are, and
// how many a page has, as Storyblok's does.
func nextCounted(at string, header http.Header) (name, value string) {
	total, _ := number(header.Get("Total"))
	per, _ := number(header.Get("Per-Page"))
	u, err := url.Parse(at)
	if err != nil || total == 0 || per == 0 {
		return "", ""
	}
	page, given := number(u.Query().Get("page"))
	if !given {
		page = 1
	}
	if page*per >= total {
		return "", ""
	}
	return "page", strconv.Itoa(page + 1)
}
