package wordpress

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"akin/infra/feed/entry"
)

// An endless export: items of about 10 kB, whose images stand behind them all.
type large struct {
	items, at int
	rest      string
}

func (l *large) Read(p []byte) (int, error) {
	if l.rest == "" {
		switch l.at++; {
		case l.at == 1:
			l.rest = `<rss><channel><wp:wxr_version>1.2</wp:wxr_version>`
		case l.at <= l.items:
			l.rest = fmt.Sprintf("<item><title>Weir %d</title><link>https://mill.example/%d/</link><guid>https://mill.example/?p=%d</guid>"+
				"<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><content:encoded><![CDATA[%s]]></content:encoded>"+
				"<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta></item>\n",
				l.at, l.at, l.at, strings.Repeat("<p>The river rises and the gates stay shut all night.</p> ", 170))
		case l.at == l.items+1:
			l.rest = "<item><wp:post_id>9</wp:post_id><wp:post_type>attachment</wp:post_type><wp:attachment_url>https://mill.example/9.jpg</wp:attachment_url></item></channel></rss>"
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// An export of 100 MB is read in less than 100 MB, though every work waits for
// its image: what is held does not grow with the file.
func TestExportStreams(t *testing.T) {
	// As often as the command collects, whatever the tests are run with.
	defer debug.SetGCPercent(debug.SetGCPercent(60))
	const items, most = 10_000, 100 << 20
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak, n := m.HeapAlloc, uint64(0), 0
	for x := range ReadExport(t.Context(), entry.NewInput(&large{items: items + 1}), entry.Options{}) {
		if x.Err != nil {
			t.Fatal(x.Err)
		}
		if x.Entry == nil {
			continue
		}
		if x.Entry.Image.URL == "" {
			t.Fatalf("%s came before its image", x.Entry.Title)
		}
		if n++; n%500 == 0 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc-min(before, m.HeapAlloc))
		}
	}
	if n != items || peak > most {
		t.Errorf("%d works in %d bytes, want %d in %d at most", n, peak, items, most)
	}
}

// A record that does not end, or is far too long, costs itself.
func TestExportLongRecord(t *testing.T) {
	in := "<rss><wp:wxr_version>1</wp:wxr_version><item><title>a</title><guid>a</guid><wp:status>publish</wp:status><x>" + strings.Repeat("word ", 4<<20) +
		"</x></item><item><title>b</title><guid>b</guid><wp:status>publish</wp:status></item></rss>"
	var got []string
	for x := range ReadExport(t.Context(), entry.NewInput(strings.NewReader(in)), entry.Options{}) {
		switch {
		case x.Err != nil:
			got = append(got, x.Err.Error())
		case x.Entry != nil:
			got = append(got, x.Entry.Title)
		}
	}
	if want := "item: is longer than 16 MiB|b"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}
