package entry

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"akin/recommend"
)

// ID returns an id made of a guid or an address; "" of an empty text. One that
// is an id already stays. Of any other the readable part is kept, and a hash of
// the whole added, so that different ones stay different. The id of a work
// must not depend on how it was read: give the guid where there is one.
func ID(guid string) string {
	guid = strings.TrimSpace(guid)
	if guid == "" || (recommend.Item{ID: guid, Title: "a"}).Validate() == nil {
		return guid
	}
	const readable = 120 // bytes of the guid that are kept
	text := guid
	if _, rest, ok := strings.Cut(guid, "://"); ok {
		text = rest
	}
	words := strings.FieldsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_'
	})
	id := Cut(strings.Join(words, "-"), readable)
	if id == "" {
		id = "entry"
	}
	return fmt.Sprintf("%s-%x", id, sha256.Sum256([]byte(guid)))[:len(id)+1+12]
}

// Slug returns the slug of a topic that a foreign system calls name, which may
// hold markup; "" if none can be made.
func Slug(name string) string {
	slug := strings.ReplaceAll(PlainText(name), "/", "-")
	if slug == "." || slug == ".." || len(slug) > recommend.MaxSlug {
		return ""
	}
	return slug
}

// Lang returns a language tag as akin spells it, "en_us" as "en-US", and "eng" or
// "jp" as "en" or "ja"; "" if it is none.
func Lang(tag string) string {
	tag = strings.ReplaceAll(strings.TrimSpace(tag), "_", "-")
	if base, rest, _ := strings.Cut(tag, "-"); usualLang(strings.ToLower(base)) != "" {
		tag = strings.TrimSuffix(usualLang(strings.ToLower(base))+"-"+rest, "-")
	}
	if (recommend.Item{ID: "a", Title: "a", Lang: tag}).Validate() != nil {
		return ""
	}
	return recommend.CanonicalLang(tag)
}

// usualLang returns the tag of a language that a system names by a country or by three
// letters, as ISO 639-2 has them; "" of any other.
func usualLang(name string) string {
	switch name {
	case "jp", "jpn":
		return "ja"
	case "kr", "kor":
		return "ko"
	case "cn", "zho", "chi":
		return "zh"
	case "cz", "ces", "cze":
		return "cs"
	case "dk", "dan":
		return "da"
	case "gr", "ell", "gre":
		return "el"
	case "ua", "ukr":
		return "uk"
	case "eng":
		return "en"
	case "deu", "ger":
		return "de"
	case "fra", "fre":
		return "fr"
	case "spa":
		return "es"
	case "ita":
		return "it"
	case "por":
		return "pt"
	case "nld", "dut":
		return "nl"
	case "swe":
		return "sv"
	case "pol":
		return "pl"
	case "rus":
		return "ru"
	case "fin":
		return "fi"
	case "hun":
		return "hu"
	case "tur":
		return "tr"
	}
	return ""
}
