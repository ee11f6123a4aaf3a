package engine

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"akin/recommend"
	"akin/recommend/store"
	"akin/recommend/text"
)

// Samples of everything that is packed.

func sampleRecord() *record {
	return &record{
		Item: recommend.Item{
			ID: "rents", URL: "/rents", Title: "Rents — up", Summary: "Again.", Lang: "en", Types: []string{"Reports", "Data"},
			Topics: []string{"housing"}, Authors: []string{"Ana Ruíz"}, Date: "2024-03",
			SortDate: time.Date(2024, 3, 5, 1, 2, 3, 4, time.UTC), VisibleFrom: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
			Image: &recommend.Image{URL: "/a.jpg", Alt: "A door", Credit: "B", Width: 720, Height: 480, Srcset: "/b.jpg 320w"}, TranslationOf: "alquileres", Aliases: []string{"old", "/old"},
			Version: 7, Status: recommend.Withdrawn,
		},
		number: 300, hash: [16]byte{1, 2, 3}, change: 1 << 40, changedAt: time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC),
		twins: []twin{{recommend.Translation{ID: "alquileres", Lang: "es", URL: "/es", Title: "Alquileres"}, 12, time.Time{}}},
	}
}

func sampleTerms() *termList {
	return &termList{id: "rents", version: 7, sortDate: noDate, part: part{"alquileres", "en", 1900000000000}, terms: []termCount{
		{key: "#housing", surface: "housing", kind: kindTopic, counts: [fields]uint8{0, 1}},
		{key: "en:rent", surface: "rents", kind: text.Word, counts: [fields]uint8{1, 2, 255, 4}},
		{key: "en:rent control", surface: "rent control", kind: text.Pair, counts: [fields]uint8{0, 0, 3}},
	}}
}

func sampleList() *storedList {
	return &storedList{number: 4, computedAt: time.Unix(1700000000, 0).UTC(), lang: "es", of: "rents", entries: []storedEntry{
		{number: 9, score: math.MaxUint32, reasons: []recommend.Reason{{Term: "rents", Part: 600000}, {Term: "visas", Part: 400000}}},
		{number: 1, score: 5, versions: []storedVersion{{1, "en"}, {70000, "es"}, {3, "en"}}, reasons: []recommend.Reason{{Term: "visas", Part: 4}, {Term: "other", Part: 2}, {Term: "other", Kind: recommend.KindRest, Part: 1}}},
		{number: 0, score: 0, reasons: []recommend.Reason{}},
	}}
}

// What is packed is unpacked as it was.
func TestPackedRowsComeBack(t *testing.T) {
	exported := cmp.AllowUnexported(record{}, twin{}, termList{}, termCount{}, part{}, storedList{}, storedEntry{}, storedVersion{}, listed{}, change{}, queued{}, identity{}, termStatistics{})
	same := func(name string, want, got any, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, exported); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, r := range []*record{sampleRecord(), {Item: recommend.Item{ID: "bare", Title: "x", Status: recommend.Published}}} {
		got, err := unpackRecord(r.pack())
		same("record", r, got, err)
		l := r.listed()
		gotListed, err := unpackListed(l.pack())
		same("listed", &l, gotListed, err)
	}
	for _, l := range []*termList{sampleTerms(), {id: "gone", version: 2, sortDate: -5, dead: true}, {id: "none", terms: []termCount{}}} {
		got, err := unpackTermList(l.pack())
		same("terms", l, got, err)
	}
	list, err := unpackList(sampleList().pack())
	same("list", sampleList(), list, err)
	c := change{seq: 0xabcdef, number: 3, id: "rents", version: 9, at: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, c.left = range []string{"", "alquileres"} {
		got, err := unpackChange(store.Row{Key: changeKey(c.seq), Data: c.pack()})
		same("change", c, got, err)
		before := c
		before.seq--
		shared := []change{before, c}
		gotShared, err := unpackChanges(store.Row{Key: changeKey(c.seq), Data: packChanges(shared)})
		same("changes of a row", shared, gotShared, err)
		alone, err := unpackChanges(store.Row{Key: changeKey(c.seq), Data: c.pack()})
		same("change of a row", []change{c}, alone, err)
		waits := queued{change: c, before: 7, was: countsPublished, is: countsWithdrawn}
		waits.seq = 0
		gotQueued, err := unpackQueued(store.Row{Data: packQueued([]queued{waits, waits})})
		same("queue", []queued{waits, waits}, gotQueued, err)
	}
	id := identity{70000, "alquileres"}
	gotID, err := unpackIdentity(id.pack())
	same("identity", id, gotID, err)
	for _, ns := range [][]uint32{{}, {0, 1, 300, math.MaxUint32}} {
		got, err := unpackMembers(packMembers(ns))
		same("members", ns, got, err)
	}
	got, err := unpackNumbers(packNumbers([]uint32{0, 7, 7000, math.MaxUint32}))
	same("numbers", []uint32{0, 7, 7000, math.MaxUint32}, got, err)
}

// What a rebuild keeps of an item is none of the row that holds its terms, which is
// some kilobytes large.
func TestWeighedItemsKeepNoRows(t *testing.T) {
	l := sampleTerms()
	l.part = part{work: "alquileres", lang: "es"}
	l, err := unpackTermList(l.pack())
	if err != nil {
		t.Fatal(err)
	}
	w := l.weighed(3, nil)
	if w.part != l.part || w.key.ID != l.id {
		t.Errorf("weighed %v %v, want %v %v", w.key.ID, w.part, l.id, l.part)
	}
	for name, is := range map[string][2]string{"id": {l.id, w.key.ID}, "work": {l.work, w.part.work}, "lang": {l.lang, w.part.lang}} {
		if unsafe.StringData(is[0]) == unsafe.StringData(is[1]) {
			t.Errorf("the %s %q is part of the row", name, is[1])
		}
	}
}

// Rows that earlier programs wrote can be read: they say nothing of works.
func TestRowsOfEarlierProgramsCanBeRead(t *testing.T) {
	old := sampleTerms()
	old.part = part{}
	data := old.pack()
	p := packer{} // what comes before that
	p.byte(termListFormat)
	p.string(old.id)
	p.uint(uint64(old.version))
	p.int(old.sortDate)
	p.byte(0)
	head := len(p.b)
	plain := slices.Concat([]byte{plainTermList}, data[1:head], data[head+3:])
	got, err := unpackTermList(plain)
	if diff := cmp.Diff(old, got, cmp.AllowUnexported(termList{}, termCount{}, part{})); diff != "" || err != nil {
		t.Errorf("terms (-want +got): %v\n%s", err, diff)
	}
	if told(store.Row{Data: plain}) || !told(store.Row{Data: data}) {
		t.Error("it cannot be told which terms say what they are part of")
	}
	list := &storedList{number: 4, computedAt: time.Unix(1700000000, 0).UTC(), entries: []storedEntry{{number: 9, score: 7, reasons: []recommend.Reason{}}}}
	p = packer{}
	p.byte(plainList)
	p.uint(4)
	p.int(1700000000)
	for _, n := range []uint64{1, 9, 7} {
		p.uint(n)
	}
	p.byte(0)
	gotList, err := unpackList(p.b)
	if diff := cmp.Diff(list, gotList, cmp.AllowUnexported(storedList{}, storedEntry{}, storedVersion{})); diff != "" || err != nil {
		t.Errorf("list (-want +got): %v\n%s", err, diff)
	}
}

// Statistics come back whole from as many chunks as they take, each of which
// fits a row.
func TestStatisticsComeBackFromChunks(t *testing.T) {
	var want []termStatistics
	for i := range 30_000 {
		key := "en:" + string(rune('a'+i/17576)) + string(rune('a'+i/676%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26))
		want = append(want, termStatistics{key, key[3:] + "ing", uint32(i + 2)})
	}
	s := statistics{items: 5, terms: want}
	chunks := s.pack()
	got := statistics{}
	for i, chunk := range chunks {
		if len(chunk) > store.MaxData {
			t.Errorf("chunk %d has %d bytes", i, len(chunk))
		}
		if err := got.unpack(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if len(chunks) < 2 {
		t.Errorf("%d chunks, want several", len(chunks))
	}
	if diff := cmp.Diff(want, got.terms, cmp.AllowUnexported(termStatistics{})); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
}

// A row cut short anywhere is an error, and so is one with something behind it.
func TestCutRowsAreRefused(t *testing.T) {
	l := sampleRecord().listed()
	c := change{seq: 1, number: 3, id: "rents", version: 9, at: time.Unix(5, 0)}
	g := statistics{terms: []termStatistics{{"en:rent", "rents", 2}, {"es:alquil", "alquiler", 3}}, pivot: "en", glosses: []gloss{{1, 0, 500}}}
	for _, tt := range []struct {
		name   string
		packed []byte
		unpack func([]byte) error
	}{
		{"record", sampleRecord().pack(), func(b []byte) error { _, err := unpackRecord(b); return err }},
		{"terms", sampleTerms().pack(), func(b []byte) error { _, err := unpackTermList(b); return err }},
		{"list", sampleList().pack(), func(b []byte) error { _, err := unpackList(b); return err }},
		{"listed", l.pack(), func(b []byte) error { _, err := unpackListed(b); return err }},
		{"glossary", g.packGlossary(), (&statistics{terms: g.terms}).unpack},
		{"changes", packChanges([]change{c, c}), func(b []byte) error { _, err := unpackChanges(store.Row{Key: changeKey(2), Data: b}); return err }},
		{"queue", packQueued([]queued{{change: c}}), func(b []byte) error { _, err := unpackQueued(store.Row{Data: b}); return err }},
		{"change", c.pack(), func(b []byte) error { _, err := unpackChange(store.Row{Key: changeKey(1), Data: b}); return err }},
	} {
		for n := range tt.packed {
			if tt.unpack(tt.packed[:n]) == nil {
				t.Errorf("%s: the first %d of %d bytes pass", tt.name, n, len(tt.packed))
			}
		}
		if tt.unpack(append(bytes.Clone(tt.packed), 0)) == nil {
			t.Errorf("%s: a byte too many passes", tt.name)
		}
	}
}

// Whatever a row holds, unpacking it gives a value or an error, and what gives a
// value is read the same once packed again.
func FuzzUnpack(f *testing.F) {
	l := sampleRecord().listed()
	c := change{seq: 1, number: 3, id: "rents", version: 9, at: time.Unix(5, 0)}
	s := statistics{terms: []termStatistics{{"en:rent", "rents", 2}, {"en:rent control", "rent control", 3}}}
	g := statistics{terms: s.terms, pivot: "en", glosses: []gloss{{1, 0, 500}}}
	for _, b := range append(s.pack(), g.packGlossary(), sampleRecord().pack(), sampleTerms().pack(), sampleList().pack(), l.pack(), c.pack()) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := unpackRecord(b); err == nil {
			if again, err := unpackRecord(r.pack()); err != nil || !bytes.Equal(again.pack(), r.pack()) {
				t.Errorf("record: %v", err)
			}
		}
		if l, err := unpackTermList(b); err == nil && len(l.terms) > len(b) {
			t.Errorf("%d terms of %d bytes", len(l.terms), len(b))
		}
		if l, err := unpackList(b); err == nil {
			if again, err := unpackList(l.pack()); err != nil || !bytes.Equal(again.pack(), l.pack()) {
				t.Errorf("list: %v", err)
			}
		}
		if l, err := unpackListed(b); err == nil {
			if again, err := unpackListed(l.pack()); err != nil || !bytes.Equal(again.pack(), l.pack()) {
				t.Errorf("listed: %v", err)
			}
		}
		_, _ = unpackChange(store.Row{Key: changeKey(1), Data: b})
		_, _ = unpackChanges(store.Row{Key: changeKey(1), Data: b})
		_, _ = unpackQueued(store.Row{Data: b})
		_, _ = unpackMembers(b)
		_, _ = unpackNumbers(b)
		_, _ = unpackIdentity(b)
		var s statistics
		if err := s.unpack(b); err == nil && len(s.terms) > len(b) {
			t.Errorf("%d terms of %d bytes", len(s.terms), len(b))
		}
		s = statistics{terms: g.terms}
		if err := s.unpack(b); err == nil && len(s.glosses) > len(b) {
			t.Errorf("%d glosses of %d bytes", len(s.glosses), len(b))
		}
	})
}

// A count that promises more than the bytes that follow is refused before memory
// is taken for it.
func TestFalseCountsTakeNoMemory(t *testing.T) {
	p := packer{}
	p.byte(listFormat)
	p.uint(1)
	p.int(0)
	p.string("")
	p.string("")
	p.uint(1 << 40)
	p.b = append(p.b, make([]byte, store.MaxData)...)
	if _, err := unpackList(p.b); err == nil {
		t.Error("a list of 2^40 entries passes")
	}
	p = packer{}
	p.byte(listFormat)
	p.uint(1)
	p.int(0)
	p.string("")
	p.string("")
	p.uint(store.MaxData)
	p.b = append(p.b, make([]byte, store.MaxData)...)
	if n := testing.AllocsPerRun(1, func() { _, _ = unpackList(p.b) }); n > 10 {
		t.Errorf("%v allocations", n)
	}
	if _, err := unpackList(p.b); err == nil {
		t.Errorf("a list of %d entries passes, more than there are settings for", store.MaxData)
	}
}

// Listing rows sort newest first, ties by id, items without a date last.
func TestListKeysAreInPageOrder(t *testing.T) {
	millis := func(s string) int64 {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at.UnixMilli()
	}
	want := []store.Key{
		listKey("t", lastInstant-1, "z"),
		listKey("t", millis("2030-01-01T00:00:00Z"), "b"),
		listKey("t", millis("2024-03-26T00:00:00.001Z"), "c"),
		listKey("t", millis("2024-03-26T00:00:00Z"), "a"),
		listKey("t", millis("2024-03-26T00:00:00Z"), "b"),
		listKey("t", millis("1970-01-01T00:00:00Z"), "a"),
		listKey("t", millis("1815-06-18T00:00:00Z"), "a"),
		listKey("t", millis("0001-01-01T00:00:00Z"), "a"),
		listKey("t", noDate, "A"),
		listKey("t", noDate, "a"),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b store.Key) int { return bytes.Compare([]byte(a.Sort), []byte(b.Sort)) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNormalAddress(t *testing.T) {
	const site = "https://www.Example.org/"
	for _, tt := range []struct{ name, address, want string }{
		{"the site's own", "https://example.org/works/rents", "/works/rents"},
		{"scheme, www, case of the host", "http://WWW.EXAMPLE.ORG/works/rents", "/works/rents"},
		{"relative", "/works/rents", "/works/rents"},
		{"slash at the end", "/works/rents/", "/works/rents"},
		{"fragment", "/works/rents#notes", "/works/rents"},
		{"campaign parameters", "/works/rents?utm_source=x&fbclid=1&gclid=2", "/works/rents"},
		{"other parameters stay, in order", "/works?id=3&a=1&utm_medium=y", "/works?a=1&id=3"},
		{"case of the path matters", "/Works/Rents", "/Works/Rents"},
		{"another host", "https://www.other.net/rents/", "//other.net/rents"},
		{"the home page", "https://example.org", "/"},
		{"spaces around", "  https://example.org/rents ", "/rents"},
		{"a former id", "node-17", "node-17"},
		{"no address", "https://[broken", "https://[broken"},
	} {
		if got := normalAddress(site, tt.address); got != tt.want {
			t.Errorf("%s: normalAddress(%q) = %q, want %q", tt.name, tt.address, got, tt.want)
		}
	}
}
