package engine

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"akin/recommend"
)

// A record is what the store knows of an item, but for its body and terms.
type record struct {
	recommend.Item        // without Body; texts made plain
	number         uint32 // what lists call it by
	hash           [16]byte
	change         uint64    // the last change that it was part of
	changedAt      time.Time // of that change
	twins          []twin    // published language versions of the same work
	said           *said     // of a record that is kept unpacked; nil: of another

	labels []string // topics that editors gave the work, whether it is published with them or not
	own    []string // topics that it is published with, where there are labels; Topics has those of labels after them
}

// saying returns what the record says. Of a record that a reader keeps unpacked it is
// shared, as the record is.
func (r *record) saying() *said {
	if r.said != nil {
		return r.said
	}
	return &said{Item: &r.Item}
}

// place is where the record stands in listings.
func (r *record) place() string { return listKey("", sortMillis(&r.Item), r.ID).Sort }

// A twin is another language version of a record's work.
type twin struct {
	recommend.Translation
	number      uint32
	visibleFrom time.Time
}

// group returns the id of the original of the record's work.
func (r *record) group() string { return r.Item.Group() }

// visible reports whether the record may be shown now. If an embargo keeps it
// from that, until is moved to its end if that is earlier.
func (r *record) visible(now time.Time, until *time.Time) bool {
	return r.Status != recommend.Withdrawn && past(r.VisibleFrom, now, until)
}

// past reports whether from is not after now, and moves until to it otherwise.
func past(from, now time.Time, until *time.Time) bool {
	if from.IsZero() || !from.After(now) {
		return true
	}
	if until.IsZero() || from.Before(*until) {
		*until = from
	}
	return false
}

// card returns what is shown of the record.
func (r *record) card(now time.Time, until *time.Time) recommend.Card {
	return recommend.Card{
		ID: r.ID, URL: r.URL, Title: r.Title, Summary: r.Summary, Types: r.Types, Topics: r.Topics,
		Authors: r.Authors, Lang: r.Lang, Date: r.Date, SortDate: r.SortTime(), Image: r.Image,
		Translations: r.translations(now, until),
	}
}

func (r *record) translations(now time.Time, until *time.Time) []recommend.Translation {
	var ts []recommend.Translation
	for _, t := range r.twins {
		if past(t.visibleFrom, now, until) {
			ts = append(ts, t.Translation)
		}
	}
	return ts
}

// contentHash tells items of equal content, whatever their version.
func contentHash(it recommend.Item) [16]byte {
	it.Version = 0
	b, err := json.Marshal(it)
	if err != nil {
		// Only a time beyond the year 9999 cannot be written, and Validate
		// does not let it pass.
		panic(fmt.Sprintf("recommend: item %q cannot be written: %v", it.ID, err))
	}
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

const recordFormat = 1

func (r *record) pack() []byte {
	p := packer{make([]byte, 0, 256+len(r.Summary))}
	p.byte(recordFormat)
	p.uint(uint64(r.number))
	p.b = append(p.b, r.hash[:]...)
	p.uint(r.change)
	p.time(r.changedAt)
	flags := byte(0)
	if r.Status == recommend.Withdrawn {
		flags |= 1
	}
	if r.Image != nil {
		flags |= 2
	}
	sized := r.Image != nil && (r.Image.Width != 0 || r.Image.Height != 0 || r.Image.Srcset != "")
	if sized {
		flags |= 4
	}
	if len(r.labels) > 0 {
		flags |= 8
	}
	p.byte(flags)
	p.uint(uint64(r.Version))
	for _, s := range []string{r.ID, r.URL, r.Title, r.Summary, r.Lang, r.Date, r.TranslationOf} {
		p.string(s)
	}
	for _, ss := range [][]string{r.Types, r.asPublished().Topics, r.Authors, r.Aliases} {
		p.strings(ss)
	}
	p.time(r.SortDate)
	p.time(r.VisibleFrom)
	if r.Image != nil {
		p.string(r.Image.URL)
		p.string(r.Image.Alt)
		p.string(r.Image.Credit)
		if sized {
			p.uint(uint64(r.Image.Width))
			p.uint(uint64(r.Image.Height))
			p.string(r.Image.Srcset)
		}
	}
	p.uint(uint64(len(r.twins)))
	for _, t := range r.twins {
		p.uint(uint64(t.number))
		p.string(t.ID)
		p.string(t.Lang)
		p.string(t.URL)
		p.string(t.Title)
		p.time(t.visibleFrom)
	}
	if len(r.labels) > 0 {
		p.strings(r.labels)
	}
	return p.b
}

func unpackRecord(b []byte) (*record, error) {
	u := unpacker{s: string(b)}
	if u.byte() != recordFormat {
		return nil, errCorrupt
	}
	r := &record{number: u.small()}
	if len(u.s) < len(r.hash) {
		return nil, errCorrupt
	}
	copy(r.hash[:], u.s)
	u.s = u.s[len(r.hash):]
	r.change = u.uint()
	r.changedAt = u.time()
	flags := u.byte()
	r.Status = recommend.Published
	if flags&1 != 0 {
		r.Status = recommend.Withdrawn
	}
	r.Version = int64(u.uint())
	for _, s := range []*string{&r.ID, &r.URL, &r.Title, &r.Summary, &r.Lang, &r.Date, &r.TranslationOf} {
		*s = u.string()
	}
	for _, ss := range []*[]string{&r.Types, &r.Topics, &r.Authors, &r.Aliases} {
		*ss = u.strings()
	}
	r.SortDate = u.time()
	r.VisibleFrom = u.time()
	if flags&2 != 0 {
		r.Image = &recommend.Image{URL: u.string(), Alt: u.string(), Credit: u.string()}
		if flags&4 != 0 {
			r.Image.Width, r.Image.Height, r.Image.Srcset = int(u.small()), int(u.small()), u.string()
		}
	}
	n := u.count()
	for range n {
		r.twins = append(r.twins, twin{
			number:      u.small(),
			Translation: recommend.Translation{ID: u.string(), Lang: u.string(), URL: u.string(), Title: u.string()},
			visibleFrom: u.time(),
		})
	}
	if flags&8 != 0 {
		r.label(u.strings())
	}
	if err := u.end(); err != nil {
		return nil, err
	}
	return r, nil
}

// twinOf returns what other language versions keep of r.
func (r *record) twin() twin {
	return twin{recommend.Translation{ID: r.ID, Lang: r.Lang, URL: r.URL, Title: r.Title}, r.number, r.VisibleFrom}
}

// setTwins gives r the members of its group but itself, by id.
func (r *record) setTwins(members []twin) {
	r.twins = nil
	for _, t := range members {
		if t.ID != r.ID {
			r.twins = append(r.twins, t)
		}
	}
}

// An identity is what an id row holds.
type identity struct {
	number uint32
	group  string
}

func (i identity) pack() []byte {
	var p packer
	p.byte(1)
	p.uint(uint64(i.number))
	p.string(i.group)
	return p.b
}

func unpackIdentity(b []byte) (identity, error) {
	u := unpacker{s: string(b)}
	if u.byte() != 1 {
		return identity{}, errCorrupt
	}
	i := identity{u.small(), u.string()}
	return i, u.end()
}

// packMembers writes the numbers of a group's language versions; the rows of
// their records hold the rest.
func packMembers(numbers []uint32) []byte {
	var p packer
	p.byte(1)
	p.uint(uint64(len(numbers)))
	for _, n := range numbers {
		p.uint(uint64(n))
	}
	return p.b
}

func unpackMembers(b []byte) ([]uint32, error) {
	u := unpacker{s: string(b)}
	if u.byte() != 1 {
		return nil, errCorrupt
	}
	ns := make([]uint32, u.count())
	for i := range ns {
		ns[i] = u.small()
	}
	return ns, u.end()
}

// A listed is an entry of a listing.
type listed struct {
	number      uint32
	id          string
	group       string
	sortDate    int64
	lang        string
	types       []string
	authors     []string
	visibleFrom time.Time
}

func (r *record) listed() listed {
	return listed{r.number, r.ID, r.group(), sortMillis(&r.Item), r.Lang, r.Types, r.Authors, r.VisibleFrom}
}

func (l *listed) pack() []byte {
	var p packer
	p.byte(1)
	p.uint(uint64(l.number))
	p.string(l.id)
	p.string(l.group)
	p.int(l.sortDate)
	p.string(l.lang)
	p.strings(l.types)
	p.strings(l.authors)
	p.time(l.visibleFrom)
	return p.b
}

func unpackListed(b []byte) (*listed, error) {
	u := unpacker{s: string(b)}
	if u.byte() != 1 {
		return nil, errCorrupt
	}
	l := &listed{
		number: u.small(), id: u.string(), group: u.string(), sortDate: u.int(),
		lang: u.string(), types: u.strings(), authors: u.strings(), visibleFrom: u.time(),
	}
	if err := u.end(); err != nil {
		return nil, err
	}
	return l, nil
}

// agrees reports whether a listing row says of a topic what the record says. A
// row that does not is left from an earlier version.
func (l *listed) agrees(r *record, slug string) bool {
	return r.ID == l.id && r.Status != recommend.Withdrawn && sortMillis(&r.Item) == l.sortDate &&
		(slug == "" || slices.Contains(r.Topics, slug))
}
