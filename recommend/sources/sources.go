// Package sources keeps items in step with where they come from: addresses that
// are read again and again. It keeps, per source, when and how to read it, what
// became of the last run, and which items it brought, so that one that it lacks
// later is withdrawn and no other is.
//
// It performs no I/O but on the store: a [Reader] hands out what an address
// lists. Rows are its own:
//
//	part            sort      holds
//	source          name      Source, as JSON
//	source/<name>   00 to ff  the ids of the items that it brought, by their hash, a line each
package sources

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/store"
)

// Bounds of a source.
const (
	MaxSources   = 100
	DefaultEvery = 15 * time.Minute
	MinEvery     = time.Minute
	MaxEvery     = 31 * 24 * time.Hour
	maxBackOff   = 24 * time.Hour // between tries of a source that fails, unless Every is longer
	maxErrors    = 10             // that a run keeps the texts of
)

// Errors of the calls that name a source.
var (
	ErrNotFound = errors.New("source not found")
	ErrExists   = errors.New("a source of that name exists; remove it first, or choose another name")
	ErrBusy     = errors.New("the source is being read")
)

// A Source is an address that is read every so often.
type Source struct {
	Name    string        `json:"name"`
	Address string        `json:"address"` // a file, a folder, an http or https address
	Every   time.Duration `json:"every"`
	Rate    float64       `json:"rate,omitempty"`  // pages a second that a website is asked for; 0: as it wants
	Table   *Table        `json:"table,omitempty"` // how its spreadsheet is to be read; nil: as its columns tell
	Lang    string        `json:"lang,omitempty"`  // language of works that name none; empty: the site's, or detected
	Secret  string        `json:"secret"`          // of webhooks: whsec_ and base64
	Added   time.Time     `json:"added"`

	Items    int       `json:"items"`          // that it brought and that are not withdrawn
	Last     *Run      `json:"last,omitempty"` // nil: it was never read
	Done     time.Time `json:"done,omitzero"`  // end of the last run that did not fail
	Next     time.Time `json:"next,omitzero"`  // when it is due; zero: at once
	Failures int       `json:"failures"`       // runs in a row that failed
	Since    time.Time `json:"since,omitzero"` // begin of the last run that read all of it
	ETag     string    `json:"etag,omitempty"` // of the answer that was read last
	Modified string    `json:"modified,omitempty"`
	Asked    time.Time `json:"asked,omitzero"`   // when somebody wanted it to be read at once; zero: nobody, or it was
	Running  time.Time `json:"running,omitzero"` // until when a run may take; zero: none is under way
}

// A Table says how a spreadsheet is to be read. Readers say which values are right.
type Table struct {
	Map   map[string]string `json:"map,omitempty"`   // column to field; "" leaves the column out
	Split string            `json:"split,omitempty"` // what parts the values in a cell
	Dates string            `json:"dates,omitempty"` // order of dates like 3/4/2024: dmy or mdy
}

// A Run says what became of one reading.
type Run struct {
	Started   time.Time `json:"started"`
	Finished  time.Time `json:"finished"`
	Unread    bool      `json:"unread,omitempty"` // the source says that nothing changed
	Stored    int       `json:"stored"`
	Unchanged int       `json:"unchanged"`
	Stale     int       `json:"stale"`
	Rejected  int       `json:"rejected"`
	Withdrawn int       `json:"withdrawn"`
	Held      int       `json:"held,omitempty"`    // items that it lacks, too many to be withdrawn unasked
	Partial   bool      `json:"partial,omitempty"` // it did not list all that there is, so nothing it lacks was withdrawn
	Error     string    `json:"error,omitempty"`   // why the run failed
	Errors    []string  `json:"errors,omitempty"`  // of single records, the first ten
	Left      []string  `json:"left,omitempty"`    // what was left out, counted by kind
}

// Silent says whether a source was not read for too long: three times Every, and
// a day at least.
func (s *Source) Silent(now time.Time) bool {
	last := s.Done
	if last.IsZero() {
		last = s.Added
	}
	return now.Sub(last) > max(3*s.Every, 24*time.Hour)
}

// Due says whether a source is to be read.
func (s *Source) Due(now time.Time) bool {
	return (!s.Next.After(now) || !s.Asked.IsZero()) && !s.Running.After(now)
}

var nameForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`) })

const part = "source"

func key(name string) store.Key { return store.Key{Part: part, Sort: name} }

// Add keeps a new source with a new secret; Every is [DefaultEvery] if it is 0.
// Errors name the field, or are [ErrExists].
func Add(ctx context.Context, st store.Store, s Source, now time.Time) (*Source, error) {
	if s.Every == 0 {
		s.Every = DefaultEvery
	}
	switch {
	case !nameForm().MatchString(s.Name):
		return nil, recommend.Invalid("name", "is %q, must be 1 to 63 of a-z 0-9 _ -, and begin with a letter or digit", s.Name)
	case s.Address == "" || len(s.Address) > recommend.MaxURL:
		return nil, recommend.Invalid("address", "must have 1 to %d bytes", recommend.MaxURL)
	case s.Rate < 0 || s.Rate > 100:
		return nil, recommend.Invalid("rate", "is %v, must be 0 to 100 pages a second", s.Rate)
	case s.Every < MinEvery || s.Every > MaxEvery:
		return nil, recommend.Invalid("every", "is %v, must be %v to %v", s.Every, MinEvery, MaxEvery)
	}
	if err := recommend.CheckLang("lang", s.Lang); err != nil {
		return nil, err
	}
	all, err := List(ctx, st)
	switch {
	case err != nil:
		return nil, err
	case len(all) >= MaxSources:
		return nil, recommend.Invalid("name", "there are %d sources already; remove one", len(all))
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	s.Secret, s.Added = "whsec_"+base64.StdEncoding.EncodeToString(secret), now.UTC()
	err = put(ctx, st, &s, store.Row{})
	if errors.Is(err, store.ErrCondition) {
		return nil, ErrExists
	}
	return &s, err
}

// List returns all sources by name.
func List(ctx context.Context, st store.Store) ([]Source, error) {
	var all []Source
	for row, err := range store.Scan(ctx, st, store.Strong, store.Range{Part: part}) {
		if err != nil {
			return nil, fmt.Errorf("sources: %w", err)
		}
		s, err := unpack(row)
		if err != nil {
			return nil, err
		}
		all = append(all, *s)
	}
	return all, nil
}

// Get returns a source; the error may be [ErrNotFound].
func Get(ctx context.Context, st store.Store, name string) (*Source, error) {
	s, _, err := get(ctx, st, name)
	return s, err
}

func get(ctx context.Context, st store.Store, name string) (*Source, store.Row, error) {
	if !nameForm().MatchString(name) {
		return nil, store.Row{}, ErrNotFound
	}
	rows, err := st.Get(ctx, store.Strong, key(name))
	if err != nil {
		return nil, store.Row{}, fmt.Errorf("source %q: %w", name, err)
	}
	if rows[0].Rev == 0 {
		return nil, store.Row{}, ErrNotFound
	}
	s, err := unpack(rows[0])
	return s, rows[0], err
}

func unpack(row store.Row) (*Source, error) {
	var s Source
	if err := json.Unmarshal(row.Data, &s); err != nil {
		return nil, fmt.Errorf("source %q: %w", row.Sort, err)
	}
	return &s, nil
}

// put writes a source over the row that it was read from; a zero one: none.
func put(ctx context.Context, st store.Store, s *Source, was store.Row) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	op := store.Op{Act: store.Put, Row: store.Row{Key: key(s.Name), Data: data, Rev: was.Rev + 1}, Cond: store.Absent}
	if was.Rev > 0 {
		op.Cond, op.Want = store.RevIs, was.Rev
	}
	return st.Apply(ctx, store.Tx{op})[0]
}

// Remove forgets a source and which items it brought. The items stay.
func Remove(ctx context.Context, st store.Store, name string) error {
	_, row, err := get(ctx, st, name)
	if err != nil {
		return err
	}
	for row, err := range store.Scan(ctx, st, store.Strong, store.Range{Part: part + "/" + name}) {
		if err == nil {
			err = st.Apply(ctx, store.Tx{{Act: store.Delete, Row: store.Row{Key: row.Key}}})[0]
		}
		if err != nil {
			return fmt.Errorf("remove source %q: %w", name, err)
		}
	}
	return st.Apply(ctx, store.Tx{{Act: store.Delete, Row: store.Row{Key: row.Key}}})[0]
}

// later returns when a source is due again: after a failure twice as late each
// time, and never at the same moment as others.
func (s *Source) later(now time.Time) time.Time {
	wait := s.Every
	if s.Failures > 0 {
		wait = min(time.Duration(float64(s.Every)*math.Pow(2, float64(min(s.Failures, 20)))), max(s.Every, maxBackOff))
	}
	spread := 0.05
	if s.Failures > 0 {
		spread = 0.25
	}
	return now.Add(wait + time.Duration(spread*(mathrand.Float64()*2-1)*float64(wait))).UTC()
}

// oneLine keeps a text short enough for a row.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "") + "…"
	}
	return s
}
