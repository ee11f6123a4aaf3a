package akin

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"akin/infra/bolt"
	"akin/recommend"
	"akin/recommend/engine"
)

var (
	kills    = flag.Int("kills", 6, "how often TestKill kills akin")
	killSeed = flag.Uint64("kill-seed", 1, "what TestKill chooses by")
)

// Whenever akin is killed, in the middle of publishes, an import, a rebuild or a
// rollback, the store opens, its lists become exact, and everything that was
// acknowledged is there. make torture kills it more often.
func TestKill(t *testing.T) {
	t.Parallel()
	k := newKilling(t)
	for n := range *kills {
		k.round(n)
		if t.Failed() {
			break
		}
	}
	t.Logf("seed %d: %d kills %v, %d writes acknowledged, none lost; %d lists exact at the end",
		*killSeed, *kills, k.done, k.acknowledged, k.lists)
}

const killItems = 300 // ids that TestKill writes to

// A killing is a store under torture and what must be in it.
type killing struct {
	t     *testing.T
	dir   string
	rng   *rand.Rand
	model []fate                   // by item
	next  int64                    // the version of the next write, whatever it writes
	done  map[string]int           // kills by verb
	took  map[string]time.Duration // by verb, when it was left alone

	mu                  sync.Mutex // guards model and acknowledged while clients run
	acknowledged, lists int
}

// A fate is what is known of one item.
type fate struct {
	acknowledged recommend.Item   // Version 0: nothing
	doubtful     []recommend.Item // writes that were not answered
}

var killWords = strings.Fields(`flood rent harbour visa bus school heat clinic market border tram orchard ferry quarry
	council ballot tenant nurse dredge silo customs refinery pension canal wharf glacier levy archive turbine kiosk`)

func newKilling(t *testing.T) *killing {
	k := &killing{
		t: t, dir: t.TempDir(), rng: rand.New(rand.NewPCG(*killSeed, 2)), model: make([]fate, killItems),
		next: 1, done: map[string]int{}, took: map[string]time.Duration{},
	}
	for name, settings := range map[string]string{"ten.json": `{"k": 10}`, "twelve.json": `{"k": 12, "fields": {"title": 1}}`} {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(settings), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Each verb once to its end, to know how long that takes.
	items := k.importFile(killItems * 2 / 3)
	for _, args := range [][]string{
		{"import", "--no-reindex", "items.jsonl"}, {"reindex", "--settings", "ten.json"}, {"reindex", "--settings", "ten.json"}, {"rollback"},
	} {
		start := time.Now()
		if _, told, code := akin(t, k.dir, args...); code != 0 {
			t.Fatalf("%q: %d %s", args, code, told)
		}
		k.took[args[0]] = time.Since(start)
	}
	for _, it := range items {
		k.model[number(it.ID)].acknowledged = it
	}
	return k
}

func number(id string) (n int) {
	_, _ = fmt.Sscanf(id, "item%d", &n)
	return n
}

// item makes a version of an item that no other write has.
func (k *killing) item(n int) recommend.Item {
	words := make([]string, 3+k.rng.IntN(6))
	for i := range words {
		words[i] = killWords[k.rng.IntN(len(killWords))]
	}
	it := recommend.Item{
		ID: fmt.Sprintf("item%03d", n), Title: strings.Join(words, ", "), Lang: "en",
		Date: fmt.Sprintf("2024-%02d", 1+k.rng.IntN(12)), Topics: []string{"ports"}, Version: k.next,
	}
	k.next++
	return it
}

// importFile writes a file of some items.
func (k *killing) importFile(n int) []recommend.Item {
	return k.importOf(k.rng.Perm(killItems)[:n])
}

// importOf writes a file of the items of those numbers.
func (k *killing) importOf(numbers []int) []recommend.Item {
	var items []recommend.Item
	var lines []byte
	for _, i := range numbers {
		items = append(items, k.item(i))
		line, err := json.Marshal(items[len(items)-1])
		if err != nil {
			k.t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	if err := os.WriteFile(filepath.Join(k.dir, "items.jsonl"), lines, 0o600); err != nil {
		k.t.Fatal(err)
	}
	return items
}

// round starts akin, kills it at some time, and looks at what is left.
func (k *killing) round(n int) {
	verb := []string{"serve", "import", "reindex", "serve", "rollback", "reindex", "serve", "import"}[n%8]
	switch verb {
	case "serve":
		k.serve()
	case "import":
		items := k.importFile(1 + k.rng.IntN(killItems/2))
		if k.kill("import", "items.jsonl") {
			for _, it := range items {
				k.model[number(it.ID)].acknowledged = it
				k.acknowledged++
			}
		} else {
			for _, it := range items {
				f := &k.model[number(it.ID)]
				f.doubtful = append(f.doubtful, it)
			}
			defer k.whole(items)
		}
	case "reindex":
		k.kill("reindex", "--force", "--settings", []string{"ten.json", "twelve.json"}[k.rng.IntN(2)])
	case "rollback":
		k.kill("rollback")
	}
	k.done[verb]++
	k.check(verb)
}

// kill runs a verb and kills it at some time, and reports whether it had ended
// well before.
func (k *killing) kill(args ...string) bool {
	k.t.Helper()
	cmd := akinCommand(context.Background(), k.t, k.dir, args...)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	timer := time.AfterFunc(time.Duration(k.rng.Float64()*1.1*float64(k.took[args[0]])), func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	if err != nil && cmd.ProcessState.ExitCode() != -1 {
		k.t.Errorf("%q: %v: %s", args, err, said.String())
	}
	return err == nil
}

// serve lets several clients publish and withdraw until the server is killed.
func (k *killing) serve() {
	s := startServe(k.t, k.dir, nil, "--settings", "ten.json")
	wg := k.clients(s, killItems)
	timer := time.AfterFunc(k.killAfter(), func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	<-s.read
	_ = s.cmd.Wait() // it was killed
	wg.Wait()
	if s.cmd.ProcessState.ExitCode() != -1 {
		k.t.Errorf("serve ended by itself: %s", s.log())
	}
}

// clients publishes and withdraws the first items, by several clients at once,
// until the server does not answer any more.
func (k *killing) clients(s *served, items int) *sync.WaitGroup {
	const clients = 3
	var wg sync.WaitGroup
	for c := range clients {
		k.mu.Lock()
		rng := rand.New(rand.NewPCG(*killSeed, k.rng.Uint64()))
		k.mu.Unlock()
		wg.Go(func() {
			for {
				n := rng.IntN(items/clients)*clients + c // no two clients write one item
				k.mu.Lock()
				it := k.item(n)
				k.mu.Unlock()
				if rng.IntN(5) == 0 {
					it = recommend.Item{ID: it.ID, Version: it.Version, Status: recommend.Withdrawn}
				}
				answered := k.write(s, it)
				k.mu.Lock()
				if f := &k.model[n]; answered {
					f.acknowledged = it
					k.acknowledged++
				} else {
					f.doubtful = append(f.doubtful, it)
				}
				k.mu.Unlock()
				if !answered {
					return
				}
			}
		})
	}
	return &wg
}

func (k *killing) killAfter() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Duration(k.rng.Int64N(int64(300 * time.Millisecond)))
}

// write hands an item over and reports whether that was answered.
func (k *killing) write(s *served, it recommend.Item) bool {
	method, path, body := http.MethodPut, "/v1/items/"+it.ID, ""
	if it.Status == recommend.Withdrawn {
		method, path = http.MethodDelete, fmt.Sprintf("%s?version=%d", path, it.Version)
	} else {
		b, err := json.Marshal(it)
		if err != nil {
			k.t.Error(err)
			return false
		}
		body = string(b)
	}
	req, err := http.NewRequestWithContext(k.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		k.t.Error(err)
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		k.t.Errorf("%s %s: %s", method, path, resp.Status)
		return false
	}
	return true
}

// check holds the store to what it promised.
func (k *killing) check(after string) {
	k.t.Helper()
	out, told, code := akin(k.t, k.dir, "check")
	if _, err := fmt.Sscanf(out, "exact: %d lists\n", &k.lists); err != nil || code != 0 {
		k.t.Errorf("check after %s was killed: %d %s%s", after, code, out, told)
		return
	}
	store, err := bolt.Open(filepath.Join(k.dir, "akin.db"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer store.Close()
	r := engine.NewReader(store, engine.ReaderOptions{})
	live := 0
	for i := range k.model {
		f := &k.model[i]
		got, err := r.Item(k.t.Context(), fmt.Sprintf("item%03d", i))
		if errors.Is(err, recommend.ErrNotFound) {
			if f.acknowledged.Version != 0 {
				k.t.Errorf("item %d was acknowledged and is gone after %s was killed", i, after)
			}
			f.doubtful = nil
			continue
		}
		if err != nil {
			k.t.Fatal(err)
		}
		if got.Status != recommend.Withdrawn {
			live++
		}
		at := slices.IndexFunc(append(f.doubtful, f.acknowledged), func(it recommend.Item) bool {
			return it.Version == got.Version && it.Title == got.Title
		})
		if at < 0 {
			k.t.Errorf("item %d is version %d, %q; version %d, %q was acknowledged before %s was killed",
				i, got.Version, got.Title, f.acknowledged.Version, f.acknowledged.Title, after)
		}
		*f = fate{acknowledged: got.Item}
	}
	s, err := r.Status(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	if s.Items != live || k.lists != live || s.Pending != 0 || len(s.DeadLetters) != 0 {
		k.t.Errorf("after %s was killed: status %+v and %d lists, want %d items, nothing pending", after, s, k.lists, live)
	}
}

// whole fails the test if only some items of a batch were stored.
func (k *killing) whole(items []recommend.Item) {
	stored := 0
	for _, it := range items {
		if k.model[number(it.ID)].acknowledged.Version == it.Version {
			stored++
		}
	}
	if stored != 0 && stored != len(items) {
		k.t.Errorf("%d of %d items of one batch were stored", stored, len(items))
	}
}
