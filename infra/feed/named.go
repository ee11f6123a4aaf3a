package feed

import (
	"bytes"
	"encoding/binary"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"akin/infra/feed/entry"
)

// named says what a file is that cannot be read here, and what to do with it;
// "" if it may be one that can. Where is its address, empty for a file.
func named(head []byte, where string) string {
	for _, m := range []struct{ magic, what string }{
		{"BZh", "is a bzip2 archive; unpack it first (bunzip2), or pack it with gzip"},
		{"\xfd7zXZ\x00", "is an xz archive; unpack it first (unxz), or pack it with gzip"},
		{"7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it and import the files in it"},
		{"\x28\xb5\x2f\xfd", "is a Zstandard archive; unpack it first (unzstd), or pack it with gzip"},
		{"\x04\x22\x4d\x18", "is an lz4 archive; unpack it first, or pack it with gzip"},
		{"Rar!\x1a\x07", "is a RAR archive; unpack it and import the files in it"},
		{"\x1f\x9d", "is an archive of compress; unpack it first (uncompress)"},
		{"%PDF-", "is a PDF; import the texts themselves, as a spreadsheet or JSON"},
		{"SQLite format 3\x00", "is an SQLite database; export its table of articles as CSV or JSON"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Office file (.xls or .doc); save it as CSV UTF-8"},
		{`{\rtf`, "is a rich text file; import the texts themselves, as a spreadsheet or JSON"},
		{"\x89PNG\r\n\x1a\n", "is a picture (PNG); import the items that show it"},
		{"\xff\xd8\xff", "is a picture (JPEG); import the items that show it"},
		{"GIF87a", "is a picture (GIF); import the items that show it"},
		{"GIF89a", "is a picture (GIF); import the items that show it"},
		{"II*\x00", "is a picture (TIFF); import the items that show it"},
		{"MM\x00*", "is a picture (TIFF); import the items that show it"},
		{"ID3", "is a sound file; import the items that play it"},
		{"OggS", "is a sound or video file; import the items that play it"},
		{"\x7fELF", "is a program; import items, a feed or a spreadsheet"},
		{"MZ\x90\x00", "is a program; import items, a feed or a spreadsheet"},
		{"PAR1", "is a Parquet file; export it as CSV or JSON Lines"},
		{"PK\x05\x06", "is an empty zip archive"},
	} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.what
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return zipNamed(head)
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return "is a tar archive; unpack it and import the files in it"
	case len(head) > 12 && string(head[4:8]) == "ftyp":
		if string(head[8:12]) == "avif" || string(head[8:12]) == "heic" {
			return "is a picture; import the items that show it"
		}
		return "is a sound or video file; import the items that play it"
	case len(head) > 12 && string(head[:4]) == "RIFF":
		if string(head[8:12]) == "WEBP" {
			return "is a picture (WebP); import the items that show it"
		}
		return "is a sound or video file; import the items that play it"
	}
	text := bytes.TrimLeft(head, " \t\r\n\ufeff")
	switch {
	case sqlDump().Match(text[:min(len(text), 4096)]):
		return "is an SQL dump; export the table of articles as CSV or JSON, or use the export of the publishing system"
	case bytes.HasPrefix(text, []byte("<?php")):
		return "is a PHP program; give the export that it makes, or its address"
	case bytes.HasPrefix(text, []byte("BEGIN:VCALENDAR")):
		return "is a calendar; import items, a feed or a spreadsheet"
	case bytes.HasPrefix(text, []byte("BEGIN:VCARD")):
		return "is a list of addresses of people; import items, a feed or a spreadsheet"
	case bytes.HasPrefix(text, []byte("bplist00")):
		return "is a property list; export CSV or JSON"
	case risRecord().Match(text):
		return "is a list of references (RIS); save it as CSV"
	case bibEntry().Match(text):
		return "is a list of references (BibTeX); save it as CSV"
	case mailHead().Match(text):
		return "is mail, or a page that was saved as mail (MHTML); import the texts themselves, as a spreadsheet or JSON"
	case robotsText().Match(text):
		return "is a robots.txt; import the address of the site, or its feed"
	case yamlList().Match(text):
		return "is YAML; save it as JSON, or import the folder of the site"
	case tomlTable().Match(text):
		return "is TOML; save it as JSON, or import the folder of the site"
	case len(text) > 0 && text[0] == '<':
		return xmlNamed(text, where)
	case isBinary(head[:min(len(head), 512)]):
		return "is a binary file that is not known here; import JSON, CSV or a feed"
	}
	return ""
}

// isBinary says whether a file that starts with head is not text: more than one of
// twenty bytes is a control character. A single one is a fault of its record.
func isBinary(head []byte) bool {
	controls := 0
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\x1b' {
			controls++
		}
	}
	return controls*20 > len(head)
}

// zipNamed says what a zip archive holds, by the names of its first files.
func zipNamed(head []byte) string {
	first := ""
	for rest := head; ; {
		k := bytes.Index(rest, []byte("PK\x03\x04"))
		if k < 0 || len(rest) < k+30 {
			break
		}
		n := int(binary.LittleEndian.Uint16(rest[k+26:]))
		name := string(rest[k+30 : min(len(rest), k+30+n)])
		content := rest[min(len(rest), k+30+n):]
		hidden := strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(name[strings.LastIndexByte(name, '/')+1:], ".") || strings.HasSuffix(name, "/")
		if first == "" && !hidden {
			first = strings.ToValidUTF8(name, "")
		}
		switch {
		case strings.HasPrefix(name, "Index/") && strings.HasSuffix(name, ".iwa"):
			return "is a file of Numbers, Pages or Keynote; save the sheet as CSV UTF-8"
		case strings.HasPrefix(name, "xl/") && bytes.Contains(head, []byte("xl/workbook.bin")):
			return "is a binary Excel sheet (XLSB); save it as an Excel workbook (XLSX) or CSV UTF-8"
		case strings.HasPrefix(name, "xl/"):
			return "is an Excel sheet; save it as CSV UTF-8"
		case strings.HasPrefix(name, "word/"):
			return "is a Word document; import the texts themselves, as a spreadsheet or JSON"
		case strings.HasPrefix(name, "ppt/"):
			return "is a PowerPoint file; import the texts themselves, as a spreadsheet or JSON"
		case name == "mimetype" && bytes.HasPrefix(content, []byte("application/vnd.oasis.opendocument.spreadsheet")):
			return "is an OpenDocument sheet; save it as CSV UTF-8"
		case name == "mimetype" && bytes.HasPrefix(content, []byte("application/vnd.oasis.opendocument")):
			return "is an OpenDocument file; import the texts themselves, as a spreadsheet or JSON"
		case name == "mimetype" && bytes.HasPrefix(content, []byte("application/epub")):
			return "is an EPUB book; import the texts themselves, as a spreadsheet or JSON"
		}
		rest = rest[k+4:]
	}
	switch {
	case first == "[Content_Types].xml":
		return "is an Office file, such as an Excel sheet; save it as CSV UTF-8"
	case first == "":
		return "is a zip archive or an Excel sheet; unpack it and import the files in it, or save the sheet as CSV UTF-8"
	}
	return "is a zip archive; unpack it and import the files in it, such as " + first
}

var (
	sqlDump = entry.Pattern(`(?i)^(?:(?:--[^\n]*\n|/\*!?[^*]*\*/;?|#[^\n]*\n|\s)*)(?:(?:-- (?:MySQL|MariaDB|PostgreSQL|phpMyAdmin|Adminer|Dump|Host:|Table structure))|` +
		`(?:CREATE TABLE|INSERT INTO|DROP TABLE|SET (?:NAMES|SQL_MODE|statement_timeout|FOREIGN)|PRAGMA|BEGIN TRANSACTION|USE ` + "`" + `|COPY \w+ ?\(|LOCK TABLES))|^-- (?:MySQL|MariaDB|PostgreSQL|phpMyAdmin|Adminer)`)
	risRecord  = entry.Pattern(`^TY  - [A-Z]+\s`)
	bibEntry   = entry.Pattern(`^@[A-Za-z]+\s*\{[^,{}\s]+,\s*\n`)
	mailHead   = entry.Pattern(`^(?:From [^\n,]+\n|(?:From|Return-Path|Received|MIME-Version|Delivered-To): [^\n]*\n[A-Z][A-Za-z-]+: )`)
	yamlList   = entry.Pattern(`^(?:---\s*\n)?- [A-Za-z_]+: [^\n]*\n  [A-Za-z_]+:`)
	tomlTable  = entry.Pattern(`^\[\[[A-Za-z_.]+\]\]\s*\n\s*[A-Za-z_]+ *= *|^(?:#[^\n]*\n|\s)*[A-Za-z_][A-Za-z0-9_-]* = (?:"[^"\n]*"|'[^'\n]*'|\[[^\n]*|[\d.:TZ-]+|true|false)\s*(?:\n|$)`)
	robotsText = entry.Pattern(`(?i)^(?:#[^\n]*\n|\s|Sitemap:[^\n]*\n)*User-agent:[^\n]*\n`)
	xmlRoot    = entry.Pattern(`<([A-Za-z_][\w.:-]*)[\s/>]`)
	outlines   = entry.Pattern(`(?i)\sxmlUrl\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	headLinks  = entry.Pattern(`(?i)<link\s[^>]*>`)
	typeIn     = entry.Pattern(`(?i)\stype\s*=\s*["']?(application/(?:rss\+xml|atom\+xml|feed\+json|json))["'\s/>]`)
	comments   = entry.Pattern(`(?s)<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>`)
)

// xmlNamed says what an XML text or a web page is that is not a feed.
func xmlNamed(text []byte, where string) string {
	if isPage(text) {
		feeds := announced(text, where)
		switch len(feeds) {
		case 0:
			return "is a web page; give the address of its feed"
		case 1:
			return "is a web page; give the address of its feed, " + feeds[0]
		}
		return "is a web page; give the address of one of its feeds: " + few(feeds)
	}
	m := xmlRoot().FindSubmatch(comments().ReplaceAll(text, nil))
	if m == nil {
		return "is not XML that can be read; import JSON, CSV or a feed"
	}
	name := string(m[1])
	_, local, prefixed := strings.Cut(name, ":")
	if !prefixed {
		local = name
	}
	switch local {
	case "rss", "RDF", "feed":
		return ""
	case "opml":
		return "is an OPML file; import the feeds that it lists" + listed(text)
	case "urlset":
		return "is a sitemap; import the address of the site, or its feed"
	case "sitemapindex":
		return "is an index of sitemaps; import the address of the site, or its feed"
	case "svg":
		return "is a picture (SVG); import the items that show it"
	case "plist":
		return "is a property list; export CSV or JSON"
	case "kml", "gpx":
		return "is a map; import items, a feed or a spreadsheet"
	case "mediawiki":
		return "is an export of MediaWiki; import the address of the site, or a list of its pages as CSV or JSON"
	case "nitf", "newsMessage", "newsItem", "NewsML":
		return "is an article of a news agency in XML; import a feed, or a list of articles as CSV or JSON"
	case "Error":
		return "is the error of a file store; look at the address"
	case "workbook", "Workbook":
		return "is an Excel sheet in XML; save it as CSV UTF-8"
	}
	return "is XML of another kind (" + local + "); import JSON, CSV, RSS or Atom"
}

// listed names the feeds of an OPML file.
func listed(text []byte) string {
	var feeds []string
	for _, m := range outlines().FindAllSubmatch(text, -1) {
		if address := html.UnescapeString(string(m[1]) + string(m[2])); strings.HasPrefix(address, "http") {
			feeds = append(feeds, address)
		}
	}
	if len(feeds) == 0 {
		return ""
	}
	return ": " + few(feeds)
}

// announced returns the addresses of the feeds that a web page names.
func announced(text []byte, where string) []string {
	var feeds []string
	for _, tag := range headLinks().FindAllString(string(text), -1) {
		rel, href := relIn().FindStringSubmatch(strings.ToLower(tag)), hrefIn().FindStringSubmatch(tag)
		if rel == nil || href == nil || !strings.Contains(rel[1]+rel[2], "alternate") || !typeIn().MatchString(tag) {
			continue
		}
		address := html.UnescapeString(href[1] + href[2])
		if where != "" {
			address = entry.Absolute(where, address)
		}
		// Further feeds are of comments and of versions for programs.
		if !strings.Contains(address, "comments/feed") && !strings.Contains(address, "oembed") && !strings.Contains(address, "/wp-json/") {
			feeds = append(feeds, address)
		}
	}
	return feeds
}

// few lists the first of addresses.
func few(all []string) string {
	const most = 3
	s := strings.Join(all[:min(len(all), most)], " ")
	if len(all) > most {
		s += " and " + strconv.Itoa(len(all)-most) + " more"
	}
	return s
}

// isPage says whether an XML-like text is HTML.
func isPage(data []byte) bool {
	head := bytes.ToLower(data[:min(len(data), 4096)])
	first := xmlRoot().FindSubmatch(comments().ReplaceAll(head, nil))
	if first != nil {
		switch string(first[1]) {
		case "rss", "rdf:rdf", "feed", "opml", "urlset", "sitemapindex", "svg":
			return false
		}
	}
	return bytes.Contains(head, []byte("<!doctype html")) || bytes.Contains(head, []byte("<html")) ||
		first != nil && strings.Contains(" head body meta title div p h1 script style table article section main ", " "+string(first[1])+" ")
}

// wide returns the name of the encoding of more than one byte a character that
// head is written in; "" if it is none.
func wide(head []byte) string {
	for _, m := range []struct{ mark, name string }{
		{"\xff\xfe\x00\x00", "utf-32le"}, {"\x00\x00\xfe\xff", "utf-32be"}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"},
	} {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			return m.name
		}
	}
	if len(head) < 8 || utf8.Valid(head[:8]) && bytes.IndexByte(head[:8], 0) < 0 {
		return ""
	}
	// Without a mark: ASCII characters with zeros beside them.
	switch {
	case ascii(head[0]) && head[1] == 0 && ascii(head[2]) && head[3] == 0 && ascii(head[4]) && head[5] == 0:
		return "utf-16le"
	case head[0] == 0 && ascii(head[1]) && head[2] == 0 && ascii(head[3]) && head[4] == 0 && ascii(head[5]):
		return "utf-16be"
	}
	return ""
}

func ascii(c byte) bool { return c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t' }
