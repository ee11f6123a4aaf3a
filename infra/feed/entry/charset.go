package entry

import (
	"bytes"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

var (
	charsetIn = Pattern(`(?i)\bcharset\s*[=:]\s*["']?\s*([A-Za-z0-9._:+-]+)`)
	charsetOf = Pattern(`(?i)<meta\s[^>]*?\bcharset\s*=\s*["']?\s*([A-Za-z0-9._:+-]+)|<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:+-]+)`)
)

// Charset returns what the header of an answer calls its encoding, however badly
// it is written, as some are: "text/xml;; charset='latin1'"; empty if it does not.
func Charset(header http.Header) string {
	if m := charsetIn().FindStringSubmatch(header.Get("Content-Type")); m != nil {
		return m[1]
	}
	return ""
}

// Encoding returns the encoding of that name; nil if there is none, or if it is
// one that bytes themselves show: UTF-8, UTF-16, UTF-32.
func Encoding(name string) encoding.Encoding {
	if number, ok := strings.CutPrefix(strings.ToLower(name), "win-"); ok {
		name = "windows-" + number
	}
	enc, known := charset.Lookup(name)
	if enc == nil || known == "utf-8" || known == "replacement" || strings.HasPrefix(known, "utf-16") {
		return nil
	}
	return enc
}

// Escapes reports whether texts in the encoding of that name look like ASCII.
func Escapes(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "iso-2022") || strings.HasPrefix(name, "hz")
}

// Page returns the HTML of a page as UTF-8. What a byte order mark says counts
// most, then what the bytes show of UTF-8, then what the header says, and then
// what the page says. A page that is mostly UTF-8 is read as that; any other of
// which nothing is said, or which is not what it says, as windows-1252.
func Page(data []byte, header http.Header) []byte {
	for _, mark := range []string{"\ufeff", "\xfe\xff", "\xff\xfe"} {
		if bytes.HasPrefix(data, []byte(mark)) {
			enc, _, _ := charset.DetermineEncoding(data, "")
			text, _ := enc.NewDecoder().Bytes(data) // of which what is broken is replaced
			return bytes.TrimPrefix(text, []byte("\ufeff"))
		}
	}
	const start = 8 << 10 // bytes that say what the rest is
	names := []string{Charset(header)}
	for _, m := range charsetOf().FindAllSubmatch(data[:min(len(data), start)], 4) {
		names = append(names, string(m[1])+string(m[2]))
	}
	sound := utf8.Valid(data)
	for _, name := range names {
		enc := Encoding(name)
		if enc == nil || sound && !Escapes(name) {
			continue
		}
		if text, err := enc.NewDecoder().Bytes(data); err == nil && !mostlyUTF8(data) {
			return text
		}
	}
	if sound || mostlyUTF8(data) {
		return bytes.ToValidUTF8(data, []byte("\ufffd"))
	}
	text, _ := charmap.Windows1252.NewDecoder().Bytes(data) // which has all bytes
	return text
}

// mostlyUTF8 reports whether more characters of data are UTF-8, beyond ASCII, than
// bytes are not.
func mostlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for len(data) > 0 {
		if data[0] < utf8.RuneSelf {
			data = data[1:]
			continue
		}
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		data = data[size:]
	}
	return good > bad
}
