package dynamo_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"akin/infra/dynamo"
	"akin/infra/test/dynamotest"
	"akin/infra/test/storetest"
	"akin/infra/test/tools"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// The contract of a store holds where transactions that overlap are refused.
func TestStoreWithOverlaps(t *testing.T) {
	tools.SkipRaced(t)
	t.Parallel()
	o := &dynamotest.Overlap{Shortest: time.Millisecond, Longest: 5 * time.Millisecond}
	patient := dynamo.WithWriteRetries(400, 20*time.Millisecond) // many meet at a row there
	storetest.Run(t, func(t *testing.T) store.Store { return dynamotest.Open(t, o, eager, patient) })
	if o.Refused() == 0 {
		t.Error("nothing was refused")
	}
}

// Items that are published at once, each by a process of its own as functions are, do
// not get in each other's way: none is refused, though each transaction is held for
// 20 ms, and each is indexed.
func TestPublishAtOnce(t *testing.T) {
	tools.SkipRaced(t)
	const processes = 200
	o := &dynamotest.Overlap{Shortest: 20 * time.Millisecond}
	table := dynamotest.Table(t)
	open := func() store.Store { return dynamo.New(dynamotest.Client(t, o), table) }
	x := engine.NewIndexer(open(), settings(), engine.IndexerOptions{})
	publish := func(version int64) {
		t.Helper()
		var wait sync.WaitGroup
		errs := make([]error, processes)
		start := time.Now()
		for i := range processes {
			p, err := engine.NewPublisher(open(), settings(), engine.PublisherOptions{})
			if err != nil {
				t.Fatal(err)
			}
			wait.Go(func() {
				it := recommend.Item{ID: fmt.Sprint("item", i), Title: fmt.Sprintf("Rent and harbour %d of %d", i, version), Lang: "en", Topics: []string{"cities"}, Version: version}
				errs[i] = p.Put(t.Context(), it)[0].Err
			})
		}
		wait.Wait()
		refused := 0
		for _, err := range errs {
			if err != nil {
				refused++
			}
		}
		t.Logf("version %d: %d of %d refused in %v; %d requests met a transaction", version, refused, processes, time.Since(start).Round(time.Millisecond), o.Refused())
		if refused > 0 {
			t.Errorf("version %d: %d of %d refused: %v", version, refused, processes, errors.Join(errs...))
		}
	}
	publish(1)
	if _, err := x.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	publish(2)
	if _, err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if differences, lists, err := x.Check(t.Context(), nil); err != nil || len(differences) > 0 || lists != processes {
		t.Errorf("%d lists, %d differences: %v", lists, len(differences), err)
	}
	s, err := engine.NewReader(open(), engine.ReaderOptions{}).Status(t.Context())
	if err != nil || s.Items != processes || s.Pending != 0 {
		t.Errorf("status %+v, %v", s, err)
	}
}
