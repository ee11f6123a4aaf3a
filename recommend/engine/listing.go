package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// Showable returns topics as anybody may see them: of what they feature, only
// items that may be shown now. They stay in their order, and what the caller
// handed over stays as it was. It takes two reads, whatever their number.
func (r *Reader) Showable(ctx context.Context, topics ...recommend.Topic) ([]recommend.Topic, error) {
	var ids []string
	for i := range topics {
		ids = append(ids, topics[i].Featured...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	records, err := r.byID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("featured items: %w", err)
	}
	now, until := r.opt.Now(), time.Time{}
	hidden := map[string]bool{}
	for i, rec := range records {
		hidden[ids[i]] = rec == nil || !rec.visible(now, &until)
	}
	shown := slices.Clone(topics)
	for i := range shown {
		shown[i].Featured = slices.DeleteFunc(slices.Clone(shown[i].Featured), func(id string) bool { return hidden[id] })
	}
	return shown, nil
}

// Topic returns one topic, for a topic that counts as another that one, or an
// error that wraps [recommend.ErrTopicNotFound].
func (r *Reader) Topic(ctx context.Context, slug string) (*recommend.Topic, error) {
	all, err := r.tree(ctx)
	if err != nil {
		return nil, fmt.Errorf("topic %q: %w", slug, err)
	}
	t, ok := all.topics[r.merged().of(slug)]
	if ok {
		ok, err = r.exists(ctx, t)
	}
	if err == nil && !ok {
		err = recommend.ErrTopicNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("topic %q: %w", slug, err)
	}
	return &t.Topic, nil
}

// Merged returns the topics that count as another one, without that one, by slug.
func (r *Reader) Merged(ctx context.Context, slug string) ([]string, error) {
	v, err := r.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("topics that count as %q: %w", slug, err)
	}
	return v.merges.into(slug)[1:], nil
}

// Listing returns a page of the items of a topic and of the topics below it,
// newest first, ties by id; the empty slug stands for the whole site. Language
// versions of a work are one entry, at the original's place and in the
// preferred language, unless they are asked for apart. A walk by cursors skips
// and repeats no item that keeps its place. An unknown topic is
// [recommend.ErrTopicNotFound], a cursor of another listing [recommend.ErrCursor].
func (r *Reader) Listing(ctx context.Context, slug string, q recommend.ListQuery) (*recommend.Listing, error) {
	l, err := r.listing(ctx, slug, q)
	if err != nil {
		return nil, fmt.Errorf("listing %q: %w", slug, err)
	}
	return l, nil
}

func (r *Reader) listing(ctx context.Context, slug string, q recommend.ListQuery) (*recommend.Listing, error) {
	if q.Limit == 0 {
		q.Limit = 20
	}
	if q.Limit < 1 || q.Limit > 100 {
		return nil, &recommend.InvalidError{Field: "limit", Reason: fmt.Sprintf("%d is not from 1 to 100", q.Limit)}
	}
	slugs, err := r.slugs(ctx, slug)
	if err != nil {
		return nil, err
	}
	key, err := r.seal(ctx)
	if err != nil {
		return nil, err
	}
	sealer := newSealer(key, r.merged().of(slug), &q)
	at, backward := "", false
	if q.Cursor != "" {
		if at, backward, err = sealer.open(q.Cursor); err != nil {
			return nil, err
		}
	}
	l := &recommend.Listing{Items: []recommend.Card{}}
	var places []string
	more := false
	for e, err := range r.listed(ctx, slugs, &q, at, backward) {
		if err != nil {
			return nil, err
		}
		if !e.until.IsZero() && (l.Until.IsZero() || e.until.Before(l.Until)) {
			l.Until = e.until
		}
		if e.card == nil {
			continue
		}
		if len(l.Items) == q.Limit {
			more = true
			break
		}
		l.Items, places = append(l.Items, *e.card), append(places, e.place)
	}
	if backward {
		slices.Reverse(l.Items)
		slices.Reverse(places)
	}
	// An empty page lies at an end of the listing: from it the way leads back to
	// the whole of it, from that end.
	first, last := "", ""
	if len(places) > 0 {
		first, last = places[0], places[len(places)-1]
	}
	// Where the page came from there is something, unless nothing is left.
	if backward && q.Cursor != "" || !backward && more {
		l.NextCursor = sealer.seal(last, false)
	}
	if backward && more || !backward && q.Cursor != "" {
		l.PrevCursor = sealer.seal(first, true)
	}
	return l, nil
}

// slugs returns the topics whose listings make up that of slug.
func (r *Reader) slugs(ctx context.Context, slug string) ([]string, error) {
	if slug == "" {
		_, err := r.look(ctx)
		return []string{""}, err
	}
	all, err := r.tree(ctx)
	if err != nil {
		return nil, err
	}
	slug = r.merged().of(slug)
	t, ok := all.topics[slug]
	if ok {
		ok, err = r.exists(ctx, t)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, recommend.ErrTopicNotFound
	}
	return all.family(slug), nil
}

// A placed is an entry of a listing and its place in the order.
type placed struct {
	place string
	card  *recommend.Card // nil: nothing to show here
	until time.Time       // when an embargo ends that changes this place
}

// listed yields the entries of the merged listings of slugs that pass q, after
// the place at, or before it in reverse order if backward.
func (r *Reader) listed(ctx context.Context, slugs []string, q *recommend.ListQuery, at string, backward bool) iter.Seq2[placed, error] {
	return func(yield func(placed, error) bool) {
		now := r.opt.Now()
		const batch = 50
		var pending []*listed
		var sorts []string
		// flush yields what was gathered, after one read of all records.
		flush := func() bool {
			numbers := make([]uint32, len(pending))
			for i, l := range pending {
				numbers[i] = l.number
			}
			records, err := r.records(ctx, store.Strong, numbers)
			if err == nil {
				err = r.flush(ctx, slugs, q, now, pending, sorts, records, func(p placed) bool { return yield(p, nil) })
			}
			pending, sorts = pending[:0], sorts[:0]
			if err == errStop {
				return false
			}
			if err != nil {
				yield(placed{}, err)
				return false
			}
			return true
		}
		size := 8
		for row, err := range r.merge(ctx, slugs, at, backward) {
			if err != nil {
				yield(placed{}, err)
				return
			}
			l, err := unpackListed(row.Data)
			if err != nil {
				yield(placed{}, fmt.Errorf("listing row %q: %w", row.Sort, err))
				return
			}
			if !l.passes(q) {
				continue
			}
			pending, sorts = append(pending, l), append(sorts, row.Sort)
			if len(pending) >= size {
				if !flush() {
					return
				}
				size = min(2*size, batch)
			}
		}
		flush()
	}
}

// errStop ends an iteration whose consumer wants no more.
var errStop = fmt.Errorf("enough")

// passes reports whether a listing row passes the filters that rows can tell.
func (l *listed) passes(q *recommend.ListQuery) bool {
	if len(q.Types) > 0 && !slices.ContainsFunc(q.Types, func(t string) bool { return slices.Contains(l.types, t) }) {
		return false
	}
	if q.Author != "" && !slices.Contains(l.authors, q.Author) {
		return false
	}
	if q.Ungrouped && q.Lang != "" && l.lang != q.Lang {
		return false
	}
	t := time.Time{}
	if l.sortDate != noDate {
		t = time.UnixMilli(l.sortDate)
	}
	return within(t, q.From, q.To)
}

// flush yields entries for listing rows and their records.
func (r *Reader) flush(ctx context.Context, slugs []string, q *recommend.ListQuery, now time.Time,
	rows []*listed, sorts []string, records []*record, yield func(placed) bool) error {
	agreed := func(rec *record) bool {
		return slices.ContainsFunc(slugs, func(s string) bool { return s == "" || slices.Contains(rec.Topics, s) })
	}
	// The other language versions of all of them, in one read.
	twins := map[uint32]*record{}
	if !q.Ungrouped {
		var numbers []uint32
		for _, rec := range records {
			if rec == nil {
				continue
			}
			for _, t := range rec.twins {
				numbers = append(numbers, t.number)
			}
		}
		if len(numbers) > 0 {
			found, err := r.records(ctx, store.Strong, numbers)
			if err != nil {
				return err
			}
			for i, n := range numbers {
				twins[n] = found[i]
			}
		}
	}
	for i, rec := range records {
		p := placed{place: sorts[i]}
		if rec == nil || rows[i].id != rec.ID || sortMillis(&rec.Item) != rows[i].sortDate || !agreed(rec) {
			continue
		}
		if rec.visible(now, &p.until) {
			shown := rec
			if !q.Ungrouped {
				shown = versionFor(q, rec, twins, now, &p.until, agreed)
			}
			if shown != nil {
				card := shown.card(now, &p.until)
				p.card = &card
			}
		}
		if !yield(p) {
			return errStop
		}
	}
	return nil
}

// versionFor returns the language version of a work that stands at the place of
// rec, or nil if the work stands at the place of another version.
func versionFor(q *recommend.ListQuery, rec *record, twins map[uint32]*record, now time.Time, until *time.Time, agreed func(*record) bool) *record {
	versions, first := []*record{rec}, rec
	for _, t := range rec.twins {
		o := twins[t.number]
		if o == nil || !agreed(o) || !o.visible(now, until) {
			continue
		}
		versions = append(versions, o)
		// The original stands first; without it, the first by place.
		switch {
		case first.TranslationOf == "":
		case o.TranslationOf == "", o.place() < first.place():
			first = o
		}
	}
	if first != rec {
		return nil
	}
	wanted := cmp.Or(q.Lang, q.Prefer)
	for _, v := range versions {
		if v.Lang == wanted {
			return v
		}
	}
	if q.Lang != "" {
		return nil
	}
	return rec
}

// A sealer makes cursors that say nothing to whom they are given, cannot be
// made up, and fit only the listing that they are from. Equal places give
// equal cursors, so that answers can be cached.
type sealer struct {
	key     []byte
	aead    cipher.AEAD
	listing []byte
}

func newSealer(key []byte, slug string, q *recommend.ListQuery) *sealer {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	types := slices.Sorted(slices.Values(q.Types))
	listing := fmt.Appendf(nil, "%q %q %q %q %d %d %v", slug, types, q.Author, q.Lang, q.From.UnixNano(), q.To.UnixNano(), q.Ungrouped)
	return &sealer{key, aead, listing}
}

func (s *sealer) seal(place string, backward bool) string {
	plain := append([]byte{'+'}, place...)
	if backward {
		plain[0] = '-'
	}
	mac := hmac.New(sha256.New, s.key)
	mac.Write(s.listing)
	mac.Write([]byte{0})
	mac.Write(plain)
	nonce := mac.Sum(nil)[:s.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, s.listing))
}

func (s *sealer) open(cursor string) (place string, backward bool, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	n := s.aead.NonceSize()
	if err != nil || len(b) < n {
		return "", false, recommend.ErrCursor
	}
	plain, err := s.aead.Open(nil, b[:n], b[n:], s.listing)
	if err != nil || len(plain) == 0 {
		return "", false, recommend.ErrCursor
	}
	return string(plain[1:]), bytes.HasPrefix(plain, []byte{'-'}), nil
}

// A Facet is a value that entries of a listing have, and how many have it.
type Facet struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Facets are what a listing can be narrowed by, most frequent first, ties by
// value; years latest first.
type Facets struct {
	Types   []Facet `json:"types,omitempty"`
	Authors []Facet `json:"authors,omitempty"`
	Years   []Facet `json:"years,omitempty"`
	Langs   []Facet `json:"langs,omitempty"`
	Total   int     `json:"total"`
	Capped  bool    `json:"capped,omitempty"` // only the newest [MaxFaceted] rows were counted
}

// MaxFaceted is the number of rows of a listing that are counted for facets.
const MaxFaceted = 5000

// Facets counts what the items of a listing have, of those that pass q. Language
// versions count apart.
func (r *Reader) Facets(ctx context.Context, slug string, q recommend.ListQuery) (*Facets, error) {
	slugs, err := r.slugs(ctx, slug)
	if err != nil {
		return nil, fmt.Errorf("facets %q: %w", slug, err)
	}
	now := r.opt.Now()
	f := &Facets{}
	types, authors, years, langs := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	seen := 0
	for row, err := range r.merge(ctx, slugs, "", false) {
		if err != nil {
			return nil, fmt.Errorf("facets %q: %w", slug, err)
		}
		if seen++; seen > MaxFaceted {
			f.Capped = true
			break
		}
		l, err := unpackListed(row.Data)
		if err != nil {
			return nil, fmt.Errorf("facets %q: %w", slug, err)
		}
		if !l.passes(&q) || l.visibleFrom.After(now) || q.Lang != "" && l.lang != q.Lang {
			continue
		}
		f.Total++
		for _, t := range l.types {
			types[t]++
		}
		for _, a := range l.authors {
			authors[a]++
		}
		if l.sortDate != noDate {
			years[time.UnixMilli(l.sortDate).UTC().Format("2006")]++
		}
		if l.lang != "" {
			langs[l.lang]++
		}
	}
	f.Types, f.Authors, f.Years, f.Langs = facets(types), facets(authors), facets(years), facets(langs)
	slices.SortFunc(f.Years, func(a, b Facet) int { return strings.Compare(b.Value, a.Value) })
	return f, nil
}

func facets(counts map[string]int) []Facet {
	var fs []Facet
	for v, n := range counts {
		fs = append(fs, Facet{v, n})
	}
	slices.SortFunc(fs, func(a, b Facet) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return fs
}
