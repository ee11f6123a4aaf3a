package web

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"akin/infra/memory"
	"akin/recommend/store"
)

// A fullStore is a store whose disk may be full.
type fullStore struct {
	store.Store
	full atomic.Bool
}

func (s *fullStore) Apply(ctx context.Context, txs ...store.Tx) []error {
	if !s.full.Load() {
		return s.Store.Apply(ctx, txs...)
	}
	errs := make([]error, len(txs))
	for i := range errs {
		errs[i] = errors.New("no space left on device")
	}
	return errs
}

// The state of health tells that writes fail, until one succeeds, or until it is long
// ago; reads are answered all the while.
func TestHealthTellsThatWritesFail(t *testing.T) {
	t.Parallel()
	s := &fullStore{Store: memory.New()}
	e := newEngineOn(t, s)
	health := func(when, want string) {
		t.Helper()
		res := e.do("GET", "/healthz", "")
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), `"`+want+`"`) {
			t.Errorf("%s: %d %s %v, want %s", when, res.StatusCode, body, err, want)
		}
	}
	put := func(body string, want int) {
		t.Helper()
		if got := e.do("PUT", "/v1/items/a", body).StatusCode; got != want {
			t.Errorf("put %s: %d, want %d", body, got, want)
		}
	}
	health("at first", "ok")
	s.full.Store(true)
	put(`{"title":"A"}`, 500)
	health("after a write that failed", "degraded")
	put(`{"titel":"A"}`, 422)
	health("after one that was wrong", "degraded")
	e.clock.Add(int64(5 * time.Minute))
	health("long after", "ok")
	put(`{"title":"A"}`, 500)
	s.full.Store(false)
	put(`{"title":"A"}`, 201)
	health("once there is room", "ok")
}

// A mute store is one that cannot be read.
type muteStore struct {
	store.Store
	mute atomic.Bool
}

func (s *muteStore) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	if s.mute.Load() {
		return nil, errors.New("cannot be reached")
	}
	return s.Store.Get(ctx, c, keys...)
}

// Only who asks deeply is told whether the store can be read.
func TestHealthReadsTheStoreWhenAsked(t *testing.T) {
	t.Parallel()
	s := &muteStore{Store: memory.New()}
	e := newEngineOn(t, s)
	for _, mute := range []bool{false, true, false} {
		s.mute.Store(mute)
		for target, want := range map[string]int{"/healthz": 200, "/healthz?deep=true": map[bool]int{false: 200, true: 500}[mute]} {
			if got := e.do("GET", target, "").StatusCode; got != want {
				t.Errorf("mute %v: %s answers %d, want %d", mute, target, got, want)
			}
		}
	}
}
