package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"akin/functions/web"
	"akin/recommend"
)

type searcher struct{ web.Searcher }

func (searcher) Search(context.Context, string, string, int) ([]recommend.Entry, error) {
	return nil, nil
}

func TestIndexIsLoadedWhenAskedAndWhenOld(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	loads := 0
	var broken error
	x := &index{now: func() time.Time { return now }, load: func(context.Context) (web.Searcher, error) { loads++; return searcher{}, broken }}
	for i, step := range []struct {
		after  time.Duration
		broken error
		want   int // loads so far
	}{
		{0, errors.New("no table"), 1},
		{0, nil, 2}, // tried again
		{maxAge - time.Second, nil, 2},
		{time.Second, nil, 3},
	} {
		now, broken = now.Add(step.after), step.broken
		if _, err := x.Search(t.Context(), "q", "", 1); !errors.Is(err, step.broken) {
			t.Errorf("step %d: %v, want %v", i, err, step.broken)
		}
		if loads != step.want {
			t.Errorf("step %d: loaded %d times, want %d", i, loads, step.want)
		}
	}
}
