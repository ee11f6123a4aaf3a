package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/store"
	"akin/recommend/text"
)

// SiteSettings are what a site has said of itself, as it is stored.
type SiteSettings struct {
	ETag string          // "0" before anything was said
	JSON json.RawMessage // what [recommend.Site.Change] reads; {} before anything was said
}

func unpackSettings(row store.Row) *SiteSettings {
	if row.Rev == 0 {
		return &SiteSettings{ETag: tag(0), JSON: json.RawMessage("{}")}
	}
	return &SiteSettings{ETag: tag(row.Rev), JSON: row.Data}
}

// Settings returns the settings of the site.
func (r *Reader) Settings(ctx context.Context) (*SiteSettings, error) {
	rows, err := r.store.Get(ctx, store.Strong, settingsKey)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return unpackSettings(rows[0]), nil
}

// SettingsHistory returns what changed of the settings of the site, latest
// first, [MaxHistory] changes at most; Before and After are settings.
func (r *Reader) SettingsHistory(ctx context.Context) ([]Change, error) {
	changes := []Change{}
	for row, err := range store.Scan(ctx, r.store, store.Strong, store.Range{Part: settingsHistory, Reverse: true, Limit: MaxHistory}) {
		if err == nil {
			var c Change
			c, err = unpackHistory(row)
			changes = append(changes, c)
		}
		if err != nil {
			return nil, fmt.Errorf("history of settings: %w", err)
		}
	}
	return changes, nil
}

// PutSettings replaces the settings of the site by those in b, if they are still
// what the caller read, and returns the new ETag. Settings that are the same are
// not written. Generations keep the settings that they were made under; the next
// rebuild takes the new ones. Where the settings are no longer what was read, the
// error wraps [recommend.ErrPrecondition]; what is wrong with b is an error of
// [recommend.Site.Change].
func (p *Publisher) PutSettings(ctx context.Context, b []byte, e Edit) (string, error) {
	etag, err := p.putSettings(ctx, b, e)
	if err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	return etag, nil
}

func (p *Publisher) putSettings(ctx context.Context, b []byte, e Edit) (string, error) {
	site, err := recommend.DefaultSite().Change(b)
	if err != nil {
		return "", err
	}
	if _, err := text.New(site.Settings.Text); err != nil {
		return "", &recommend.InvalidError{Field: "text", Reason: err.Error()}
	}
	next, err := recommend.CanonicalSettings(b)
	if err != nil {
		return "", err
	}
	return p.edit(ctx, e, func(u *unit) (string, error) {
		row, err := u.get(ctx, settingsKey)
		if err != nil {
			return "", err
		}
		old := unpackSettings(row)
		if e.IfMatch != "*" && e.IfMatch != old.ETag {
			return "", recommend.ErrPrecondition
		}
		if bytes.Equal(old.JSON, next) {
			return old.ETag, nil
		}
		u.put(settingsKey, next)
		change := Change{Number: row.Rev + 1, At: p.now().UTC(), By: e.By, Note: e.Note}
		return tag(change.Number), u.keep(settingsHistory, change, old.JSON, json.RawMessage(next))
	})
}

// A Chosen tells which settings hold now: akin's own, with what the store has of
// the site laid over them, and what this process was told laid over that. It is
// safe for concurrent use.
type Chosen struct {
	store store.Store
	over  func(*recommend.Site) error
	age   time.Duration
	now   func() time.Time

	mu    sync.Mutex
	at    time.Time // when the store was last asked
	rev   uint64    // of what it had
	site  *recommend.Site
	words words  // made of site; analyzer nil: not yet
	hash  string // of the site's settings; empty: not yet
}

// NewChosen returns a Chosen, which reads nothing yet. Over, if not nil, is called
// for what the store has, each time that it is something else, and may change it
// as it likes; its lists are shared and must be replaced, not written to. For age
// the store is not asked again.
func NewChosen(s store.Store, over func(*recommend.Site) error, age time.Duration) *Chosen {
	if over == nil {
		over = func(*recommend.Site) error { return nil }
	}
	return &Chosen{store: s, over: over, age: age, now: time.Now}
}

// Site returns what holds now. The caller may not change it; as long as it stays
// the same, it is the same pointer.
func (c *Chosen) Site(ctx context.Context) (*recommend.Site, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read(ctx)
}

func (c *Chosen) read(ctx context.Context) (*recommend.Site, error) {
	now := c.now()
	if c.site != nil && now.Sub(c.at) < c.age {
		return c.site, nil
	}
	rows, err := c.store.Get(ctx, store.Strong, settingsKey)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return c.take(rows[0], now)
}

// take takes what the row of settings has at a time; c.mu is held.
func (c *Chosen) take(row store.Row, now time.Time) (*recommend.Site, error) {
	if c.at = now; c.site != nil && c.rev == row.Rev {
		return c.site, nil
	}
	site := recommend.DefaultSite()
	if row.Rev != 0 {
		var err error
		if site, err = site.Change(row.Data); err != nil {
			return nil, fmt.Errorf("settings in the store: %w", err)
		}
	}
	if err := c.over(&site); err != nil {
		return nil, err
	}
	c.site, c.rev, c.words, c.hash = &site, row.Rev, words{}, ""
	return c.site, nil
}

// said returns what the row of settings has, of which a reader takes the rules for
// lists and the site's address. What cannot be read, of which whoever writes tells,
// must not keep readers from their lists: then they are akin's own.
func (c *Chosen) said(row store.Row) *recommend.Site {
	c.mu.Lock()
	defer c.mu.Unlock()
	site, err := c.take(row, c.now())
	if err != nil {
		return &recommend.Site{Lists: recommend.DefaultLists()}
	}
	return site
}

// latest is [Chosen.Site] as the store has it at this moment.
func (c *Chosen) latest(ctx context.Context) (*recommend.Site, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = time.Time{}
	return c.read(ctx)
}

// made returns what makes the terms of items now.
func (c *Chosen) made(ctx context.Context) (words, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	site, err := c.read(ctx)
	if err != nil {
		return words{}, err
	}
	if c.words.analyzer == nil {
		if c.words, err = makeWords(site.Settings); err != nil {
			return words{}, err
		}
	}
	return c.words, nil
}

// holds reports whether hash is that of the settings that hold now.
func (c *Chosen) holds(ctx context.Context, hash string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	site, err := c.read(ctx)
	if err != nil {
		return false, err
	}
	if c.hash == "" {
		c.hash = site.Settings.Hash()
	}
	return c.hash == hash, nil
}

// address returns the address of the site: the one given, or else the one chosen,
// where there is a choice.
func (c *Chosen) address(ctx context.Context, given string) (string, error) {
	if given != "" || c == nil {
		return given, nil
	}
	site, err := c.Site(ctx)
	if err != nil {
		return "", err
	}
	return site.Address, nil
}
