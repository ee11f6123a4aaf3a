// Package wordpress reads the works of a WordPress: from its export file (WXR),
// and from its REST interface, asked or saved to a file. Both give the same
// items: the guid makes the id, the slugs of categories and tags are the
// topics, and only what a visitor may see is handed out.
//
// Posts have no type; pages have the type "page", other public types their
// name. REST says which are public; an export does not, see [export.public]. Attachments, menus, revisions and what plugins keep are counted and left
// out, as are works of other statuses than "publish" and works with a password.
// What is scheduled in an export is embargoed until its date; REST shows it
// once it is published. That a post is sticky means nothing here.
package wordpress

import (
	"html"
	"net/url"
	"strings"
	"time"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// Kinds of what is left out beside those of entry.
var (
	attachments = entry.Kind{One: "attachment left out", Many: "attachments left out"}
	menus       = entry.Kind{One: "menu entry left out", Many: "menu entries left out"}
	revisions   = entry.Kind{One: "revision left out", Many: "revisions left out"}
)

// internal are post types that have no pages, or none that a visitor looks for.
// What plugins keep has no pretty address, and is told by that: see noPage.
var internal = map[string]bool{
	"custom_css": true, "customize_changeset": true, "oembed_cache": true, "user_request": true,
	"wp_block": true, "wp_template": true, "wp_template_part": true, "wp_global_styles": true, "wp_navigation": true,
	"wp_font_family": true, "wp_font_face": true, "acf-field": true, "acf-field-group": true, "acf-post-type": true,
	"acf-taxonomy": true, "acf-ui-options-page": true, "elementor_library": true, "elementor_font": true,
	"elementor_icons": true, "elementor_snippet": true, "e-floating-buttons": true, "elementor-hf": true,
	"product_variation": true, "shop_order": true, "shop_order_refund": true, "shop_coupon": true,
	"wpcf7_contact_form": true, "feedback": true, "flamingo_inbound": true, "flamingo_contact": true,
	"wpforms": true, "mc4wp-form": true, "polylang_mo": true, "scheduled-action": true, "et_pb_layout": true,
	"fl-builder-template": true, "tablepress_table": true, "amp_validated_url": true, "jp_pay_order": true,
	"jp_pay_product": true, "jp_mem_plan": true, "vc_grid_item": true, "vc4_templates": true, "safecss": true,
	"bp-email": true, "mailpoet_page": true, "edd_payment": true, "edd_log": true, "edd_discount": true,
	"give_payment": true, "popup": true, "popup_theme": true, "rm_content_editor": true, "reply": true,
}

// familiar are words in the names of types that sites show to everybody, and
// hushed those in the names of types that hold what people sent or bought, or
// how the site is built.
var (
	familiar = entry.Pattern(`(?i)(^|[_-])(post|article|news|stor(y|ies)|blog|portfolio|project|product|event|recipe|book|course|lesson|podcast|episode|video|film|movie|review|interview|case|study|press|release|report|publication|magazine|issue|guide|tutorial|docs?|knowledge|faq|glossary|place|location|destination|tour|trip|hotel|restaurant|property|listing|job|artist|album|song|exhibition|dossier|column|opinion|topic|forum|gallery|profile|service|speaker|session|talk|resource|download|library|page)s?($|[_-])`)
	hushed   = entry.Pattern(`(?i)(^|[_-])(order|booking|reservation|appointment|payment|invoice|refund|subscription|coupon|discount|voucher|customer|client|member|donat|donor|ticket|application|submission|message|contact|inbox|email|mail|newsletter|form|entry|entries|feedback|log|report_abuse|template|layout|block|popup|widget|field|snippet|shortcode|slide|banner|advert|redirect|menu|nav|setting|option|config|schema|cache|queue|job_run|action|webhook|export|import|backup|license|transaction|shipment|shipping|note|task|todo|draft|internal|private|hidden|staff_only)(s|ions?)?($|[_-])`)
)

// noPage says whether works of a post type have no pages of their own: a type
// that is not public has links that name it.
func noPage(kind, link string) bool {
	if internal[kind] || strings.HasPrefix(kind, "_") {
		return true
	}
	u, err := url.Parse(link)
	return err == nil && u.Query().Has("post_type")
}

// types returns the types of a work.
func types(kind string) []string {
	if kind == "" || kind == "post" {
		return nil
	}
	return []string{kind}
}

// status returns who may see a work.
func status(s, password string) entry.Status {
	switch s {
	case "publish", "future":
		if password != "" {
			return entry.Protected
		}
		return entry.Public
	case "trash":
		return entry.Trashed
	case "draft", "pending", "auto-draft", "inherit":
		return entry.Draft
	}
	return entry.Private // also what plugins invent: better too little is shown
}

// moment returns a time of the site, with its offset from UTC, by RFC 3339. Local
// and gmt are "2006-01-02 15:04:05", with a T in REST; either may be missing or
// the zero date of MySQL.
func moment(local, gmt string) string {
	parse := func(s string) time.Time {
		t, err := time.Parse("2006-01-02 15:04:05", strings.Replace(strings.TrimSpace(s), "T", " ", 1))
		if err != nil || t.Year() < 1 {
			return time.Time{}
		}
		return t
	}
	l, g := parse(local), parse(gmt)
	offset := l.Sub(g)
	switch {
	case l.IsZero() && g.IsZero():
		return ""
	case l.IsZero():
		return g.Format(time.RFC3339)
	case g.IsZero(), offset.Abs() > 15*time.Hour, offset%time.Minute != 0:
		return l.Format("2006-01-02T15:04:05") // a reader's zone, or UTC
	}
	return l.Add(-offset).In(time.FixedZone("", int(offset.Seconds()))).Format(time.RFC3339)
}

// flat returns a title or an excerpt as text; as HTML if the text would be taken
// for that.
func flat(s string) string {
	if plain := entry.PlainText(s); !strings.ContainsAny(plain, "<&") {
		return plain
	}
	return s
}

// A term is a category, a tag, or one of a taxonomy of the site's own.
type term struct{ slug, name, about, parent string }

// taxonomy says whether terms of it are topics.
func taxonomy(name string) bool {
	switch name {
	case "", "nav_menu", "link_category", "post_format", "language", "term_language", "post_translations", "term_translations",
		"translation_priority", "wp_theme", "wp_template_part_area", "wp_pattern_category", "product_type", "product_visibility",
		"product_shipping_class", "elementor_library_type", "elementor_library_category", "action-group", "amp_validation_error":
		return false
	}
	return true
}

// topic returns a term's topic; ok is false for the category that WordPress
// gives whatever has none, and for what makes no slug.
func (t term) topic() (topic recommend.Topic, ok bool) {
	slug := slugOf(t.slug)
	if slug == "uncategorized" || slug == "uncategorised" {
		return topic, false
	}
	if slug == "" {
		slug = entry.Slug(t.name)
	}
	topic = recommend.Topic{Slug: slug, Title: entry.Shorten(entry.PlainText(t.name), recommend.MaxTitle)}
	if about := entry.PlainText(t.about); len(about) <= recommend.MaxIntro {
		topic.Introduction = about
	}
	if parent := slugOf(t.parent); parent != slug {
		topic.Parent = parent
	}
	return topic, topic.Validate() == nil
}

// slugOf returns a slug as people write it: WordPress keeps other letters than
// Latin ones escaped.
func slugOf(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	return entry.Slug(html.EscapeString(s))
}

// A set of topics that were handed out.
type topics map[string]bool

// add puts the topics of terms into e, and hands out those that are new.
func (known topics) add(e *entry.Entry, terms []term, yield func(entry.Found) bool) bool {
	for _, t := range terms {
		topic, ok := t.topic()
		if !ok {
			continue
		}
		e.Topics = append(e.Topics, html.EscapeString(topic.Slug))
		if !known[topic.Slug] && e.Status == entry.Public {
			known[topic.Slug] = true
			if !yield(entry.Found{Topic: &topic}) {
				return false
			}
		}
	}
	return true
}

// aliases returns former addresses of a work.
func aliases(guid, link string) []string {
	g, err := url.Parse(guid)
	if err != nil || guid == link {
		return nil
	}
	if l, err := url.Parse(link); err != nil || g.Host == "" || g.Host != l.Host {
		return nil // a guid of a machine that the site was made on
	}
	return []string{guid}
}
