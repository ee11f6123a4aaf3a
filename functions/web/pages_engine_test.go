package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"akin/functions/web/serve"
	"akin/infra/memory"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
	"akin/recommend/store"
)

// corpusNow is when the tests take place: all of the sample corpus but its
// embargoed work is out.
var corpusNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// corpusConfig is the sample corpus in the real engine, indexed once for all
// tests that only read.
var corpusConfig = sync.OnceValues(func() (Config, error) {
	return engineConfig(context.Background(), nil)
})

// corpusStore is the sample corpus with a generation of lists, made once for all
// tests, which take copies of it.
var corpusStore = sync.OnceValues(func() (*memory.Store, error) {
	store := memory.New()
	return store, fillStore(context.Background(), store, nil)
})

// A some says whether to take the work in a place of the sample corpus, from 0 on.
type some func(place int) bool

func first(n int) some { return func(place int) bool { return place < n } }

// engineConfig is the engine over a store of its own in memory, which holds some
// works of the sample corpus, all if take is nil, and their lists.
func engineConfig(ctx context.Context, take some) (Config, error) {
	if take == nil {
		store, err := corpusStore()
		if err != nil {
			return Config{}, err
		}
		return engineOver(store.Clone())
	}
	return engineConfigOn(ctx, memory.New(), take)
}

// engineConfigOn does so in another store, which is empty.
func engineConfigOn(ctx context.Context, store store.Store, take some) (Config, error) {
	if err := fillStore(ctx, store, take); err != nil {
		return Config{}, err
	}
	return engineOver(store)
}

func atCorpusNow() time.Time { return corpusNow }

// fillStore puts some works of the sample corpus into a store, all if take is
// nil, and makes a generation of lists.
func fillStore(ctx context.Context, store store.Store, take some) error {
	b, err := os.ReadFile("../../testdata/corpus/items.jsonl")
	if err != nil {
		return err
	}
	var items []recommend.Item
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for place := 0; sc.Scan(); place++ {
		if take != nil && !take(place) {
			continue
		}
		it, err := recommend.DecodeItem(sc.Bytes())
		if err != nil {
			return err
		}
		items = append(items, it)
	}
	if b, err = os.ReadFile("../../testdata/corpus/topics.json"); err != nil {
		return err
	}
	var topics []recommend.Topic
	if err := json.Unmarshal(b, &topics); err != nil {
		return err
	}
	publisher, err := engine.NewPublisher(store, recommend.DefaultSettings(), engine.PublisherOptions{Now: atCorpusNow})
	if err != nil {
		return err
	}
	for _, r := range publisher.Put(ctx, items...) {
		if r.Err != nil {
			return r.Err
		}
	}
	if err := publisher.PutTopics(ctx, topics...); err != nil {
		return err
	}
	_, err = engine.NewIndexer(store, recommend.DefaultSettings(), engine.IndexerOptions{Now: atCorpusNow}).Reindex(ctx, engine.ReindexOptions{})
	return err
}

// engineOver is the engine over a store that is filled.
func engineOver(store store.Store) (Config, error) {
	publisher, err := engine.NewPublisher(store, recommend.DefaultSettings(), engine.PublisherOptions{Now: atCorpusNow})
	if err != nil {
		return Config{}, err
	}
	indexer := engine.NewIndexer(store, recommend.DefaultSettings(), engine.IndexerOptions{Now: atCorpusNow})
	desk := coverage.NewLiveReport(indexer, store, atCorpusNow)
	reader := engine.NewReader(store, engine.ReaderOptions{Now: atCorpusNow, HeadAge: time.Second})
	return Config{
		Config: serve.Config{Changed: desk.Changed, Now: atCorpusNow},
		Report: desk,
		Trial: func() (preview.Reader, preview.Publisher, error) {
			s := memory.NewOverlay(store)
			return reader.On(s), publisher.On(s), nil
		},
		PreviewRebuild: func(ctx context.Context, change func(preview.Publisher) error, ids []string) (preview.Reader, error) {
			s := memory.NewOverlay(store)
			if err := change(publisher.On(s)); err != nil {
				return nil, err
			}
			return reader.On(s), indexer.PreviewRebuild(ctx, s, ids)
		},
		Pictures: os.DirFS("../../testdata/corpus/pictures"),
		Reader:   reader, Events: engine.NewCounter(store, reader, engine.CounterOptions{}),
		Publisher: publisher, Searcher: searcher{coverage.NewDrafter(indexer, atCorpusNow), indexer}, CatchUp: indexer.CatchUp,
	}, nil
}

// serveCorpus serves the whole handler over the sample corpus.
func serveCorpus(t testing.TB) *httptest.Server {
	t.Helper()
	c, err := corpusConfig()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(New(c))
	t.Cleanup(s.Close)
	return s
}

// A searcher lets tests read what the index knows, too.
type searcher struct {
	*coverage.Drafter
	indexer *engine.Indexer
}

func (s searcher) Survey(ctx context.Context) (*engine.Survey, error) { return s.indexer.Survey(ctx) }
