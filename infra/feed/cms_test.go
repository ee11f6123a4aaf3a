package feed

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"akin/infra/feed/entry"
	"akin/recommend"
)

// outcome is what came of a file: the ids and titles of items, how many records
// were left out by kind, and errors.
func readAll(t *testing.T, in string) (items []recommend.Item, topics []string, gone []string, notices map[string]int, errs []string) {
	t.Helper()
	notices = map[string]int{}
	for r := range Read(strings.NewReader(in), "F") {
		switch {
		case r.Err != nil:
			errs = append(errs, r.Err.Error())
		case r.Item != nil:
			items = append(items, *r.Item)
		case r.Topic != nil:
			topics = append(topics, r.Topic.Slug+"="+r.Topic.Title)
		case r.Notice != nil:
			notices[r.Notice.Kind.Many] += max(1, r.Notice.N)
			if r.Gone {
				gone = append(gone, r.ID)
			}
		}
	}
	return items, topics, gone, notices, errs
}

// Whoever reads a publishing system's file gets what its visitors may see, and
// is told how much else was in it.
func TestSystems(t *testing.T) {
	tests := []struct {
		name, in string
		titles   string // of the items, parted by |
		notices  string // one that has to be there
	}{
		{"WordPress REST, saved",
			`[{"id":11,"status":"publish","link":"https://mill.example/c/","title":{"rendered":"Wheels &#8211; turning"},"excerpt":{"rendered":"<p>Two.</p>"}},
			{"id":12,"status":"draft","link":"https://mill.example/?p=12","title":{"rendered":"Not yet"}},
			{"id":13,"status":"publish","link":"https://mill.example/m/","title":{"rendered":"Members"},"content":{"rendered":"","protected":true}}]`,
			"Wheels – turning", "drafts left out"},
		{"JSON:API",
			`{"jsonapi":{"version":"1.0"},"data":[{"type":"node--article","id":"2f","attributes":{"title":"Weirs","status":true,"path":{"alias":"/w"}}},
			{"type":"node--article","id":"3f","attributes":{"title":"Hidden","status":false}}],"included":[]}`,
			"Weirs", "drafts left out"},
		{"Strapi 4", `{"data":[{"id":1,"attributes":{"title":"Weirs","publishedAt":"2024-03-01T10:00:00Z"}},{"id":2,"attributes":{"title":"Draft","publishedAt":null}}],"meta":{}}`,
			"Weirs", "drafts left out"},
		{"Strapi 5", `{"data":[{"id":1,"documentId":"q1","title":"Weirs","publishedAt":"2024-03-01T10:00:00Z"}],"meta":{"pagination":{"page":1,"pageSize":25,"pageCount":1,"total":1}}}`,
			"Weirs", "items read from data"},
		{"Strapi 3", `[{"id":1,"title":"Weirs","published_at":"2024-03-01T10:00:00Z","createdAt":"2024-03-01T10:00:00Z"},{"id":2,"title":"Draft","published_at":null}]`,
			"Weirs", "drafts left out"},
		{"Ghost", `{"db":[{"meta":{"version":"5"},"data":{"posts":[{"id":"1","title":"Weirs","slug":"w","html":"<p>x</p>","status":"published","visibility":"public"},
			{"id":"2","title":"Draft","slug":"d","status":"draft"},{"id":"3","title":"Paid","slug":"p","status":"published","visibility":"paid"}]}}]}`,
			"Weirs", "private entries left out"},
		{"Contentful", `{"contentTypes":[{"sys":{"id":"article"},"name":"Article","displayField":"heading","fields":[]}],
			"entries":[{"sys":{"id":"e1","publishedVersion":3,"version":4,"contentType":{"sys":{"id":"article"}}},"fields":{"heading":{"en-US":"Weirs","de":"Wehre"},"slug":{"en-US":"weirs"},"body":{"en-US":"x","de":"y"}}},
			{"sys":{"id":"e2","version":1,"contentType":{"sys":{"id":"article"}}},"fields":{"heading":{"en-US":"Unpublished"},"body":{"en-US":"x"}}}],
			"assets":[],"locales":[{"code":"en-US","default":true}]}`,
			"Weirs|Wehre", "drafts left out"},
		{"a list of other names", `[{"headline":"Weirs","permalink":"https://mill.example/w","tags":["Water"],"author":{"name":"Ann Mill"}}]`, "Weirs", ""},
		{"lines of other names", `{"headline":"Weirs","permalink":"https://mill.example/w"}` + "\n" + `{"headline":"Locks","permalink":"https://mill.example/l"}`, "Weirs|Locks", ""},
		{"a wrapped list", `{"total":2,"posts":[{"title":"Weirs","slug":"w","body":"x"},{"title":"Locks","slug":"l","body":"x"}],"tags":[{"name":"Water","description":"all of it"}]}`,
			"Weirs|Locks", "items read from posts"},
		{"GraphQL", `{"data":{"posts":{"edges":[{"node":{"id":"cG9","title":"Weirs","uri":"/w/"}}]}}}`, "Weirs", "items read from data.posts.edges"},
		{"GraphQL with more", `{"data":{"posts":{"nodes":[{"id":"cG9","title":"Weirs","uri":"/w/"}],"pageInfo":{"hasNextPage":true,"endCursor":"b2"}}}}`, "Weirs", "further pages were not read"},
		{"an odd record", `{"posts":[{"title":"Weirs","slug":"w","body":"x"}, {"title":"Loc"ks"},
{"title":"Sluices","slug":"s","body":"x"}]}`, "Weirs|Sluices", "items read from posts"},
		{"Sanity", `{"result":[{"_id":"a1","_type":"post","title":"Weirs"},{"_id":"drafts.a2","_type":"post","title":"Draft"},{"_id":"versions.r1.a3","title":"Planned"}]}`, "Weirs", "drafts left out"},
		{"Hygraph", `{"data":{"posts":[{"id":"1","title":"Weirs","stage":"PUBLISHED"},{"id":"2","title":"Draft","stage":"DRAFT"}]}}`, "Weirs", `drafts left out, for "stage" says so; --map "stage=" takes them in`},
		{"HubSpot", `{"results":[{"id":"1","name":"Weirs","url":"https://q.example/w","state":"PUBLISHED_OR_SCHEDULED"},{"id":"3","name":"Draft","url":"https://q.example/d","currentState":"DRAFT"}]}`, "Weirs", "drafts left out"},
		{"Joomla", `{"links":{},"data":[{"type":"articles","id":"1","attributes":{"id":1,"title":"Weirs","state":1,"access":1}},{"type":"articles","id":"2","attributes":{"id":2,"title":"Off","state":0}},
			{"type":"articles","id":"3","attributes":{"id":3,"title":"Trash","state":-2}},{"type":"articles","id":"4","attributes":{"id":4,"title":"Members","state":1,"access":3}}]}`, "Weirs", "private entries left out"},
		{"Wagtail", `{"items":[{"id":1,"title":"Weirs","meta":{"html_url":"https://q.example/c/","live":true}},{"id":2,"title":"Draft","meta":{"html_url":"https://q.example/l/","live":false}}]}`, "Weirs", "drafts left out"},
		{"meta that says how a work is kept", `{"data":[{"id":1,"title":"Weirs","url":"/w","meta":{"status":"as ever"}},{"id":2,"title":"Draft","url":"/d","meta":{"status":"draft"}}]}`, "Weirs", "drafts left out"},
		{"Apostrophe", `{"results":[{"_id":"c1:en:published","title":"Weirs","_url":"/c"},{"_id":"c3:en:draft","title":"Draft","_url":"/l3","aposMode":"draft"}]}`, "Weirs", "drafts left out"},
		{"TYPO3", `[{"title":"Weirs","url":"/1","hidden":0,"starttime":0,"endtime":0,"fe_group":"0","uid":1},{"title":"Off","url":"/2","hidden":1,"uid":2},{"title":"Over","url":"/3","endtime":1,"uid":3},{"title":"Members","url":"/4","fe_group":"2","uid":4}]`,
			"Weirs", "expired entries left out"},
		{"a word of state that is not known", `{"data":[{"id":1,"title":"Weirs","url":"/1","status":"published","state":"Ohio"},{"id":2,"title":"Locks","url":"/2","status":"needs love"}]}`, "Weirs", entry.Unknowns.Many},
		{"JSON-LD", `{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle","headline":"Weirs","url":"https://q.example/c"},{"@type":"WebSite","name":"Mill","url":"https://q.example/"},
			{"@type":["Person"],"name":"Ann","url":"https://q.example/a"},{"@type":"BreadcrumbList","name":"Way","url":"https://q.example/b"},{"@type":"NewsMediaOrganization","name":"Mill Ltd","url":"https://q.example/o"}]}`, "Weirs", entry.Nones.Many},
		{"Atom with drafts", `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:app="http://www.w3.org/2007/app"><title>M</title><entry><id>a</id><title>Draft</title><app:control><app:draft>yes</app:draft></app:control></entry>
			<entry><id>b</id><title>Weirs</title><app:control><app:draft>no</app:draft></app:control></entry><entry><id>c</id><title>Too</title><control xmlns="http://www.w3.org/2007/app"><draft>yes</draft></control></entry></feed>`, "Weirs", "drafts left out"},
		{"Blogger", `<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xmlns:app='http://purl.org/atom/app#'>
			<entry><id>tag:blogger.com,1999:blog-1.settings.A</id><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#settings'/><title>A</title></entry>
			<entry><id>tag:blogger.com,1999:blog-1.post-2</id><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#post'/><title type='text'>Weirs</title><content type='html'>x</content></entry>
			<entry><id>tag:blogger.com,1999:blog-1.post-3</id><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#post'/><app:control><app:draft>yes</app:draft></app:control><title type='text'>Draft</title></entry>
			<entry><id>tag:blogger.com,1999:blog-1.post-4</id><category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#comment'/><title type='text'>Nice</title></entry></feed>`,
			"Weirs", "comments left out"},
		{"Blogger by Takeout", `<feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2018'>
			<entry><id>tag:blogger.com,1999:blog-1.post-2</id><blogger:type>POST</blogger:type><blogger:status>LIVE</blogger:status><title>Weirs</title><content type='html'>x</content></entry>
			<entry><id>tag:blogger.com,1999:blog-1.post-3</id><blogger:type>POST</blogger:type><blogger:status>SOFT_TRASHED</blogger:status><title>Gone</title></entry></feed>`,
			"Weirs", "entries in the trash left out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			items, _, _, notices, errs := readAll(t, tt.in)
			var titles []string
			for _, it := range items {
				titles = append(titles, it.Title)
			}
			if got := strings.Join(titles, "|"); got != tt.titles {
				t.Errorf("titles = %q, want %q (errors %q)", got, tt.titles, errs)
			}
			if tt.notices != "" && notices[tt.notices] == 0 {
				t.Errorf("notices = %v, want one of %q", notices, tt.notices)
			}
			if wantErr := tt.name == "an odd record"; wantErr != (len(errs) > 0) {
				t.Errorf("errors = %q", errs)
			}
		})
	}
}

// Of works for those who pay, what all may read is read, and not the text.
func TestPaidTexts(t *testing.T) {
	items, _, _, notices, errs := readAll(t, `{"payload":{"posts":[{"id":"1","title":"Weirs","visibility":0,"body":"All of it."},
		{"id":"2","title":"Locks","visibility":1,"subtitle":"Who pays.","body":"Secret."},{"id":"3","title":"Unlisted","visibility":2,"body":"Secret."}]}}`)
	more, _, _, _, errs2 := readAll(t, `[{"@type":"NewsArticle","headline":"Piers","url":"https://q.example/p","isAccessibleForFree":"http://schema.org/False","description":"Who pays.","articleBody":"Secret."},
		{"@type":"NewsArticle","headline":"Oars","url":"https://q.example/o","isAccessibleForFree":true,"articleBody":"All of it."},
		{"headline":"Masts","url":"https://q.example/m","paywalled":true,"body":"Secret."},{"headline":"Keels","url":"https://q.example/k","noindex":true}]`)
	var got []string
	for _, it := range append(items, more...) {
		got = append(got, it.Title+": "+it.Summary+"/"+it.Body)
	}
	want := []string{"Weirs: All of it./All of it.", "Locks: Who pays./", "Piers: Who pays./", "Oars: All of it./All of it.", "Masts: /"}
	if !slices.Equal(got, want) || notices[entry.Privates.Many] == 0 && notices[entry.Privates.One] == 0 || len(errs)+len(errs2) > 0 {
		t.Errorf("read %q, want %q; notices %v, errors %q %q", got, want, notices, errs, errs2)
	}
}

// Texts in several languages are versions of one work.
func TestTextsByLanguage(t *testing.T) {
	items, _, _, _, errs := readAll(t, `{"items":[{"id":"1","url":"https://q.example/1","title":{"de":"Kräne","en":"Cranes"},"body":{"en":"Two came.","de":"Zwei kamen."},"tags":["port"]},
		{"id":"2","url":"https://q.example/2","title":{"en":"Locks"},"body":{"en":"One."}},{"id":"3","url":"https://q.example/3","title":{"rendered":"Weirs","raw":"Weirs"}}]}`)
	var got []string
	for _, it := range items {
		got = append(got, it.ID+" "+it.Title+" "+it.Lang+" "+it.TranslationOf+" "+it.Body)
	}
	if want := []string{"1 Cranes en  Two came.", "1-de Kräne de 1 Zwei kamen.", "2 Locks   One.", "3 Weirs   "}; !slices.Equal(got, want) || len(errs) > 0 {
		t.Errorf("read %q, want %q; errors %q", got, want, errs)
	}
}

// What the answers of systems say in names of their own comes out as items.
func TestSystemsInTheirOwnWords(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     string // id, address, title, summary, lang, types, topics, authors, date and image of each item
		notices  string // one that has to be there
	}{
		{"Drupal's core REST", `[{"nid":[{"value":12}],"uuid":[{"value":"u-12"}],"type":[{"target_id":"article","target_type":"node_type"}],"langcode":[{"value":"en"}],"status":[{"value":true}],
			"title":[{"value":"Weirs"}],"created":[{"value":"2024-03-26T10:00:00+00:00","format":"Y-m-d"}],"uid":[{"target_id":1,"url":"/user/1"}],"path":[{"alias":"/weirs","pid":3,"langcode":"en"}],
			"body":[{"value":"<p>Of weirs and of sluices.</p>","format":"basic_html","summary":"Of weirs."}],"field_image":[{"target_id":4,"alt":"A weir","url":"https://mill.example/w.jpg"}]},
			{"nid":[{"value":13}],"title":[{"value":"Draft"}],"status":[{"value":false}],"path":[{"alias":"/d"}]}]`,
			"u-12|/weirs|Weirs|Of weirs.|en|[article]|[]|[]|2024-03-26|https://mill.example/w.jpg", "drafts left out"},
		{"one node of Drupal's", `{"nid":[{"value":12}],"title":[{"value":"Weirs"}],"status":[{"value":"1"}],"path":[{"alias":"/weirs"}],"field_tags":[{"value":"Water"},{"value":"Work"}]}`,
			"12|/weirs|Weirs|||[]|[Water Work]|[]||", ""},
		{"the Guardian's Content API", `{"response":{"status":"ok","total":2,"currentPage":1,"pages":2,"results":[{"id":"world/2024/mar/26/weirs","type":"article","sectionId":"world","sectionName":"World news",
			"webPublicationDate":"2024-03-26T10:00:00Z","webTitle":"Weirs | Mill","webUrl":"https://news.example/weirs","apiUrl":"https://content.example/weirs",
			"fields":{"headline":"Weirs","trailText":"Of <b>weirs</b>.","byline":"Ann Mill","body":"<p>Of weirs and of sluices.</p>","thumbnail":"https://news.example/w.jpg"},"tags":[{"id":"a/water","type":"keyword","webTitle":"Water"},{"id":"profile/ann","type":"contributor","webTitle":"Ann Mill"}]},
			{"id":"world/locks","webTitle":"Locks","webUrl":"https://news.example/locks"}]}}`,
			"world-2024-mar-26-weirs-*|https://news.example/weirs|Weirs|Of <b>weirs</b>.||[article]|[Water World news]|[Ann Mill]|2024-03-26|https://news.example/w.jpg" +
				" world-locks-*|https://news.example/locks|Locks", entry.Further.Many},
		{"Storyblok", `{"stories":[{"name":"weirs","created_at":"2024-01-01T10:00:00.000Z","published_at":"2024-03-26T10:00:00.000Z","id":44,"uuid":"u-44","slug":"weirs","full_slug":"news/weirs","tag_list":["Water"],"lang":"default",
			"content":{"_uid":"x","component":"post","headline":"Weirs","intro":"Of weirs.","text":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Of weirs and of sluices."}]}]},"image":{"filename":"https://mill.example/w.jpg","alt":"A weir","fieldtype":"asset"}}},
			{"name":"Locks","id":45,"full_slug":"locks","published_at":null,"content":{"component":"page","body":[{"component":"teaser","headline":"Of locks"}]}}],"cv":1,"rels":[],"links":[]}`,
			"44|/news/weirs|Weirs|Of weirs.||[]|[Water]|[]|2024-03-26|https://mill.example/w.jpg", "drafts left out"},
		{"an outbox of ActivityPub", `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://q.example/outbox?page=1","type":"OrderedCollectionPage","orderedItems":[
			{"id":"https://q.example/1/activity","type":"Create","actor":"https://q.example/ann","published":"2024-03-26T10:00:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],"object":{"id":"https://q.example/1","type":"Note","summary":null,"content":"<p>Weirs are open</p>","url":"https://q.example/@ann/1","published":"2024-03-26T10:00:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],"contentMap":{"en":"<p>Weirs are open</p>"},"tag":[{"type":"Hashtag","name":"#water"},{"type":"Mention","name":"@bo"}]}},
			{"id":"https://q.example/2/activity","type":"Create","actor":"https://q.example/ann","object":{"id":"https://q.example/2","type":"Article","name":"Locks","content":"<p>Of locks.</p>","url":"https://q.example/locks"}},
			{"id":"https://q.example/3/activity","type":"Create","actor":"https://q.example/ann","object":{"id":"https://q.example/3","type":"Note","content":"For followers","to":["https://q.example/ann/followers"],"cc":[]}},
			{"id":"https://q.example/4/activity","type":"Announce","actor":"https://q.example/ann","object":"https://other.example/9"}]}`,
			"q.example-1-*|https://q.example/@ann/1||Weirs are open|en|[Note]|[water]|[]|2024-03-26| q.example-2-*|https://q.example/locks|Locks|Of locks.||[Article]|[]|[]||", "private entries left out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			items, _, _, notices, errs := readAll(t, tt.in)
			var got []string
			for _, it := range items {
				image := ""
				if it.Image != nil {
					image = it.Image.URL
				}
				if id := it.ID; len(id) > 12 && strings.Count(it.ID, "-") > 1 {
					it.ID = id[:len(id)-12] + "*"
				}
				got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s|%s|%s", it.ID, it.URL, it.Title, it.Summary, it.Lang, it.Types, it.Topics, it.Authors, it.Date, image))
			}
			if got := strings.Join(got, " "); !strings.HasPrefix(got, tt.want) || len(errs) > 0 || tt.notices != "" && notices[tt.notices] == 0 {
				t.Errorf("items %q\nwant  %q\nnotices %v, errors %q", got, tt.want, notices, errs)
			}
		})
	}
}

// Akin's own items stay strict, and so do its topics.
func TestOwnItemsStayStrict(t *testing.T) {
	for _, in := range []string{
		`{"id":"a","titel":"Weirs"}`,
		`{"id":"a","headline":"Weirs"}`,
		`{"id":"a","title":"Weirs","tags":["water"]}`,
		`[{"id":"a","title":"Weirs","Topics":["water"]}]`,
		`{"slug":"a","name":"Water"}`,
		`{"title":"Weirs"}`,
	} {
		if items, _, _, _, errs := readAll(t, in); len(items) > 0 || len(errs) != 1 {
			t.Errorf("%s: items %v, errors %q; want one error", in, items, errs)
		}
	}
}

const export = `<?xml version="1.0"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"><channel><title>Mill</title><language>en-GB</language><wp:wxr_version>1.2</wp:wxr_version>
<wp:author><wp:author_login><![CDATA[root77]]></wp:author_login><wp:author_display_name><![CDATA[Ann Mill]]></wp:author_display_name></wp:author>
<wp:category><wp:category_nicename><![CDATA[water]]></wp:category_nicename><wp:category_parent></wp:category_parent><wp:cat_name><![CDATA[Water & weirs]]></wp:cat_name></wp:category>
<item><title><![CDATA[Wheels turn]]></title><link>https://mill.example/wheels/</link><guid isPermaLink="false">https://mill.example/?p=11</guid><dc:creator><![CDATA[root77]]></dc:creator>
<content:encoded><![CDATA[<!-- wp:paragraph --><p>The wheel <b>turns</b> [gallery ids="1"] again.</p>]]></content:encoded><excerpt:encoded><![CDATA[]]></excerpt:encoded>
<wp:post_id>11</wp:post_id><wp:post_date>2024-05-01 01:30:00</wp:post_date><wp:post_date_gmt>2024-04-30 23:30:00</wp:post_date_gmt><wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>
<category domain="category" nicename="water"><![CDATA[Water & weirs]]></category><category domain="post_tag" nicename="m%c3%bchle"><![CDATA[Mühle]]></category><category domain="post_format" nicename="post-format-aside"><![CDATA[Aside]]></category>
<category domain="language" nicename="en"><![CDATA[English]]></category><category domain="post_translations" nicename="pll_1"><![CDATA[pll_1]]></category>
<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>90</wp:meta_value></wp:postmeta></item>
<item><title>Räder</title><link>https://mill.example/de/raeder/</link><guid>https://mill.example/?p=12</guid><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
<category domain="language" nicename="de"><![CDATA[Deutsch]]></category><category domain="post_translations" nicename="pll_1"><![CDATA[pll_1]]></category></item>
<item><title>Plan</title><link>https://mill.example/?p=13</link><guid>https://mill.example/?p=13</guid><wp:status>draft</wp:status><wp:post_type>post</wp:post_type></item>
<item><title>Wages</title><link>https://mill.example/wages/</link><guid>https://mill.example/?p=14</guid><wp:status>private</wp:status><wp:post_type>post</wp:post_type><category domain="category" nicename="secret"><![CDATA[Secret]]></category></item>
<item><title>Bin</title><link>https://mill.example/?p=15</link><guid>https://mill.example/?p=15</guid><wp:status>trash</wp:status><wp:post_type>post</wp:post_type></item>
<item><title>Some day</title><link>https://mill.example/?p=16</link><guid>https://mill.example/?p=16</guid><wp:status>future</wp:status><wp:post_type>post</wp:post_type></item>
<item><title>Feast</title><link>https://mill.example/?p=17</link><guid>https://mill.example/?p=17</guid><wp:post_date_gmt>2099-01-02 03:04:05</wp:post_date_gmt><wp:status>future</wp:status><wp:post_type>post</wp:post_type></item>
<item><title>Members</title><link>https://mill.example/m/</link><guid>https://mill.example/?p=18</guid><wp:status>publish</wp:status><wp:post_password>x</wp:post_password><wp:post_type>post</wp:post_type></item>
<item><title>Order</title><link>https://mill.example/?post_type=booking&amp;p=19</link><guid>https://mill.example/?p=19</guid><wp:status>publish</wp:status><wp:post_type>booking</wp:post_type></item>
<item><title>Flour</title><link>https://mill.example/goods/flour/</link><guid>https://mill.example/?post_type=goods&#038;p=20</guid><wp:status>publish</wp:status><wp:post_type>goods</wp:post_type><category domain="kind" nicename="rye"><![CDATA[Rye]]></category></item>
<item><title>A name and a number</title><link>https://mill.example/table/1/</link><guid>https://mill.example/?p=22</guid><wp:status>publish</wp:status><wp:post_type>table_reserved</wp:post_type></item>
<item><title>Home</title><link>https://mill.example/h/</link><guid>https://mill.example/?p=21</guid><wp:status>publish</wp:status><wp:post_type>nav_menu_item</wp:post_type></item>
<item><title>wheel.jpg</title><link>https://mill.example/wheel/</link><guid>https://mill.example/up/wheel.jpg</guid><wp:post_id>90</wp:post_id><wp:status>inherit</wp:status><wp:post_type>attachment</wp:post_type><wp:attachment_url><![CDATA[https://mill.example/up/wheel.jpg]]></wp:attachment_url>
<wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key><wp:meta_value><![CDATA[A wheel]]></wp:meta_value></wp:postmeta></item>
</channel></rss>`

func TestWordPressExport(t *testing.T) {
	items, topics, gone, notices, errs := readAll(t, export)
	byTitle := map[string]recommend.Item{}
	var titles []string
	for _, it := range items {
		byTitle[it.Title] = it
		titles = append(titles, it.Title)
	}
	if got, want := strings.Join(titles, "|"), "Feast|Flour|Wheels turn|Räder"; got != want || len(errs) > 0 {
		t.Fatalf("items %q, want %q; errors %q", got, want, errs)
	}
	w := byTitle["Wheels turn"]
	if w.Date != "2024-05-01" || w.SortDate.Format("2006-01-02 15:04") != "2024-04-30 23:30" {
		t.Errorf("date %s, sortDate %s; want the day of the place and the instant", w.Date, w.SortDate)
	}
	if w.Image == nil || w.Image.URL != "https://mill.example/up/wheel.jpg" || w.Image.Alt != "A wheel" {
		t.Errorf("image = %+v, want the one that stands behind the post", w.Image)
	}
	if got := strings.Join(w.Topics, "|"); got != "water|mühle" {
		t.Errorf("topics = %q", got)
	}
	if got := strings.Join(w.Authors, "|"); got != "Ann Mill" {
		t.Errorf("authors = %q, want the name and not the login", got)
	}
	if w.Summary != "The wheel turns again." || w.Lang != "en" || len(w.Aliases) != 1 {
		t.Errorf("summary %q, lang %q, aliases %q", w.Summary, w.Lang, w.Aliases)
	}
	if d := byTitle["Räder"]; d.Lang != "de" || d.TranslationOf != w.ID {
		t.Errorf("lang %q, translationOf %q, want de and %q", d.Lang, d.TranslationOf, w.ID)
	}
	if f := byTitle["Feast"]; f.VisibleFrom.Year() != 2099 {
		t.Errorf("what is scheduled is visible from %s", f.VisibleFrom)
	}
	if f := byTitle["Flour"]; strings.Join(f.Types, "|") != "goods" || f.Lang != "en-GB" {
		t.Errorf("types %q, lang %q", f.Types, f.Lang)
	}
	if got := strings.Join(topics, "|"); got != "water=Water & weirs|mühle=Mühle|rye=Rye" {
		t.Errorf("topics = %q, want those of public works alone", got)
	}
	if len(gone) != 7 {
		t.Errorf("%d works are withdrawn, want 7: %q", len(gone), gone)
	}
	for kind, n := range map[string]int{"drafts left out": 2, "private entries left out": 1, "entries in the trash left out": 1,
		"entries with a password left out": 1, "menu entries left out": 1, "attachments left out": 1, "entries that are not pages of their own left out": 2} {
		if notices[kind] != n {
			t.Errorf("%d %s, want %d", notices[kind], kind, n)
		}
	}
}

// An export is told by its namespaces, whatever their prefixes are, and not by
// words that an article may have too.
func TestWordPressExportPrefixes(t *testing.T) {
	all := func(in string) []any {
		items, topics, gone, notices, errs := readAll(t, in)
		return []any{items, topics, gone, notices, errs}
	}
	var pairs []string
	for from, to := range map[string]string{"wp": "w", "dc": "wp", "content": "ns-2", "excerpt": "content"} {
		pairs = append(pairs, "<"+from+":", "<"+to+":", "</"+from+":", "</"+to+":", "xmlns:"+from+"=", "xmlns:"+to+" = ")
	}
	other := strings.NewReplacer(pairs...).Replace(export)
	other = strings.ReplaceAll(other, `"http://wordpress.org/export/1.2/"`, `'https://wordpress.org/export/1.3/'`)
	if diff := cmp.Diff(all(export), all(other)); diff != "" {
		t.Errorf("with other prefixes (-want +got):\n%s", diff)
	}
	items, _, _, _, errs := readAll(t, rss("<guid>a</guid><title>How to move a blog</title><description>Its namespace is http://wordpress.org/export/1.2/ to this day.</description>"))
	if len(items) != 1 || items[0].ID != "a" || len(errs) > 0 {
		t.Errorf("a feed about exports has the items %+v, errors %q", items, errs)
	}
	items, _, _, notices, _ := readAll(t, rss("<guid>a</guid><title>Move</title><description>wordpress.org/export/</description><wp:status xmlns:wp='x'>draft</wp:status>"))
	if len(items) != 1 || notices["drafts left out"] > 0 {
		t.Errorf("a feed about exports has the items %+v, notices %v", items, notices)
	}
}

// A file that breaks off costs its last item alone, and bytes that XML may not have nothing.
func TestWordPressExportBroken(t *testing.T) {
	broken := strings.Replace(export, "<title>Räder</title>", "<title>R\x0b\xffder</title>", 1)
	broken = strings.Replace(broken, "<![CDATA[A wheel]]>", "<![CDATA[A wheel", 1)
	items, _, _, notices, errs := readAll(t, broken)
	if len(items) != 4 || len(errs) != 1 || notices["faults in the file were mended"] != 1 {
		t.Errorf("%d items, notices %v, errors %q; want 4 items, one fault mended, one error", len(items), notices, errs)
	}
}

// What an answer says of its next page is followed, to the end and not beyond.
func TestFurtherPages(t *testing.T) {
	for _, tt := range []struct{ name, path, page1, page2, want string }{
		{"JSON:API", "/jsonapi/node/article",
			`{"jsonapi":{"version":"1.0"},"data":[{"type":"node--article","id":"n1","attributes":{"title":"Weirs","langcode":"en","path":{"alias":"/w"}},
			"relationships":{"uid":{"data":{"type":"user--user","id":"u"}},"field_tags":{"data":[{"type":"taxonomy_term--tags","id":"t"}]},"field_image":{"data":{"type":"file--file","id":"f","meta":{"alt":"A weir"}}}}}],
			"included":[{"type":"user--user","id":"u","attributes":{"display_name":"Ann Mill"}},{"type":"taxonomy_term--tags","id":"t","attributes":{"name":"Water"}},{"type":"file--file","id":"f","attributes":{"uri":{"url":"/files/w.jpg"}}}],
			"links":{"next":{"href":"HOME/jsonapi/node/article?page=2"}}}`,
			`{"jsonapi":{"version":"1.0"},"data":[{"type":"node--article","id":"n1","attributes":{"title":"Wehre","langcode":"de","default_langcode":false,"path":{"alias":"/de/w"}}}],"links":{}}`,
			"n1 Weirs HOME/w [Water] [Ann Mill] HOME/files/w.jpg A weir|n1-de Wehre HOME/de/w [] []"},
		{"Strapi", "/api/posts",
			`{"data":[{"id":1,"attributes":{"title":"Weirs","slug":"w","locale":"en","publishedAt":"2024-01-02T03:04:05Z","tags":{"data":[{"id":3,"attributes":{"name":"Water"}}]},"author":{"data":{"id":1,"attributes":{"name":"Ann Mill"}}},"cover":{"data":{"attributes":{"url":"/uploads/w.jpg","alternativeText":"A weir"}}}}}],"meta":{"pagination":{"page":1,"pageSize":1,"pageCount":2,"total":2}}}`,
			`{"data":[{"id":2,"attributes":{"title":"Locks","publishedAt":"2024-01-02T03:04:05Z"}}],"meta":{"pagination":{"page":2,"pageSize":1,"pageCount":2,"total":2}}}`,
			"1 Weirs  [Water] [Ann Mill] HOME/uploads/w.jpg A weir|2 Locks  [] []"},
		{"Ghost", "/ghost/api/content/posts/",
			`{"posts":[{"id":"g1","uuid":"u","title":"Weirs","url":"HOME/w/","visibility":"public","tags":[{"name":"All water","slug":"water","visibility":"public"},{"name":"#own","slug":"hash-own","visibility":"internal"}],"authors":[{"name":"Ann Mill","slug":"ann"}],"feature_image":"HOME/w.jpg","feature_image_alt":"A weir"},
			{"id":"g9","uuid":"u9","title":"Paid","url":"HOME/p/","visibility":"paid"}],"meta":{"pagination":{"page":1,"limit":1,"pages":2,"next":2}}}`,
			`{"posts":[{"id":"g2","uuid":"u2","title":"Locks","url":"HOME/l/"}],"meta":{"pagination":{"page":2,"limit":1,"pages":2,"next":null}}}`,
			"g1 Weirs HOME/w/ [water] [Ann Mill] HOME/w.jpg A weir|g2 Locks HOME/l/ [] []"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			var server *httptest.Server
			server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				page := tt.page1
				if q := r.URL.Query(); q.Get("page") == "2" || q.Get("pagination[page]") == "2" {
					page = tt.page2
				}
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, strings.ReplaceAll(page, "HOME", server.URL))
			}))
			defer server.Close()
			src, err := Open(t.Context(), server.URL+tt.path)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			var got []string
			for r := range src.Records(t.Context(), Options{}) {
				if r.Err != nil {
					t.Errorf("record: %v", r.Err)
				}
				if it := r.Item; it != nil {
					line := fmt.Sprint(it.ID, " ", it.Title, " ", it.URL, " ", it.Topics, " ", it.Authors)
					if it.Image != nil {
						line += " " + it.Image.URL + " " + it.Image.Alt
					}
					got = append(got, line)
				}
			}
			if got, want := strings.Join(got, "|"), strings.ReplaceAll(tt.want, "HOME", server.URL); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if asked != 2 {
				t.Errorf("%d answers were asked for, want 2", asked)
			}
		})
	}
}

// However an interface says that there is more, all of it comes, and a file of
// one page of it says that it is not all.
func TestWaysToFurtherPages(t *testing.T) {
	work := func(n int) string {
		return fmt.Sprintf(`{"id":%d,"title":"Weir %d","url":"https://mill.example/%d","published_at":"2024-03-26"}`, n, n, n)
	}
	entry := func(n int) string {
		return fmt.Sprintf(`{"sys":{"id":"e%d","publishedVersion":1,"contentType":{"sys":{"id":"article"}}},"fields":{"title":"Weir %d","body":"Open."}}`, n, n)
	}
	// Of seven works each answer has three; N is the first and W are they.
	for _, tt := range []struct {
		name, body string
		work       func(int) string
		first      func(q url.Values) int         // from 0
		header     func(at int) map[string]string // of the answer from there
		more       string                         // in its place at the end of the body, if there is more
		file       bool                           // a file says it too
	}{
		{"Storyblok's header", `{"stories":[W],"cv":1,"rels":[],"links":[]}`, work, paged("page"),
			func(int) map[string]string { return map[string]string{"Total": "7", "Per-Page": "3"} }, "", false},
		{"a link in the header", `[W]`, work, paged("page"), func(at int) map[string]string {
			if at+3 >= 7 {
				return map[string]string{"Link": `</api?page=1>; rel="prev"`}
			}
			return map[string]string{"Link": fmt.Sprintf(`</api?page=1>; rel="first", </api?page=%d>; rel="next"`, at/3+2)}
		}, "", false},
		{"an offset", `{"posts":[W],"total":7,"skip":N,"limit":3}`, work, counted("skip"), nil, "", true},
		{"an offset within meta", `{"data":[W],"meta":{"total":"7","offset":"N","limit":"3"}}`, work, counted("offset"), nil, "", true},
		{"Contentful", `{"sys":{"type":"Array"},"total":7,"skip":N,"limit":3,"items":[W]}`, entry, counted("skip"), nil, "", true},
		{"Drupal's pages from 0", `{"results":[W],"pager":{"current_page":P,"total_items":"7","total_pages":3,"items_per_page":3}}`, work,
			func(q url.Values) int { n, _ := strconv.Atoi(q.Get("page")); return 3 * n }, nil, "", true},
		{"a token of Google's", `{"items":[W]MORE}`, work, counted("pageToken"), nil, `,"nextPageToken":"K"`, true},
		{"WordPress.com", `{"found":7,"posts":[W],"meta":{"links":{}MORE}}`, work, counted("page_handle"), nil, `,"next_page":"K"`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := func(at int) string {
				var works []string
				for n := at; n < min(at+3, 7); n++ {
					works = append(works, tt.work(n+1))
				}
				more := ""
				if at+3 < 7 {
					more = strings.ReplaceAll(tt.more, "K", strconv.Itoa(at+3))
				}
				return strings.NewReplacer("MORE", more, "W", strings.Join(works, ","), "N", strconv.Itoa(at), "P", strconv.Itoa(at/3)).Replace(tt.body)
			}
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				at := tt.first(r.URL.Query())
				if tt.header != nil {
					for name, value := range tt.header(at) {
						w.Header().Set(name, value)
					}
				}
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, body(at))
			}))
			defer server.Close()
			src, err := Open(t.Context(), server.URL+"/api")
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			count, further := tally(t, src)
			if count != 7 || asked != 3 || further {
				t.Errorf("%d items of %d answers, told of more: %v; want 7 of 3, all of it", count, asked, further)
			}
			if count, further := tally(t, NewSource(strings.NewReader(body(0)), "F")); count != 3 || further != tt.file {
				t.Errorf("a file: %d items, told of more: %v, want 3 and %v", count, further, tt.file)
			}
		})
	}
}

// The outbox of ActivityPub says where its works are, and how many there are of
// which most readers see fewer.
func TestOutboxWithoutItsWorks(t *testing.T) {
	var home string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note := func(n string) string {
			return `{"id":"HOME/` + n + `/a","type":"Create","actor":"HOME/ann","object":{"id":"HOME/` + n + `","type":"Note","content":"<p>Weir ` + n + `</p>","url":"HOME/@ann/` + n + `"}}`
		}
		answer := `{"id":"HOME/outbox","type":"OrderedCollection","totalItems":9,"first":"HOME/outbox?page=true"}`
		switch r.URL.Query().Get("page") {
		case "true":
			answer = `{"id":"x","type":"OrderedCollectionPage","first":"HOME/outbox?page=true","next":"HOME/outbox?page=2","orderedItems":[` + note("1") + `]}`
		case "2":
			answer = `{"id":"x","type":"OrderedCollectionPage","first":"HOME/outbox?page=true","orderedItems":[` + note("2") + `]}`
		}
		w.Header().Set("Content-Type", "application/activity+json")
		fmt.Fprint(w, strings.ReplaceAll(answer, "HOME", home))
	}))
	defer server.Close()
	home = server.URL
	src, err := Open(t.Context(), home+"/outbox")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if items, further := tally(t, src); items != 2 || further {
		t.Errorf("%d items, told of more: %v, want both", items, further)
	}
	file := `{"id":"x","type":"OrderedCollection","totalItems":9,"first":"https://q.example/outbox?page=true"}`
	if items, further := tally(t, NewSource(strings.NewReader(file), "F")); items != 0 || !further {
		t.Errorf("a file: %d items, told of more: %v", items, further)
	}
}

// paged reads the number of the page, from 1, of three works each.
func paged(name string) func(url.Values) int {
	return func(q url.Values) int { n, _ := strconv.Atoi(q.Get(name)); return 3 * max(n-1, 0) }
}

func counted(name string) func(url.Values) int {
	return func(q url.Values) int { n, _ := strconv.Atoi(q.Get(name)); return n }
}

// tally counts the items of a source, and says whether it told of more.
func tally(t *testing.T, src *Source) (items int, further bool) {
	t.Helper()
	for r := range src.Records(t.Context(), Options{}) {
		switch {
		case r.Err != nil:
			t.Errorf("record: %v", r.Err)
		case r.Item != nil:
			items++
		}
		further = further || r.Notice != nil && r.Notice.Kind == entry.Further
	}
	return items, further
}

// A list that says how many works there are, and has fewer, says so, whether or
// not the way to the rest is known.
func TestFewerThanThereAre(t *testing.T) {
	const work = `{"id":1,"title":"Weirs","url":"https://mill.example/w","published_at":"2024-03-26"}`
	for in, want := range map[string]bool{
		`{"totalCount":2,"items":[` + work + `]}`:                                       true,
		`{"total_count":"2","items":[` + work + `]}`:                                    true,
		`{"meta":{"total":40},"items":[` + work + `]}`:                                  true,
		`{"total":1,"items":[` + work + `]}`:                                            false,
		`{"total":2.5,"items":[` + work + `]}`:                                          false,
		`{"total":{"value":7},"items":[` + work + `]}`:                                  false,
		`{"found":[` + work + `]}`:                                                      false,
		`{"items":[{"total":9,` + work[1:] + `]}`:                                       false,
		`{"total":2,"items":[` + work + `,` + strings.ReplaceAll(work, "1", "2") + `]}`: false,
		`{"total":2,"skip":1,"limit":1,"items":[` + work + `]}`:                         true,
	} {
		if items, further := tally(t, NewSource(strings.NewReader(in), "F")); items == 0 || further != want {
			t.Errorf("%s: %d items, told of more: %v, want %v", in, items, further, want)
		}
	}
}

// Elements that never end must not cost the square of their number.
func TestExportOfStarts(t *testing.T) {
	began := time.Now()
	_, _, _, _, errs := readAll(t, "<rss><wp:wxr_version>1</wp:wxr_version>"+strings.Repeat("<item>", 200_000))
	if len(errs) == 0 || time.Since(began) > 10*time.Second {
		t.Errorf("%d errors after %s", len(errs), time.Since(began))
	}
}

// Works that do not say their language have that of the options, wherever they
// come from.
func TestLangReachesEveryReader(t *testing.T) {
	post := `{"id":11,"status":"publish","link":"https://mill.example/w/","title":{"rendered":"Weirs"},"excerpt":{"rendered":"Two."}}`
	for name, in := range map[string]string{
		"RSS":              rss("<guid>a</guid><title>Weirs</title>"),
		"Atom":             atom + atomA + "</feed>",
		"JSON Feed":        `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"a","title":"Weirs"}]}`,
		"WordPress export": strings.ReplaceAll(strings.Replace(export, "<language>en-GB</language>", "", 1), `domain="language"`, `domain="tongue"`),
		"WordPress REST":   "[" + post + "]",
		"Drupal JSON:API":  `{"jsonapi":{"version":"1.0"},"data":[{"type":"node--article","id":"u1","attributes":{"title":"Weirs","status":true,"path":{"alias":"/w"}}}]}`,
		"Drupal REST":      `[{"nid":[{"value":12}],"title":[{"value":"Weirs"}],"path":[{"alias":"/weirs"}],"created":[{"value":"2024-03-26"}]}]`,
		"Ghost":            `{"db":[{"meta":{"version":"5"},"data":{"posts":[{"id":"1","title":"Weirs","slug":"w","html":"<p>x</p>","status":"published","visibility":"public"}]}}]}`,
		"Contentful":       `{"contentTypes":[{"sys":{"id":"article"},"name":"Article","displayField":"heading","fields":[]}],"entries":[{"sys":{"id":"e1","publishedVersion":3,"contentType":{"sys":{"id":"article"}}},"fields":{"heading":"Weirs","body":"x"}}],"assets":[]}`,
		"Blogger":          `<feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2018'><entry><id>tag:blogger.com,1999:blog-1.post-2</id><blogger:type>POST</blogger:type><blogger:status>LIVE</blogger:status><title>Weirs</title><content type='html'>x</content></entry></feed>`,
		"list":             `[{"headline":"Weirs","permalink":"https://mill.example/w"}]`,
		"sheet":            "Headline,Link\nWeirs,https://mill.example/w\n",
		"page":             "---\ntitle: Weirs\n---\nOpen.\n",
	} {
		source := NewSource(strings.NewReader(in), "weirs")
		if name == "page" {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "weirs.md"), []byte(in), 0o600); err != nil {
				t.Fatal(err)
			}
			var err error
			if source, err = Open(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
		}
		count := 0
		for r := range source.Records(t.Context(), Options{Lang: "cy"}) {
			if r.Item != nil {
				if count++; r.Item.Lang != "cy" {
					t.Errorf("%s: item %s is in %q", name, r.ID, r.Item.Lang)
				}
			}
		}
		if count == 0 {
			t.Errorf("%s: no item", name)
		}
	}
}
