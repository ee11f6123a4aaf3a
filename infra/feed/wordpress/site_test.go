package wordpress

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"akin/infra/feed/entry"
)

// A fake site with n posts, one answer of which breaks down if it has to hold
// more than most.
func fake(t *testing.T, n, most int) (*httptest.Server, *[]string) {
	var asked []string
	busy := true
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!DOCTYPE html><html lang="nl-NL"><head></head></html>`)
	})
	mux.HandleFunc("GET /wp-json/{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"name":"Mill","home":"http://%s","namespaces":["oembed/1.0","wp/v2","wpml/v1"]}`, r.Host)
	})
	mux.HandleFunc("GET /wp-json/wp/v2/types", func(w http.ResponseWriter, r *http.Request) {
		if busy {
			busy = false
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprint(w, `<b>Warning</b>: a fault of PHP {"post":{"rest_base":"posts"},"page":{"rest_base":"pages"},"attachment":{"rest_base":"media"},"wp_block":{"rest_base":"blocks"},"staff":{"rest_base":"staff"}}`)
	})
	mux.HandleFunc("GET /wp-json/wp/v2/{list}", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		size, _ := strconv.Atoi(q.Get("per_page"))
		offset, _ := strconv.Atoi(q.Get("offset"))
		asked = append(asked, r.PathValue("list")+" "+q.Get("per_page")+" "+q.Get("offset")+" "+q.Get("lang"))
		switch list := r.PathValue("list"); {
		case list == "staff":
			w.WriteHeader(http.StatusUnauthorized)
			return
		case list == "pages":
			fmt.Fprint(w, "[]")
			return
		case size > most:
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("X-WP-Total", strconv.Itoa(n))
		var posts []string
		for i := offset; i < min(n, offset+size); i++ {
			posts = append(posts, fmt.Sprintf(`{"id":%d,"type":"post","link":"https://mill.example/%d/","guid":{"rendered":"https://mill.example/?p=%d&#038;x"},"title":{"rendered":"Weir %d"},"content":{"rendered":"x","protected":false},"meta":[],"wpml_current_locale":"nl_NL"}`, i, i, i, i))
		}
		fmt.Fprint(w, "["+strings.Join(posts, ",")+"]")
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server, &asked
}

// A site that breaks down over large answers, is busy, prints faults, and shows
// one of its types to nobody, is read to its end all the same.
func TestSite(t *testing.T) {
	server, asked := fake(t, 45, 20)
	resp, err := entry.Get(t.Context(), server.Client(), server.URL+"/wp-json/", "application/json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := entry.NewInput(resp.Body)
	in.URL, in.Header = server.URL+"/wp-json/", resp.Header
	if !TellREST(in) {
		t.Fatal("the index is not told")
	}
	count, notices := 0, []string{}
	for x := range ReadREST(t.Context(), in, entry.Options{Client: server.Client()}) {
		switch {
		case x.Err != nil:
			t.Errorf("record: %v", x.Err)
		case x.Notice != nil:
			notices = append(notices, x.Notice.Kind.One)
		case x.Entry != nil:
			if count++; x.Entry.Lang != "nl_NL" || x.Entry.ID != fmt.Sprintf("https://mill.example/?p=%d&x", count-1) {
				t.Errorf("entry %+v", x.Entry)
			}
		}
	}
	if count != 45 || strings.Join(notices, "|") != "list of staff is not public" {
		t.Errorf("%d posts, notices %q", count, notices)
	}
	want := "posts 100 0 all|posts 20 0 all|posts 20 20 all|posts 20 40 all|pages 100 0 all|staff 100 0 all"
	if got := strings.Join(*asked, "|"); got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

// Dates keep the day of the place and the instant; the zero dates of MySQL are
// none.
func TestMoment(t *testing.T) {
	for _, tt := range []struct{ local, gmt, want string }{
		{"2024-05-01 01:30:00", "2024-04-30 23:30:00", "2024-05-01T01:30:00+02:00"},
		{"2024-05-01T10:00:00", "2024-05-01T14:30:00", "2024-05-01T10:00:00-04:30"},
		{"0000-00-00 00:00:00", "2024-04-30 23:30:00", "2024-04-30T23:30:00Z"},
		{"2024-05-01 01:30:00", "0000-00-00 00:00:00", "2024-05-01T01:30:00"},
		{"2024-05-01 01:30:00", "1999-01-01 00:00:00", "2024-05-01T01:30:00"},
		{"0000-00-00 00:00:00", "", ""},
	} {
		if got := moment(tt.local, tt.gmt); got != tt.want {
			t.Errorf("moment(%q, %q) = %q, want %q", tt.local, tt.gmt, got, tt.want)
		}
	}
}

// Types called like what people send in are left out of exports; words that only
// hold those words are not.
func TestHushed(t *testing.T) {
	for kind, want := range map[string]bool{
		"booking": true, "shop_order": true, "client_note": true, "wpcf7_contact_form": true, "tribe-ticket": true, "members": true,
		"performance": false, "attraction": false, "blog": false, "recipe": false, "platforms": false, "product": false,
	} {
		if got := hushed().MatchString(kind); got != want {
			t.Errorf("hushed(%q) = %t, want %t", kind, got, want)
		}
	}
}

// What WordPress makes of a text that has no excerpt is none.
func TestGenerated(t *testing.T) {
	for _, tt := range []struct {
		excerpt, content string
		want             bool
	}{
		{"<p>The river rises [&hellip;]</p>", "<p>The river rises slowly.</p>", true},
		{"<p>The river rises&#8230; <a href='#'>Continue reading</a></p>", "<p>The river <b>rises</b> slowly.</p>", true},
		{"<p>A keeper tells.</p>", "<p>The river rises slowly.</p>", false},
		{"", "<p>x</p>", false},
	} {
		if got := generated(tt.excerpt, tt.content); got != tt.want {
			t.Errorf("generated(%q, %q) = %t, want %t", tt.excerpt, tt.content, got, tt.want)
		}
	}
}

// A post that is to appear on no day that is known is not seen yet.
func TestScheduledWithoutDate(t *testing.T) {
	for _, tt := range []struct {
		post      post
		status    entry.Status
		scheduled string
	}{
		{post{Status: "future"}, entry.Draft, ""},
		{post{Status: "future", Date: "2030-03-26T10:00:00"}, entry.Public, "2030-03-26T10:00:00"},
		{post{Status: "future", Password: "x"}, entry.Protected, ""},
	} {
		if e, _ := tt.post.entry("en"); e.Status != tt.status || e.Scheduled != tt.scheduled {
			t.Errorf("status and schedule of %+v = %v, %q; want %v, %q", tt.post, e.Status, e.Scheduled, tt.status, tt.scheduled)
		}
	}
}
