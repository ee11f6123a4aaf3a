package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"akin/infra/emf"
	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/sources"
)

// A fake answers with one item, or an error.
type fake struct{ err error }

func (f *fake) Read(context.Context, *sources.Source) (*sources.Answer, error) {
	if f.err != nil {
		return nil, f.err
	}
	return &sources.Answer{Found: func(yield func(sources.Found) bool) {
		yield(sources.Found{ID: "a", Item: &recommend.Item{ID: "a", Title: "A", Lang: "en"}})
	}}, nil
}

// What is due is read; what fails is tried again and is not a failure of the
// function, until it is silent for too long, which an alarm hears of.
func TestHandle(t *testing.T) {
	store := memory.New()
	publisher, err := engine.NewPublisher(store, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	if _, err := sources.Add(t.Context(), store, sources.Source{Name: "news", Address: "https://a.example/"}, now); err != nil {
		t.Fatal(err)
	}
	var metrics, log bytes.Buffer
	reader := &fake{}
	f := &function{
		runner:  &sources.Runner{Store: store, Reader: reader, Publisher: publisher, Now: func() time.Time { return now }},
		metrics: emf.New(&metrics, "akin", map[string]string{"Stack": "x"}), log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if a, err := f.handle(ctx, nil); err != nil || a.Read != 1 || a.Silent != 0 {
		t.Fatalf("first event: %+v, %v", a, err)
	}
	if a, err := f.handle(ctx, nil); err != nil || a.Read != 0 {
		t.Errorf("a minute later: %+v, %v", a, err)
	}
	now, reader.err = now.Add(25*time.Hour), errors.New("answers 503")
	if a, err := f.handle(ctx, nil); err != nil || a.Read != 1 || a.Silent != 1 || !strings.Contains(metrics.String(), `"SilentSources":1`) || !strings.Contains(log.String(), "answers 503") {
		t.Errorf("after a day without an answer: %+v, %v\n%s%s", a, err, metrics.String(), log.String())
	}
}
