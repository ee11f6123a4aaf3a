package coverage

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"akin/recommend/engine"
	"akin/recommend/parallel"
	"akin/recommend/store"
)

// ErrNoReport says that no report was made yet.
var ErrNoReport = errors.New("no report yet; run reindex, or wait for the first one")

// Rows of reports lie in one part: a head, and the chunks of three slots. One
// slot holds the report in use, one the report that changes are told against,
// and the third is free for the next.
const part = "report"

var headKey = store.Key{Part: part, Sort: "head"}

// A head says which slots hold what.
type head struct {
	Current  *slot `json:"current"`
	Baseline *slot `json:"baseline,omitempty"`
}

type slot struct {
	Number     int       `json:"number"`
	Chunks     int       `json:"chunks"`
	Sum        string    `json:"sum"` // SHA-256 of all chunks
	ComputedAt time.Time `json:"computedAt"`
}

// A kept is a report as its rows hold it.
type kept struct {
	Report   *Report   `json:"report"` // without findings
	Charts   *Charts   `json:"charts"`
	Findings []finding `json:"findings"`
	Each     []finding `json:"each,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Added    []finding `json:"added,omitempty"`
	Gone     []finding `json:"gone,omitempty"`
}

// A finding is a [Finding] without its sentences, which its facts give again.
type finding struct {
	Kind       Kind     `json:"k"`
	Topic      string   `json:"t,omitempty"`
	Item       string   `json:"i,omitempty"`
	Other      string   `json:"o,omitempty"`
	Confidence float64  `json:"c"`
	Facts      []string `json:"f,omitempty"`
}

func pack(fs []Finding) []finding {
	packed := make([]finding, len(fs))
	for i, f := range fs {
		packed[i] = finding{f.Kind, f.Topic, f.Item, f.Other, f.Confidence, f.Facts}
	}
	return packed
}

func unpack(packed []finding) []Finding {
	fs := make([]Finding, len(packed))
	parallel.Each(len(fs), func(i int) {
		p := &packed[i]
		fs[i] = Finding{Kind: p.Kind, Topic: p.Topic, Item: p.Item, Other: p.Other, Confidence: p.Confidence, Facts: p.Facts}
		fs[i].Evidence, fs[i].Action = fs[i].In("en")
	})
	return fs
}

// Save stores r as the report in use, with what changed since the latest report
// of an earlier day, which it returns. Of two that save at once, one gets an
// error that wraps [store.ErrCondition].
func Save(ctx context.Context, s store.Store, r *Report) (*Changes, error) {
	changes, err := save(ctx, s, r)
	if err != nil {
		return nil, fmt.Errorf("save the report: %w", err)
	}
	return changes, nil
}

func save(ctx context.Context, s store.Store, r *Report) (*Changes, error) {
	h, rev, err := readHead(ctx, s)
	if err != nil {
		return nil, err
	}
	baseline := h.Baseline
	if h.Current != nil && (baseline == nil || !sameDay(h.Current.ComputedAt, r.ComputedAt)) {
		baseline = h.Current
	}
	changes := &Changes{}
	if baseline != nil {
		old, err := readSlot(ctx, s, baseline)
		if err != nil && !errors.Is(err, errDamaged) {
			return nil, err
		}
		if err == nil {
			changes = Diff(&Report{ComputedAt: old.Report.ComputedAt, Findings: unpack(old.Findings)}, r)
		}
	}
	bare := *r
	bare.Findings, bare.Each = nil, nil
	next := &slot{ComputedAt: r.ComputedAt}
	for next.Number == number0(h.Current) || next.Number == number0(baseline) {
		next.Number++
	}
	err = next.write(ctx, s, &kept{
		Report: &bare, Charts: &r.Charts, Findings: pack(r.Findings), Each: pack(r.Each),
		Since: changes.Since, Added: pack(changes.Added), Gone: pack(changes.Gone),
	})
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(head{next, baseline})
	if err != nil {
		return nil, err
	}
	op := store.Op{Row: store.Row{Key: headKey, Data: data, Rev: rev + 1}, Cond: store.RevIs, Want: rev}
	if rev == 0 {
		op.Cond = store.Absent
	}
	return changes, s.Apply(ctx, store.Tx{op})[0]
}

func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

// number0 is the number of a slot, or none's.
func number0(s *slot) int {
	if s == nil {
		return -1
	}
	return s.Number
}

func readHead(ctx context.Context, s store.Store) (*head, uint64, error) {
	rows, err := s.Get(ctx, store.Strong, headKey)
	if err != nil {
		return nil, 0, err
	}
	h := &head{}
	if rows[0].Rev == 0 {
		return h, 0, nil
	}
	if err := json.Unmarshal(rows[0].Data, h); err != nil {
		return nil, 0, fmt.Errorf("head: %w", err)
	}
	return h, rows[0].Rev, nil
}

func (sl *slot) key(chunk int) store.Key {
	return store.Key{Part: part, Sort: fmt.Sprintf("slot %d %04d", sl.Number, chunk)}
}

func (sl *slot) write(ctx context.Context, s store.Store, k *kept) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(z).Encode(k); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	sl.Sum = hex.EncodeToString(sum[:])
	for b.Len() > 0 {
		row := store.Row{Key: sl.key(sl.Chunks), Data: bytes.Clone(b.Next(store.MaxData)), Rev: 1}
		if err := s.Apply(ctx, store.Tx{{Row: row}})[0]; err != nil {
			return err
		}
		sl.Chunks++
	}
	// What a longer report left behind.
	from := store.Range{Part: part, From: sl.key(sl.Chunks).Sort, To: fmt.Sprintf("slot %d ~", sl.Number)}
	for row, err := range store.Scan(ctx, s, store.Strong, from) {
		if err == nil {
			err = s.Apply(ctx, store.Tx{{Act: store.Delete, Row: store.Row{Key: row.Key}}})[0]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errDamaged says that a slot is not what its head says.
var errDamaged = errors.New("the stored report is damaged; the next one will replace it")

func readSlot(ctx context.Context, s store.Store, sl *slot) (*kept, error) {
	keys := make([]store.Key, sl.Chunks)
	for i := range keys {
		keys[i] = sl.key(i)
	}
	rows, err := s.Get(ctx, store.Strong, keys...)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, row := range rows {
		b.Write(row.Data)
	}
	if sum := sha256.Sum256(b.Bytes()); hex.EncodeToString(sum[:]) != sl.Sum {
		return nil, errDamaged
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		return nil, errDamaged
	}
	k := &kept{}
	if err := json.NewDecoder(z).Decode(k); err != nil {
		return nil, errDamaged
	}
	return k, nil
}

// Load returns the report in use and what changed since the latest one of an
// earlier day, or [ErrNoReport].
func Load(ctx context.Context, s store.Store) (*Report, *Changes, error) {
	r, changes, _, err := load(ctx, s, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("load the report: %w", err)
	}
	return r, changes, nil
}

// load returns nothing where the head's Rev is the one known.
func load(ctx context.Context, s store.Store, known uint64) (*Report, *Changes, uint64, error) {
	h, rev, err := readHead(ctx, s)
	if err != nil {
		return nil, nil, 0, err
	}
	if h.Current == nil {
		return nil, nil, 0, ErrNoReport
	}
	if rev == known {
		return nil, nil, rev, nil
	}
	k, err := readSlot(ctx, s, h.Current)
	if err != nil {
		return nil, nil, 0, err
	}
	r := k.Report
	r.Charts, r.Findings, r.Each = *k.Charts, unpack(k.Findings), unpack(k.Each)
	return r, &Changes{Since: k.Since, Added: unpack(k.Added), Gone: unpack(k.Gone)}, rev, nil
}

// Refresh makes a report of what x knows now and stores it. Where another one
// was stored meanwhile, that one stays.
func Refresh(ctx context.Context, x *engine.Indexer, s store.Store, now time.Time) (*Report, error) {
	survey, err := x.Survey(ctx)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r := Make(survey, now)
	if _, err := Save(ctx, s, r); err != nil && !errors.Is(err, store.ErrCondition) {
		return nil, err
	}
	if err := keepDay(ctx, s, r, now); err != nil {
		return nil, fmt.Errorf("count findings: %w", err)
	}
	return r, nil
}

// Renew makes a report of what the indexer knows now and stores it, if there is
// none that is younger than age. The indexer is asked for only then.
func Renew(ctx context.Context, indexer func() (*engine.Indexer, error), s store.Store, now time.Time, age time.Duration) error {
	if age > 0 {
		r, _, err := Load(ctx, s)
		if err == nil && now.Sub(r.ComputedAt) < age {
			return nil
		}
		if err != nil && !errors.Is(err, ErrNoReport) {
			return err
		}
	}
	x, err := indexer()
	if err != nil {
		return err
	}
	_, err = Refresh(ctx, x, s, now)
	return err
}

// A StoredReport holds the report in use in memory, so that a page needs one small
// read to know that it is still the one. It is safe for concurrent use; what
// it returns is shared and must not be changed.
type StoredReport struct {
	store store.Store

	mu      sync.Mutex
	rev     uint64
	report  *Report
	changes *Changes
}

// NewStoredReport returns a StoredReport that has read nothing yet.
func NewStoredReport(s store.Store) *StoredReport { return &StoredReport{store: s} }

// Latest returns the report in use and what changed since the latest one of
// an earlier day, or an error that wraps [ErrNoReport].
func (k *StoredReport) Latest(ctx context.Context) (*Report, *Changes, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, changes, rev, err := load(ctx, k.store, k.rev)
	if err != nil {
		return nil, nil, fmt.Errorf("load the report: %w", err)
	}
	if r != nil {
		k.report, k.changes, k.rev = r, changes, rev
	}
	return k.report, k.changes, nil
}
