// Package webhook sends receipts to addresses, signed as Standard Webhooks says: each at
// least once, those for one address in order. How far each address is, and what it never took,
// is in the store, so that a restart goes on.
package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/sources"
	"akin/recommend/store"
)

const (
	// MaxTries is how often a receipt is sent before it is a dead letter. All of them
	// take about an hour.
	MaxTries = 14

	firstPause = time.Second
	longPause  = 10 * time.Minute // between tries, at most
	timeout    = 15 * time.Second // for an answer
	lookEvery  = 20 * time.Second // for receipts of other processes, and dead letters to try again
	atOnce     = 20               // receipts that are read at a time

	statePart = "webhook"
	deadPart  = "webhook/dead" // by the key of an address and the number of a receipt
)

// A Dead is a receipt that an address never took.
type Dead struct {
	Address string            `json:"address"`
	Error   string            `json:"error"`
	At      time.Time         `json:"at"`
	Again   bool              `json:"again,omitempty"` // it is to be sent again
	Receipt recommend.Receipt `json:"receipt"`

	row store.Row
}

// A Sender sends receipts. Its fields do not change once Run was called.
type Sender struct {
	Store    store.Store
	Receipts *engine.Receipts
	Secret   string   // base64, with or without whsec_ before it
	To       []string // http and https addresses

	Client *http.Client                // nil: one that follows no redirect
	Now    func() time.Time            // nil: time.Now
	Log    *slog.Logger                // nil: none
	Pause  func(try int) time.Duration // between tries; nil: twice as long each time, with jitter
}

// Check returns what is wrong with an address or a secret.
func Check(address, secret string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(address) > 2000 {
		return fmt.Errorf("%q is not an address like https://example.org/hook", address)
	}
	if _, err := sources.Sign(secret, "id", "0", nil); err != nil {
		return err
	}
	return nil
}

// keyOf names an address in keys.
func keyOf(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:12])
}

func shown(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.RawQuery = "" // where secrets stand
	return u.Redacted()
}

// Run sends receipts until ctx ends, to each address on its own.
func (s *Sender) Run(ctx context.Context) {
	if s.Client == nil {
		s.Client = &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Pause == nil {
		s.Pause = pause
	}
	var wg sync.WaitGroup
	for _, address := range s.To {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := s.serve(ctx, address); err != nil && ctx.Err() == nil {
					s.Log.WarnContext(ctx, "webhook waits", "address", shown(address), "err", err)
					rest(ctx, lookEvery)
				}
			}
		})
	}
	wg.Wait()
}

// pause is twice as long after each try, and a random half of it less.
func pause(try int) time.Duration {
	d := min(firstPause<<min(try-1, 20), longPause)
	return d/2 + rand.N(d/2)
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// serve sends an address what is to be sent again, then the next receipts, and returns.
func (s *Sender) serve(ctx context.Context, address string) error {
	st, row, err := s.state(ctx, address)
	if err != nil {
		return err
	}
	if err := s.again(ctx, address); err != nil {
		return err
	}
	all, err := s.Receipts.After(ctx, st.Next, atOnce, lookEvery)
	switch {
	case errors.Is(err, engine.ErrGone):
		last, err := s.Receipts.Last(ctx)
		if err != nil {
			return err
		}
		// It cannot be said any more what it missed.
		all = []recommend.Receipt{{Number: last, At: s.Now().UTC(), All: true, Causes: []recommend.Cause{{Kind: recommend.CauseReview}}, Lists: []string{}, Topics: []string{}}}
	case err != nil:
		return err
	case len(all) == 0 && !s.Receipts.Live():
		rest(ctx, lookEvery)
	}
	for _, r := range all {
		if row, err = s.deliver(ctx, address, &st, row, r); err != nil {
			return err
		}
	}
	return nil
}

// state reads how far an address is. A new one begins with what comes.
func (s *Sender) state(ctx context.Context, address string) (recommend.Webhook, store.Row, error) {
	key := store.Key{Part: statePart, Sort: keyOf(address)}
	rows, err := s.Store.Get(ctx, store.Strong, key)
	if err != nil {
		return recommend.Webhook{}, store.Row{}, err
	}
	st := recommend.Webhook{Address: shown(address)}
	if rows[0].Rev != 0 {
		err := json.Unmarshal(rows[0].Data, &st)
		return st, rows[0], err
	}
	if st.Next, err = s.Receipts.Last(ctx); err != nil {
		return st, rows[0], err
	}
	row, err := s.keep(ctx, &st, rows[0])
	return st, row, err
}

// keep writes how far an address is, with other operations.
func (s *Sender) keep(ctx context.Context, st *recommend.Webhook, was store.Row, more ...store.Op) (store.Row, error) {
	data, err := json.Marshal(st)
	if err != nil {
		return was, err
	}
	op := store.Op{Row: store.Row{Key: was.Key, Data: data, Rev: was.Rev + 1}, Cond: store.RevIs, Want: was.Rev}
	if was.Rev == 0 {
		op.Cond = store.Absent
	}
	if err := s.Store.Apply(ctx, append(store.Tx{op}, more...))[0]; err != nil {
		return was, err
	}
	return op.Row, nil
}

// deliver sends a receipt until it is taken, or tried too often, and writes which.
func (s *Sender) deliver(ctx context.Context, address string, st *recommend.Webhook, row store.Row, r recommend.Receipt) (store.Row, error) {
	for {
		if wait := st.At.Sub(s.Now()); st.Tries > 0 && wait > 0 {
			rest(ctx, min(wait, longPause))
		}
		if err := ctx.Err(); err != nil {
			return row, err
		}
		failed := s.send(ctx, address, r)
		if failed != nil && ctx.Err() != nil {
			return row, ctx.Err()
		}
		var more []store.Op
		switch {
		case failed == nil:
			st.Next, st.Tries, st.Error, st.At = r.Number, 0, "", time.Time{}
		case st.Tries+1 >= MaxTries:
			dead := Dead{Address: shown(address), Error: failed.Error(), At: s.Now().UTC(), Receipt: r}
			data, err := json.Marshal(dead)
			if err != nil {
				return row, err
			}
			more = append(more, store.Op{Row: store.Row{Key: deadKey(address, r.Number), Data: data, Rev: 1}})
			st.Next, st.Tries, st.Error, st.At = r.Number, 0, failed.Error(), time.Time{}
			s.Log.ErrorContext(ctx, "webhook gave up a receipt", "address", shown(address), "receipt", r.Number, "err", failed)
		default:
			st.Tries++
			st.Error, st.At = failed.Error(), s.Now().UTC().Add(s.Pause(st.Tries))
		}
		var err error
		if row, err = s.keep(context.WithoutCancel(ctx), st, row, more...); err != nil {
			return row, err
		}
		if st.Next >= r.Number {
			return row, nil
		}
	}
}

func deadKey(address string, number uint64) store.Key {
	return store.Key{Part: deadPart, Sort: fmt.Sprintf("%s %016x", keyOf(address), number)}
}

// again sends the dead letters of an address that are to be sent again, in their order, as far as it takes
// them.
func (s *Sender) again(ctx context.Context, address string) error {
	all, err := DeadLetters(ctx, s.Store)
	if err != nil {
		return err
	}
	for _, d := range all {
		if !d.Again || d.row.Key != deadKey(address, d.Receipt.Number) {
			continue
		}
		op := store.Op{Act: store.Delete, Row: store.Row{Key: d.row.Key}}
		failed := s.send(ctx, address, d.Receipt)
		if failed != nil {
			d.Again, d.Error, d.At = false, failed.Error(), s.Now().UTC()
			data, err := json.Marshal(d)
			if err != nil {
				return err
			}
			op = store.Op{Row: store.Row{Key: d.row.Key, Data: data, Rev: d.row.Rev + 1}}
		}
		if err := s.Store.Apply(ctx, store.Tx{op})[0]; err != nil {
			return err
		}
	}
	return nil
}

// A message is the body that is sent.
type message struct {
	Type      string            `json:"type"`
	Timestamp time.Time         `json:"timestamp"`
	Data      recommend.Receipt `json:"data"`
}

// send tries once.
func (s *Sender) send(ctx context.Context, address string, r recommend.Receipt) error {
	body, err := json.Marshal(message{"akin.changes", r.At, r})
	if err != nil {
		return err
	}
	id, stamp := fmt.Sprintf("akin_%d_%d", r.At.UnixMilli(), r.Number), strconv.FormatInt(s.Now().Unix(), 10)
	mac, err := sources.Sign(s.Secret, id, stamp, body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "akin", "webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": "v1," + mac,
	} {
		req.Header.Set(name, value)
	}
	res, err := s.Client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, which may hold a secret
		}
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	_ = res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %d", res.StatusCode)
	}
	return nil
}
